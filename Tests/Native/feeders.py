#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Starts the daemon with feeders and looks at what arrives: feeders.py KUBEARMOR FOLDER BUILD"""
import glob
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import traceback
import urllib.error

from browser import Browser
from peers import Collector, Events, SyslogServer, get, parse_metrics

kubearmor, folder, build = sys.argv[1:]
passed, failed, skipped = 0, 0, 0


class Skip(Exception):
    pass


def check(name, body):
    global passed, failed, skipped
    start = time.monotonic()
    try:
        body()
        passed += 1
        print(f"ok   {name} ({time.monotonic() - start:.1f} s)", flush=True)
    except Skip as reason:
        skipped += 1
        print(f"skip {name}: {reason}", flush=True)
    except Exception:
        failed += 1
        print(f"FAIL {name}", flush=True)
        print("       " + traceback.format_exc().replace("\n", "\n       "), flush=True)


def eventually(condition, what, seconds=20):
    """Waits until it is true; so long at most, for slow machines."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, urllib.error.URLError, ValueError):
            pass
        time.sleep(0.02)
    raise AssertionError(f"never: {what() if callable(what) else what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Daemon:
    def __init__(self, feeders, **settings):
        self.port = free_port()
        values = {
            "pluginPath": f"{folder}/plugins", "policyDir": f"{folder}/policies", "runDir": f"{folder}/run",
            "enforcer": "noop", "sources": "none", "watchContainers": "false",
            "hostVisibility": "none", "feeders": feeders, "alertThrottling": "false",
            "logPath": f"{folder}/events.log", "httpAddress": f"127.0.0.1:{self.port}", "otlpMetricsSeconds": "1",
        } | settings
        with open(f"{folder}/kubearmor.yaml", "w") as file:
            file.writelines(f"{key}: {value}\n" for key, value in values.items())
        self.log = open(f"{folder}/daemon.log", "ab")
        self.process = subprocess.Popen(
            [kubearmor, "daemon", "--config", f"{folder}/kubearmor.yaml"], stderr=self.log, env=os.environ | {"DRIP_FIFO": f"{folder}/fifo"})
        eventually(self.is_ready, lambda: "ready: " + open(f"{folder}/daemon.log").read())

    def is_ready(self):
        assert self.process.poll() is None, open(f"{folder}/daemon.log").read()
        return get(self.port, "/readyz")[0] == 200

    def drip(self, count, path):
        with open(f"{folder}/fifo", "w") as fifo:
            fifo.write(f"{count} {path}\n")

    def metrics(self):
        status, headers, body = get(self.port, "/metrics")
        assert status == 200
        assert headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8", headers
        return parse_metrics(body)

    def memory(self):
        status = open(f"/proc/{self.process.pid}/status").read()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(15) == 0, self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait()


def alerts(messages):
    return [message for message in messages if message["msgid"] == "alert"]


def lines(path):
    with open(path, "rb") as file:
        return [json.loads(line) for line in file]


HOSTILE = ["/watched/plain", "/watched/%22q%5c%5d%0anew%ff", "/watched/%3cscript%3ealert(1)%3c/script%3e"]


def every_feeder_has_every_alert():
    for path in HOSTILE:
        daemon.drip(2, path)
    eventually(lambda: len(alerts(syslog.messages)) >= 6, lambda: f"6 alerts by syslog: {syslog.messages}")
    eventually(lambda: len([r for r in collector.logs if r["eventName"] == "kubearmor.alert"]) >= 6,
               lambda: f"6 alerts by OTLP: {collector.logs} {collector.errors}")
    eventually(lambda: len([e for e in events.events if e["event"] == "alert"]) >= 6, "6 live alerts")
    eventually(lambda: len(lines(f"{folder}/events.log")) == 6, "6 lines")
    assert not syslog.errors, syslog.errors
    assert not collector.errors, collector.errors
    resources = sorted(line["Resource"] for line in lines(f"{folder}/events.log"))
    assert resources == sorted(message["json"]["Resource"] for message in alerts(syslog.messages))
    assert resources == sorted(json.loads(e["data"])["Resource"] for e in events.events if e["event"] == "alert")
    assert '/watched/"q\\]\nnew\\xff' in resources, resources


def syslog_has_facts():
    message = alerts(syslog.messages)[0]
    assert (message["facility"], message["severity"]) == (20, 3), message
    facts = message["data"]["kubearmor@32473"]
    assert facts["policy"] == "feeders-audit" and facts["action"] == "Audit" and facts["resource"] == "/watched/plain"
    assert facts["process"] == "/usr/bin/cat" and facts["pid"] == "4242" and facts["tags"] == "native,test", facts
    assert int(message["data"]["meta"]["sequenceId"]) > 0


def otlp_has_facts():
    record = next(r for r in collector.logs if r["eventName"] == "kubearmor.alert")
    facts = {a["key"]: a["value"] for a in record["attributes"]}
    assert facts["kubearmor.policy.name"] == {"stringValue": "feeders-audit"}, facts
    assert facts["process.pid"] == {"intValue": "4242"}, facts
    assert record["severityNumber"] == 17, record
    assert record["body"]["stringValue"] == "seen", record
    assert collector.resource["service.name"] == {"stringValue": "kubearmor"}
    eventually(lambda: any(m["name"] == "kubearmor.alerts" for m in collector.metrics), "metrics by OTLP")
    assert not collector.errors, collector.errors


def metrics_are_strict():
    samples = daemon.metrics()
    key = ("kubearmor_alerts_total", (("action", "Audit"), ("namespace", ""), ("policy", "feeders-audit")))
    assert samples[key] == 6, samples
    assert samples[("kubearmor_ready", ())] == 1
    assert samples[("kubearmor_resident_memory_bytes", ())] > 1 << 20
    plugins = {dict(labels)["name"] for (name, labels), value in samples.items()
               if name == "kubearmor_plugin_active" and value == 1}
    assert {"noop", "drip", "file", "http", "otlp", "syslog"} <= plugins, plugins
    assert samples[("kubearmor_stage_delivered_total", (("name", "file"), ("stage", "feeder")))] == 6


def answers():
    for path, status in [("/healthz", 200), ("/readyz", 200), ("/nothing", 404), ("/events?kind=none", 400)]:
        assert get(daemon.port, path)[0] == status, path
    assert get(daemon.port, "/metrics", method="POST")[0] == 405
    assert get(daemon.port, "/metrics", host="evil.example:80")[0] == 421
    assert get(daemon.port, "/metrics", host="localhost")[0] == 200
    for path in ["/api/node", "/api/plugins", "/api/workloads", "/api/counters"]:
        status, headers, body = get(daemon.port, path)
        assert status == 200 and headers["Content-Type"] == "application/json"
        json.loads(body)
    status, headers, body = get(daemon.port, "/", method="HEAD")
    assert status == 200 and body == "" and int(headers["Content-Length"]) > 5000


def malformed_requests():
    for request, status in [
        (b"GET / HTTP/1.1\r\n\r\n", b"400"), (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde", b"413"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9000 + b"\r\n\r\n", b"431"),
    ]:
        with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as client:
            client.sendall(request)
            assert client.recv(4096).split()[1] == status, request[:60]
    # Two questions in one piece are answered in turn.
    with socket.create_connection(("127.0.0.1", daemon.port), timeout=10) as client:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
                       b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        text = b""
        while piece := client.recv(4096):
            text += piece
        assert text.count(b"HTTP/1.1 200 OK") == 2 and text.endswith(b"ok\n"), text


def stream_goes_on():
    last = [e for e in events.events if e["event"] == "alert"][2]["id"]
    again = Events(daemon.port, headers={"Last-Event-ID": last})
    eventually(lambda: len([e for e in again.events if e["event"] == "alert"]) == 3, lambda: again.events)
    assert "Content-Type: text/event-stream" in again.head
    again.close()


def has_all(feeder, count):
    samples = daemon.metrics()
    taken, delivered = (samples[(f"kubearmor_stage_{what}_total", (("name", feeder), ("stage", "feeder")))]
                        for what in ("taken", "delivered"))
    dropped = {labels: value for (name, labels), value in samples.items()
               if name == "kubearmor_stage_dropped_total" and dict(labels)["name"] == feeder}
    assert not dropped, dropped
    return taken >= count and delivered == taken


def slow_reader_harms_nobody():
    slow = Events(daemon.port, reads=False)
    sent = 6
    # In portions that find room whatever else the machine does: what the queues hold is not what this is about.
    for _ in range(10):
        daemon.drip(1000, "/watched/flood/" + "x" * 400)
        sent += 1000
        for feeder in ["file", "syslog", "otlp"]:
            eventually(lambda: has_all(feeder, sent), lambda: f"{feeder}: {daemon.metrics()}", 60)
    assert daemon.metrics()[("kubearmor_http_lost_events_total", ())] > 0
    assert get(daemon.port, "/healthz")[0] == 200
    slow.close()


def files_are_rotated():
    names = sorted(glob.glob(f"{folder}/events.log*"))
    assert len(names) > 5, names
    for name in names:
        assert os.path.getsize(name) <= 1 << 20, name
    delivered = daemon.metrics()[("kubearmor_feeder_statistic", (("feeder", "file"), ("name", "delivered")))]
    assert sum(len(lines(name)) for name in names) == delivered


def page_in_a_browser():
    chromium = shutil.which("chromium")
    if not chromium:
        raise Skip("chromium is not installed: apt-get install chromium")
    screenshot = f"{build}/feeders-page.png"
    if os.path.exists(screenshot):
        os.unlink(screenshot)
    browser = Browser(chromium, f"{folder}/browser")
    try:
        browser.open(f"http://127.0.0.1:{daemon.port}/")
        eventually(lambda: browser.value("Number(document.body.dataset.rows || 0)") >= 6, lambda: browser.problems)
        daemon.drip(1, "/watched/while-it-is-looked-at")
        eventually(lambda: browser.value("document.querySelector('#events tr').textContent").count("is-looked-at") == 1,
                   lambda: browser.value("document.querySelector('#events').textContent"))
        eventually(lambda: browser.value("Number(document.body.dataset.polls || 0)") >= 3, lambda: browser.problems)
        # A filter hides the others, a click shows all of a record.
        browser.value("""(() => { const field = document.getElementById("pattern"); field.value = "script";
                      field.dispatchEvent(new Event("input")); document.querySelector("#events tr").click(); })()""")
        assert browser.value("document.querySelectorAll('#events tr.event').length") == 2
        assert browser.value("document.querySelector('#events pre').textContent.includes('<script>')")
        assert browser.value("document.querySelectorAll('#workloads tr').length") == 1
        plugins = browser.value("document.getElementById('plugins').textContent")
        assert all(name in plugins for name in ["noop", "drip", "syslog", "otlp"]), plugins
        assert "feeders-audit" in browser.value("document.getElementById('policies').textContent")
        with open(screenshot, "wb") as file:
            file.write(browser.screenshot())
        assert os.path.getsize(screenshot) > 20_000
        assert not browser.problems, browser.problems
    finally:
        browser.close()


def stream_reconnects():
    server = SyslogServer("stream")
    again = Daemon("http,syslog", syslogAddress=f"tcp://127.0.0.1:{server.port}")
    try:
        again.drip(3, "/watched/one")
        eventually(lambda: len(alerts(server.messages)) == 3, lambda: server.messages)
        server.close()
        eventually(lambda: not server.listener.fileno() >= 0, "closed")
        again.drip(3, "/watched/two")
        time.sleep(0.3)
        # The same port, as a server that was started again.
        server.listener = socket.socket()
        server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.listener.bind(("127.0.0.1", server.port))
        server.listener.listen(8)
        import threading
        threading.Thread(target=server.run, daemon=True).start()
        eventually(lambda: len(alerts(server.messages)) >= 6, lambda: server.messages)
        assert not server.errors, server.errors
        key = ("kubearmor_feeder_statistic", (("feeder", "syslog"), ("name", "connects")))
        eventually(lambda: again.metrics()[key] >= 2, lambda: again.metrics())
        again.stop()
    finally:
        again.kill()


def datagrams_over_udp():
    server = SyslogServer("dgram")
    again = Daemon("http,syslog", syslogAddress=f"udp://127.0.0.1:{server.port}")
    try:
        again.drip(5, "/watched/udp")
        eventually(lambda: len(alerts(server.messages)) == 5, lambda: server.messages)
        # Longer than a datagram can be: what a filter needs arrives all the same.
        again.drip(1, "/watched/" + "%01" * 2600)
        eventually(lambda: len(alerts(server.messages)) == 6, lambda: server.errors)
        assert not server.errors, server.errors
        again.stop()
    finally:
        again.kill()


def collector_is_busy():
    busy = Collector()
    busy.answers = [(503, {}, b"{}"), (429, {"Retry-After": "1"}, b"{}"),
                    (200, {}, b'{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"one"}}'),
                    (400, {}, b"{}")]
    again = Daemon("http,otlp", otlpEndpoint=f"http://127.0.0.1:{busy.port}", otlpMetricsSeconds="0")

    def statistic(name):
        return again.metrics().get(("kubearmor_feeder_statistic", (("feeder", "otlp"), ("name", name))))

    def dropped(reason):
        return again.metrics().get(
            ("kubearmor_stage_dropped_total", (("name", "otlp"), ("reason", reason), ("stage", "feeder"))))
    try:
        again.drip(4, "/watched/busy")
        eventually(lambda: statistic("delivered") == 3 and dropped("rejected") == 1, lambda: again.metrics())
        assert busy.times[2] - busy.times[1] >= 0.99, busy.times
        again.drip(2, "/watched/refused")
        eventually(lambda: dropped("rejected") == 3, lambda: again.metrics())
        again.drip(2, "/watched/last")
        eventually(lambda: statistic("delivered") == 5, lambda: again.metrics())
        again.stop()
    finally:
        again.kill()


syslog = SyslogServer("unix dgram", f"{folder}/syslog")
collector = Collector()
daemon = None


def all_at_once():
    global daemon, events
    daemon = Daemon("file,syslog,http,otlp", syslogAddress=f"unix://{folder}/syslog", syslogFacility="local4",
                    logRotateMegabytes="1", logRotateKeep="99", otlpEndpoint=f"http://127.0.0.1:{collector.port}")
    events = Events(daemon.port, "?kind=all")
    print(f"     idle with four feeders: {daemon.memory()} KiB", flush=True)


check("a daemon with all feeders at once", all_at_once)
if daemon:
    check("every feeder has every alert, odd bytes included", every_feeder_has_every_alert)
    check("syslog says what a filter looks for", syslog_has_facts)
    check("OTLP says what a filter looks for, and metrics", otlp_has_facts)
    check("metrics pass a strict parser", metrics_are_strict)
    check("the http feeder answers, and refuses foreign names", answers)
    check("malformed requests are refused", malformed_requests)
    check("a reader of events that comes again goes on where it was", stream_goes_on)
    check("the page in a browser, without an error", page_in_a_browser)
    check("a slow reader harms nobody, and all is counted", slow_reader_harms_nobody)
    check("files are rotated without losing a line", files_are_rotated)
    print(f"     loaded: {daemon.memory()} KiB", flush=True)
    check("the daemon stops in time", daemon.stop)
    daemon.kill()
check("syslog over TCP connects anew and loses nothing that waits", stream_reconnects)
check("syslog over UDP", datagrams_over_udp)
check("a collector that is busy, or refuses", collector_is_busy)
if failed:
    print("daemon: " + open(f"{folder}/daemon.log").read().replace("\n", "\ndaemon: "))
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed else 0)
