# SPDX-License-Identifier: Apache-2.0
"""Who takes what feeders give: a syslog server, an OpenTelemetry collector, a scraper of OpenMetrics, a reader of events."""
import http.server
import json
import re
import socket
import threading
import time
import urllib.request

SYSLOG = re.compile(
    rb'<(\d{1,3})>1 (-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) ([\x21-\x7e]{1,255}) '
    rb'([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) ', re.DOTALL)


def parse_syslog(message):
    """A message of RFC 5424 as a dictionary; raises ValueError for what is none."""
    head = SYSLOG.match(message)
    if not head or int(head[1]) > 191:
        raise ValueError(f"no head of RFC 5424: {message[:120]!r}")
    data, at = {}, head.end()
    while message[at:at + 1] == b"[":
        end = at + 1
        name = re.compile(rb'[!#-<>-\\^-~]{1,32}').match(message, end)
        elements, end = {}, name.end()
        while message[end:end + 1] == b" ":
            pair = re.compile(rb' ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\.)*)"', re.DOTALL).match(message, end)
            if not pair:
                raise ValueError(f"no parameter at {message[end:end + 60]!r}")
            elements[pair[1].decode()] = re.sub(rb'\\(["\\\]])', rb'\1', pair[2]).decode()
            end = pair.end()
        if message[end:end + 1] != b"]":
            raise ValueError(f"structured data does not end: {message[end:end + 60]!r}")
        data[name[0].decode()] = elements
        at = end + 1
    text = message[at:]
    if b"\n" in text:
        raise ValueError("a message has a line of its own")
    return {"facility": int(head[1]) // 8, "severity": int(head[1]) % 8, "msgid": head[6].decode(), "data": data,
            "json": json.loads(text[1:]) if text else None}


class SyslogServer:
    """Takes datagrams or a stream of frames, at a Unix socket or a port."""

    def __init__(self, kind, place=None):
        family = socket.AF_UNIX if place else socket.AF_INET
        self.listener = socket.socket(family, socket.SOCK_DGRAM if "dgram" in kind else socket.SOCK_STREAM)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.messages, self.errors, self.kind = [], [], kind
        self.connections = []
        self.listener.bind(place or ("127.0.0.1", 0))
        self.port = None if place else self.listener.getsockname()[1]
        if "stream" in kind:
            self.listener.listen(8)
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            while True:
                if "dgram" in self.kind:
                    self.take(self.listener.recv(1 << 20))
                else:
                    connection, _ = self.listener.accept()
                    self.connections.append(connection)
                    threading.Thread(target=self.frames, args=(connection,), daemon=True).start()
        except OSError:
            return

    def frames(self, connection):
        """RFC 6587, 3.4.1: a length, a blank, the message."""
        held = b""
        while True:
            try:
                piece = connection.recv(65536)
            except OSError:
                return
            if not piece:
                return
            held += piece
            while True:
                head = re.match(rb"([1-9]\d{0,9}) ", held)
                if not head:
                    if len(held) > 11:
                        self.errors.append(f"no length at {held[:40]!r}")
                        return
                    break
                end = head.end() + int(head[1])
                if len(held) < end:
                    break
                self.take(held[head.end():end])
                held = held[end:]

    def take(self, message):
        try:
            self.messages.append(parse_syslog(message))
        except (ValueError, AttributeError) as error:
            self.errors.append(str(error))

    def close(self):
        """As a server that is stopped."""
        for connection in self.connections:
            # The thread that reads it keeps it open otherwise.
            connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        self.listener.shutdown(socket.SHUT_RDWR) if "stream" in self.kind else None
        self.listener.close()


