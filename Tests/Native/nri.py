#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A runtime with NRI that says what a test wants, to the first plugin that registers, and a thread that stands still:

    nri.py runtime SOCKET ID PID CGROUP   has it start that container, as newer runtimes do, and prints the answer
    nri.py garbage SOCKET                 answers with nonsense, and prints whether the plugin hung up
    nri.py waits SOCKET FOLDER COUNT      has it start so many containers in cgroups of their own in FOLDER, and prints
                                          how long the runtime waited
    nri.py freeze PID THREAD              stops one thread of a process until it is ended
"""
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import time

from cri import message

TO_PLUGIN, TO_RUNTIME = 1, 2


def number(content, place):
    value, shift = 0, 0
    while True:
        byte = content[place]
        value, shift, place = value | (byte & 0x7F) << shift, shift + 7, place + 1
        if byte < 0x80:
            return value, place


def fields(content):
    place, found = 0, {}
    while place < len(content):
        key, place = number(content, place)
        value, place = number(content, place)
        if key & 7 == 2:
            place, value = place + value, content[place:place + value]
        found[key >> 3] = value
    return found


class Plugin:
    """The plugin that has connected."""

    def __init__(self, path):
        with socket.socket(socket.AF_UNIX) as listener:
            if os.path.exists(path):
                os.unlink(path)
            listener.bind(path)
            listener.listen()
            listener.settimeout(60)
            self.socket = listener.accept()[0]
        self.socket.settimeout(60)
        self.stream = 1

    def read(self, size):
        content = b""
        while len(content) < size:
            more = self.socket.recv(size - len(content))
            if not more:
                raise EOFError
            content += more
        return content

    def receive(self):
        connection, size = struct.unpack(">II", self.read(8))
        content = self.read(size)
        length, stream, kind, _ = struct.unpack(">IIBB", content[:10])
        assert len(content) == 10 + length
        return connection, stream, kind, content[10:]

    def send(self, connection, stream, kind, payload):
        content = struct.pack(">IIBB", len(payload), stream, kind, 0) + payload
        # In two pieces, as a stream may come.
        for part in content[:7], content[7:]:
            self.socket.sendall(struct.pack(">II", connection, len(part)) + part)

    def register(self):
        connection, stream, kind, payload = self.receive()
        request = fields(payload)
        assert (connection, kind, request[2]) == (TO_RUNTIME, 1, b"RegisterPlugin"), request
        assert fields(request[3]) == {1: b"kubearmor", 2: b"99"}, request
        self.send(TO_RUNTIME, stream, 2, b"")

    def ask(self, method, payload, seconds=2):
        """The answer, or the text of the failure."""
        self.stream += 2
        request = message((1, "nri.pkg.api.v1alpha1.Plugin"), (2, method), (3, payload), (4, seconds * 10**9))
        self.send(TO_PLUGIN, self.stream, 1, request)
        connection, stream, kind, answer = self.receive()
        assert (connection, stream, kind) == (TO_PLUGIN, self.stream, 2)
        answer = fields(answer)
        return fields(answer[1])[2].decode() if 1 in answer else answer.get(2, b"")

    def configure(self):
        self.register()
        answer = self.ask("Configure", message((2, "crio"), (3, "1.30")))
        assert fields(answer) == {2: 0b100_0010_0101}, answer
        pod = message((1, "f" * 64), (2, "web-pod"), (4, "shop"))
        # In two parts, of which the first says that more follows.
        assert fields(self.ask("Synchronize", message((1, pod), (3, 1)))) == {2: 1}
        assert self.ask("Synchronize", b"") == b""

    def start(self, container, pid, cgroup):
        label = message((1, "app"), (2, "web"))
        pod = message((1, "f" * 64), (2, "web-pod"), (4, "shop"), (5, label))
        linux = message((5, cgroup))
        told = [(1, container), (2, "f" * 64), (3, "web"), (4, 1), (11, linux)] + ([(12, pid)] if pid else [])
        return self.ask("StartContainer", message((1, pod), (2, message(*told))))


def waits(plugin, folder, count):
    times = []
    processes = []
    try:
        # A runtime makes the cgroup well before it says that it starts the container.
        for index in range(count):
            cgroup = "%s/%064x" % (folder, index + 0xABC000)
            os.mkdir(cgroup)
            processes.append((subprocess.Popen(["/bin/sleep", "1000"]), cgroup))
            with open(cgroup + "/cgroup.procs", "w") as file:
                file.write(str(processes[-1][0].pid))
        for process, cgroup in processes:
            began = time.monotonic()
            answer = plugin.start(os.path.basename(cgroup), process.pid, "")
            times.append((time.monotonic() - began) * 1000)
            assert answer == b"", answer
    finally:
        for process, cgroup in processes:
            process.kill()
            process.wait()
            while os.path.isdir(cgroup):
                try:
                    os.rmdir(cgroup)
                except OSError:
                    time.sleep(0.01)
    times.sort()
    print("%d containers waited %.1f ms, p99 %.1f ms" % (count, times[count // 2], times[count * 99 // 100]))


def freeze(pid, name):
    """PTRACE_SEIZE and PTRACE_INTERRUPT stop a thread and not its process, as signals would."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_ulong, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p]
    for thread in os.listdir("/proc/%d/task" % pid):
        with open("/proc/%d/task/%s/comm" % (pid, thread)) as file:
            if file.read().strip() != name:
                continue
        for request in 0x4206, 0x4207:
            if libc.ptrace(request, int(thread), None, None) != 0:
                sys.exit("ptrace: " + os.strerror(ctypes.get_errno()))
        os.waitpid(int(thread), 0x40000000)
        print("frozen", flush=True)
        # Who traced it ends, and it goes on.
        signal.pause()
    sys.exit("there is no thread " + name)


def main():
    what, *rest = sys.argv[1:]
    if what == "freeze":
        freeze(int(rest[0]), rest[1])
    plugin = Plugin(rest[0])
    if what == "garbage":
        plugin.register()
        plugin.socket.sendall(b"\0\0\0\1\x7f\xff\xff\xff" + b"x" * 4096)
        try:
            while plugin.socket.recv(4096):
                pass
        except ConnectionResetError:
            pass
        print("hung up")
        return
    plugin.configure()
    if what == "waits":
        waits(plugin, rest[1], int(rest[2]))
    else:
        answer = plugin.start(rest[1], int(rest[2]), rest[3])
        print("started" if answer == b"" else answer)
        # Who hangs up before the test has looked is another case.
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main()
