#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Memory of the daemon and latency of its alerts on this machine's own kernel: node.py STAGE [SECONDS]

The daemon runs with noop and the monitor, since what is measured is user space: idle, in a flood of SECONDS (30)
seconds whose records go to a file that is emptied all the while, and with 10,000 alerts a second to a reader of a
pipe. Needs root. Ends with 1 when a bar is missed.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

IDLE_LIMIT_KIB = 25 << 10
LOADED_LIMIT_KIB = 60 << 10
GROWTH_LIMIT_KIB = 1 << 10
RATE = 10_000
LATENCY_LIMIT_MS = 5.0

POLICY = """
apiVersion: security.kubearmor.com/v1
kind: KubeArmorHostPolicy
metadata: {name: bench-audit}
spec:
  nodeSelector: {matchLabels: {kubernetes.io/hostname: bench-node}}
  file: {matchPaths: [{path: %s}]}
  action: Audit
  severity: 3
  tags: [bench]
  message: the bench opened its file
"""

# Opens and closes a file: as fast as it goes, or at a rate.
LOAD = """
import os, sys, time
path, rate, end = sys.argv[1], float(sys.argv[2]), time.monotonic() + float(sys.argv[3])
count, start = 0, time.monotonic()
while time.monotonic() < end:
    for _ in range(20):
        os.close(os.open(path, os.O_RDONLY))
        count += 1
    if rate:
        rest = start + count / rate - time.monotonic()
        if rest > 0: time.sleep(rest)
print(count)
"""

missed = []


def bar(text, met):
    print(f"{text}: {'met' if met else 'MISSED'}")
    if not met:
        missed.append(text)


def memory(pid):
    """Rss, Pss and what of it is anonymous, KiB."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        words = [line.split() for line in file if ":" in line]
    numbers = {line[0].rstrip(":"): int(line[1]) for line in words if len(line) == 3 and line[1].isdigit()}
    return numbers["Rss"], numbers["Pss"], numbers["Anonymous"]


def libraries(pid, count=8):
    """The mappings that cost most, resident KiB by file."""
    costs, name = {}, ""
    with open(f"/proc/{pid}/smaps") as file:
        for line in file:
            words = line.split()
            if "-" in words[0] and not words[0].endswith(":"):
                name = os.path.basename(words[5]) if len(words) > 5 else "anonymous"
            elif words[0] == "Rss:":
                costs[name] = costs.get(name, 0) + int(words[1])
    most = sorted(costs.items(), key=lambda cost: -cost[1])[:count]
    return ", ".join(f"{name} {cost}" for name, cost in most)


class Daemon:
    """The staged daemon in a folder of its own."""

    def __init__(self, stage, folder, visibility, log):
        self.folder = folder
        self.run = f"{folder}/run"
        os.makedirs(f"{folder}/policies", exist_ok=True)
        self.target = f"{folder}/target"
        open(self.target, "w").close()
        with open(f"{folder}/policies/audit.yaml", "w") as file:
            file.write(POLICY % self.target)
        command = [f"{stage}/usr/bin/kubearmor", "daemon", "--policyDir", f"{folder}/policies", "--runDir", self.run]
        for key, value in {
            "enforcer": "noop", "sources": "none", "host": "bench-node", "logPath": log, "feeders": "file",
            "hostVisibility": visibility, "visibility": "none",
        }.items():
            command += [f"--{key}", value]
        self.log = open(f"{folder}/daemon.log", "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        self.pid = self.process.pid
        wait(self.is_ready, "the daemon does not start", self)

    def is_ready(self):
        with open(f"{self.folder}/daemon.log", errors="replace") as file:
            return " ready: " in file.read() and self.status() is not None

    def status(self):
        try:
            with open(f"{self.run}/status.json") as file:
                return json.load(file)
        except (FileNotFoundError, ValueError):
            return None

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)
        self.log.close()


def wait(condition, text, daemon=None, limit=60):
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end or (daemon and daemon.process.poll() is not None):
            if daemon:
                with open(f"{daemon.folder}/daemon.log") as file:
                    print(file.read()[-2000:])
            sys.exit(f"bench: {text}")
        time.sleep(0.05)


def load(path, rate, seconds):
    return subprocess.Popen([sys.executable, "-c", LOAD, path, str(rate), str(seconds)], stdout=subprocess.PIPE)


def sums(daemon):
    """All stages' sums, when nothing waits any more."""
    def settled():
        stages = (daemon.status() or {}).get("events", [])
        return stages and all(stage["waiting"] == 0 and stage["unaccounted"] == 0 for stage in stages)
    wait(settled, f"the sums do not hold: {(daemon.status() or {}).get('events')}")
    for stage in daemon.status()["events"]:
        dropped = ", ".join(f"{count} {reason}" for reason, count in stage["dropped"].items()) or "none"
        name = f" {stage['name']}" if stage["name"] else ""
        print(f"  {stage['stage']}{name}: {stage['taken']} taken, {stage['delivered']} delivered, dropped: {dropped}")
    return daemon.status()["events"]


