# SPDX-License-Identifier: Apache-2.0
"""Subscribers of events.sock that are not ours, and recordings made by hand.

logs.py wishes|refusals|stalled SOCKET FILE COMMAND…: FILE's readers are alerted of, COMMAND is logged
logs.py make FILE: a recording of a container's one access
logs.py screen KUBEARMOR RUN-DIR: kubearmor top in a terminal
"""
import fcntl
import json
import os
import pty
import select
import socket
import struct
import subprocess
import sys
import termios
import time


def connect(path, words=None):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(20)
    peer.connect(path)
    try:
        if words is not None:
            peer.sendall(words.encode() + b"\n")
    except BrokenPipeError:
        # It was refused before it had asked; why is there to be read.
        pass
    return peer


def lines(peer):
    """Whole lines until the end."""
    rest = b""
    while True:
        piece = peer.recv(1 << 16)
        if not piece:
            return
        rest += piece
        *whole, rest = rest.split(b"\n")
        for line in whole:
            yield json.loads(line)


def wishes(path, _, command):
    for words, expected in [
        ("alerts", ["alerts"]),
        ("logs messages", ["logs", "messages"]),
        ("", ["alerts", "logs", "messages"]),
        (None, ["alerts", "logs", "messages"]),
    ]:
        stream = lines(connect(path, words))
        first = next(stream)
        assert first["Type"] == "subscribed" and first["Records"] == expected, first
        if "logs" in expected:
            subprocess.run(command, check=True)
            found = next(r for r in stream if r.get("Resource", "").startswith(command[0]))
            assert found["Type"] == "HostLog", found


def refusals(path, _, command):
    for words in ["everything", "alerts logs none", "x" * 300]:
        answer = list(lines(connect(path, words)))
        assert [line["Type"] for line in answer] == ["refused"], answer
    peers = [connect(path, "alerts") for _ in range(16)]
    for peer in peers:
        assert next(lines(peer))["Type"] == "subscribed"
    answer = list(lines(connect(path, "alerts")))
    assert answer[0]["Type"] == "refused" and "16" in answer[0]["Message"], answer
    # One that goes makes room for another.
    peers.pop().close()
    deadline = time.monotonic() + 20
    while next(lines(connect(path, "alerts")))["Type"] != "subscribed":
        assert time.monotonic() < deadline
    # Who cannot be meant does no harm to the others.
    for peer in peers:
        peer.close()


def stalled(path, file, command):
    """One reads nothing while another reads all: accesses until the first has lost some."""
    idle = connect(path, "alerts")
    eager = lines(connect(path, "alerts"))
    assert next(eager)["Type"] == "subscribed"
    script = f"for i in $(seq 400); do : < {file}; done"
    seen = 0
    # Far more than its queue of 4 MiB and its socket hold: a line has some 500 bytes.
    while seen < 24000:
        busy = subprocess.Popen([command[0], "sh", "-c", script])
        marker = 0
        while marker < 390:
            line = next(eager)
            assert line["Type"] != "dropped", line
            seen += 1
            if line.get("HostPID") == busy.pid and line.get("Resource") == file:
                marker += 1
        busy.wait()
    # Now it reads: everything up to the gap is in order, and the gap has its size.
    got = 0
    for line in lines(idle):
        if line["Type"] == "dropped":
            assert line["Count"] > 0 and line["Total"] >= line["Count"], line
            assert got > 1000, got
            print(f"{got} lines, then {line['Count']} missing; the other got {seen}")
            return
        got += 1
    raise AssertionError("the stream ended without a word of what was dropped")


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data


def frame(kind, payload):
    return struct.pack("<IB", len(payload) + 1, kind) + payload


def make(path):
    """As Sources/EventRecording/RecordingFormat.swift says, by other hands."""
    head = json.dumps({"host": "elsewhere", "boot_offset": "0"})
    key = 4711
    workload = {
        "key": str(key), "host": False, "name": "web-1", "namespace": "shop", "container": "nginx", "id": "c" * 64,
        "image": "nginx:1", "cgroup": "99", "labels": {"app": "web"},
    }
    opened, file_class, read = 16, 1, 1
    fixed = struct.pack(
        "<IHHQQQQQIIiIIIIIIIII", 256, opened, file_class, 10**9, key, 0, 99, 1, 0, 0, 3, read, 0, 0xFFFFFFFF, 12, 11, 2,
        1, 0, 0)
    assert len(fixed) == 96, len(fixed)
    texts = ["nginx", "/usr/sbin/nginx", "/bin/sh", "/etc/secret", "", "", "/", "", "syscall=SYS_OPENAT", "ebpf"]
    event = fixed + struct.pack("<Q", 0) + b"".join(text(t) for t in texts) + struct.pack("<I", 0)
    with open(path, "wb") as output:
        output.write(b"KARECORD" + struct.pack("<I", 2) + text(head))
        output.write(frame(1, json.dumps(workload).encode()) + frame(2, event) + frame(4, b""))


def resize(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def until(terminal, words, seconds=30):
    """What the program writes up to these words."""
    written = b""
    deadline = time.monotonic() + seconds
    while words not in written:
        assert time.monotonic() < deadline, (words, written[-2000:])
        if select.select([terminal], [], [], 0.2)[0]:
            written += os.read(terminal, 1 << 16)
    return written


def screen(kubearmor, run):
    process, terminal = pty.fork()
    if process == 0:
        os.execv(kubearmor, [kubearmor, "top", "--run-dir", run, "--interval", "1"])
    resize(terminal, 24, 100)
    until(terminal, b"\x1b[?1049h")
    until(terminal, b"by rate")
    os.write(terminal, b"s")
    until(terminal, b"by total")
    resize(terminal, 6, 20)
    until(terminal, b"\x1b[H")
    frame_of_it = until(terminal, b"\x1b[J")
    frame_of_it = until(terminal, b"\x1b[J")
    rows = frame_of_it.split(b"\r\n")
    assert len(rows) <= 6 and all(len(row.replace(b"\x1b[K", b"")) <= 30 for row in rows), rows
    os.write(terminal, b"q")
    until(terminal, b"\x1b[?1049l")
    _, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, status


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "screen":
        screen(sys.argv[2], sys.argv[3])
    else:
        {"wishes": wishes, "refusals": refusals, "stalled": stalled}[sys.argv[1]](sys.argv[2], sys.argv[3], sys.argv[4:])