class Collector:
    """Takes OTLP over HTTP in JSON; answers as it is told."""

    def __init__(self):
        outer = self
        self.logs, self.metrics, self.errors, self.times = [], [], [], []
        self.answers = []  # (status, headers, body) to give before it takes anything

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers, answer = 200, {}, b"{}"
                if self.path == "/v1/logs":
                    outer.times.append(time.monotonic())
                if outer.answers and self.path == "/v1/logs":
                    status, headers, answer = outer.answers.pop(0)
                if status == 200:
                    try:
                        outer.take(self.path, self.headers, json.loads(body), answer)
                    except (ValueError, KeyError, AssertionError) as error:
                        outer.errors.append(f"{self.path}: {error!r}")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, path, headers, body, answer):
        assert headers["Content-Type"] == "application/json", headers["Content-Type"]
        if path == "/v1/logs":
            for resource in body["resourceLogs"]:
                for scope in resource["scopeLogs"]:
                    for record in scope["logRecords"]:
                        assert re.fullmatch(r"\d+", record["timeUnixNano"]), record["timeUnixNano"]
                        assert 1 <= record["severityNumber"] <= 24
                        names = [attribute["key"] for attribute in record["attributes"]]
                        assert len(names) == len(set(names)), names
                        self.logs.append(record)
                self.resource = {a["key"]: a["value"] for a in resource["resource"]["attributes"]}
        elif path == "/v1/metrics":
            for resource in body["resourceMetrics"]:
                for scope in resource["scopeMetrics"]:
                    for metric in scope["metrics"]:
                        points = (metric.get("sum") or metric.get("gauge"))["dataPoints"]
                        for point in points:
                            assert re.fullmatch(r"-?\d+", point["asInt"])
                            assert int(point["timeUnixNano"]) > 0
                        if "sum" in metric:
                            assert metric["sum"]["aggregationTemporality"] == 2 and metric["sum"]["isMonotonic"]
                        self.metrics.append(metric)
        else:
            raise ValueError("no such path")


NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:{LABEL})(?:,{LABEL})*)?\}})? (-?[0-9]+(?:\.[0-9]+)?)")
SUFFIXES = {"counter": ["_total", "_created"], "gauge": [""], "info": ["_info"], "unknown": [""]}


def parse_metrics(text):
    """The samples of OpenMetrics 1.0 by name and labels; raises ValueError for what a strict parser refuses."""
    if not text.endswith("# EOF\n"):
        raise ValueError("it does not end in # EOF")
    samples, families, current, metadata = {}, set(), None, set()
    for line in text[:-len("# EOF\n")].splitlines():
        if line.startswith("# "):
            word, name, rest = re.fullmatch(rf"# (TYPE|UNIT|HELP) ({NAME}) (.*)", line).groups()
            if name != (current or [None])[0]:
                if name in families:
                    raise ValueError(f"{name} comes twice")
                families.add(name)
                current, metadata = [name, "unknown"], set()
            if word in metadata:
                raise ValueError(f"{name} has two {word}")
            metadata.add(word)
            if word == "TYPE":
                if rest not in SUFFIXES:
                    raise ValueError(f"no type: {rest}")
                current[1] = rest
            if word == "UNIT" and not name.endswith("_" + rest):
                raise ValueError(f"{name} does not end in its unit {rest}")
            continue
        match = SAMPLE.fullmatch(line)
        if not match:
            raise ValueError(f"no sample: {line}")
        if match[1] not in [current[0] + suffix for suffix in SUFFIXES[current[1]]]:
            raise ValueError(f"{match[1]} is not of the family {current[0]}")
        if current[1] == "counter" and float(match[3]) < 0:
            raise ValueError(f"a counter below 0: {line}")
        labels = re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"', match[2] or "")
        if len({name for name, _ in labels}) != len(labels):
            raise ValueError(f"a label comes twice: {line}")
        key = (match[1], tuple(sorted(labels)))
        if key in samples:
            raise ValueError(f"a sample comes twice: {line}")
        samples[key] = float(match[3])
    return samples


class Events:
    """Reads server-sent events on a thread of its own."""

    def __init__(self, port, query="", headers=None, reads=True):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        lines = [f"GET /events{query} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        if not reads:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode())
        self.events, self.head = [], None
        if reads:
            threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        stream = self.socket.makefile("rb")
        self.socket.settimeout(None)
        head = []
        while (line := stream.readline().rstrip(b"\r\n")):
            head.append(line.decode())
        self.head = head
        event = {}
        try:
            for line in stream:
                line = line.rstrip(b"\n").decode()
                if not line:
                    if "data" in event:
                        self.events.append(event)
                    event = {}
                elif not line.startswith(":"):
                    name, value = line.split(": ", 1)
                    event[name] = value
        except OSError:
            return

    def close(self):
        self.socket.close()


def get(port, path, host=None, method="GET"):
    """(status, headers, body)"""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    if host:
        request.add_header("Host", host)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()