def measure_memory(stage, folder, seconds):
    log = f"{folder}/events.log"
    daemon = Daemon(stage, folder, "file", log)
    try:
        time.sleep(3)
        rss, pss, anonymous = memory(daemon.pid)
        print(f"memory idle: {rss} KiB resident, {pss} proportional, {anonymous} anonymous")
        print(f"  {libraries(daemon.pid)}")
        bar(f"bar: idle at most {IDLE_LIMIT_KIB} KiB", rss <= IDLE_LIMIT_KIB)
        loads = [load(daemon.target, 0, seconds) for _ in range(2)]
        samples = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.5)
            samples.append(memory(daemon.pid)[0])
            os.truncate(log, 0)
        opened = sum(int(process.communicate()[0]) for process in loads)
        third = samples[len(samples) // 3:]
        most, growth = max(samples), max(third[-3:]) - min(third[:3])
        print(f"memory in a flood of {opened} opens in {seconds} s: {most} KiB at most, {growth} KiB more at its end")
        print(f"  {libraries(daemon.pid)}")
        bar(f"bar: loaded at most {LOADED_LIMIT_KIB} KiB", most <= LOADED_LIMIT_KIB)
        bar(f"bar: growth at most {GROWTH_LIMIT_KIB} KiB", growth <= GROWTH_LIMIT_KIB)
        stages = sums(daemon)
        decode = next(stage for stage in stages if stage["stage"] == "decode")
        plugins = sum(stage["delivered"] for stage in stages if stage["stage"] in ("plugin", "notices"))
        bar("bar: what plugins deliver is what is decoded", plugins == decode["taken"])
    finally:
        daemon.stop()


def measure_latency(stage, folder, seconds):
    pipe = f"{folder}/pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    daemon = Daemon(stage, folder, "none", pipe)
    try:
        process = load(daemon.target, RATE, seconds)
        latencies, rest = [], b""
        key = b'"UpdatedTime":"'
        base = int(time.time()) // 3600 * 3600
        end = time.monotonic() + seconds + 1
        while time.monotonic() < end:
            try:
                data = os.read(reader, 1 << 20)
            except BlockingIOError:
                time.sleep(0.0002)
                continue
            now = time.time() - base
            lines = (rest + data).split(b"\n")
            rest = lines.pop()
            for line in lines:
                at = line.find(key) + len(key) + len("2006-01-02T15:")
                latencies.append((now - int(line[at:at + 2]) * 60 - float(line[at + 3:at + 12])) % 3600)
        opened = int(process.communicate()[0])
        sums(daemon)
        latencies.sort()
        if not latencies:
            sys.exit("bench: no alert arrived")
        p50, p99, p999 = (latencies[int(len(latencies) * part)] * 1000 for part in (0.5, 0.99, 0.999))
        print(f"latency kernel to subscriber: {opened} opens, {len(latencies)} alerts, {opened / seconds:.0f}/s: "
              f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, p99.9 {p999:.2f} ms")
        bar(f"bar: p99 at most {LATENCY_LIMIT_MS} ms", p99 <= LATENCY_LIMIT_MS)
    finally:
        daemon.stop()
        os.close(reader)


def main():
    stage = os.path.realpath(sys.argv[1])
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 30
    for measure, length in ((measure_memory, seconds), (measure_latency, min(seconds, 10))):
        folder = tempfile.mkdtemp(prefix="kubearmor-bench.", dir="/run")
        try:
            measure(stage, folder, length)
        finally:
            shutil.rmtree(folder)
    sys.exit(1 if missed else 0)


main()
