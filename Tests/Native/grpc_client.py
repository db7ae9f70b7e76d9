#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The feeder grpc as its clients see it: grpc_client.py STAGE FOLDER. Called by grpc.sh."""
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback

import grpc

import health_pb2
import kubearmor_pb2
import policy_pb2
import reflection_pb2
import state_agent_pb2
from google.protobuf import descriptor_pb2, empty_pb2

STAGE, FOLDER = sys.argv[1:3]
PLUGINS = f"{STAGE}/usr/lib/kubearmor/plugins"
KUBEARMOR = f"{STAGE}/usr/bin/kubearmor"
PATIENCE = 20

passed = failed = 0


def check(name, test):
    global passed, failed
    try:
        test()
        passed += 1
        print(f"ok   {name}", flush=True)
    except Exception:
        failed += 1
        print(f"FAIL {name}", flush=True)
        print("       " + traceback.format_exc().replace("\n", "\n       "), flush=True)


def eventually(test, what="it"):
    end = time.monotonic() + PATIENCE
    while True:
        result = test()
        if result:
            return result
        assert time.monotonic() < end, f"{what} did not happen"
        time.sleep(0.02)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Service:
    """Methods of a service by their full names."""

    def __init__(self, channel):
        self.channel = channel

    def unary(self, name, request, answer, **options):
        call = self.channel.unary_unary(
            name, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)
        return call(request, timeout=PATIENCE, **options)

    def stream(self, name, request, answer, **options):
        call = self.channel.unary_stream(
            name, request_serializer=type(request).SerializeToString, response_deserializer=answer.FromString)
        return call(request, **options)

    def watch(self, what, wanted="all", **options):
        answer = {"Alerts": kubearmor_pb2.Alert, "Logs": kubearmor_pb2.Log, "Messages": kubearmor_pb2.Message}[what]
        return self.stream(
            f"/feeder.LogService/Watch{what}", kubearmor_pb2.RequestMessage(Filter=wanted), answer, **options)

    def reflect(self, version="v1", **question):
        call = self.channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
            response_deserializer=reflection_pb2.ServerReflectionResponse.FromString)
        return next(iter(call(iter([reflection_pb2.ServerReflectionRequest(**question)]), timeout=PATIENCE)))

    def health(self, service=""):
        return self.unary(
            "/grpc.health.v1.Health/Check", health_pb2.HealthCheckRequest(service=service),
            health_pb2.HealthCheckResponse).status


class Feed:
    """The plugin without a daemon, publishing what a test asks for."""

    def __init__(self, **settings):
        self.port = free_port()
        self.socket = f"{FOLDER}/feed.sock"
        given = {"gRPC": self.port, "gRPCHealthPort": 0, "gRPCSocket": self.socket, "gRPCAddress": "127.0.0.1"}
        given.update(settings)
        self.log = open(f"{FOLDER}/feed.log", "a")
        self.process = subprocess.Popen(
            [f"{FOLDER}/feed", f"{PLUGINS}/kubearmor-feeder-grpc.so"] + [f"{k}={v}" for k, v in given.items()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.greeting = self.process.stdout.readline().strip()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stats(self):
        return {name: int(value) for name, value in (pair.split("=") for pair in self.ask("stats").split())}

    def subscribed(self, count):
        eventually(lambda: self.stats()["subscribers"] == count, f"{count} subscribers")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def close(self):
        self.process.stdin.close()
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.log.close()

    def __enter__(self):
        assert self.greeting == "open", self.greeting
        return self

    def __exit__(self, *_):
        assert self.close() == 0, "it did not close"


def connect(place, **options):
    return Service(grpc.insecure_channel(place, **options))


# ---- records --------------------------------------------------------------------------------------------------------


def every_field(what, kind, message):
    def test():
        with Feed() as feed:
            stream = connect(f"127.0.0.1:{feed.port}").watch(what)
            feed.subscribed(1)
            feed.ask(f"publish {kind} 1")
            record = next(stream)
            names = [field.name for field in message.DESCRIPTOR.fields]
            assert sorted(field.name for field, _ in record.ListFields()) == sorted(names), record
            numbers = {"Timestamp": 1700000001, "HostPID": 9, "PPID": 10, "PID": 11, "UID": -12, "HostPPID": 27,
                       "MaxAlertsPerSec": 34, "DroppingAlertsInterval": 35}
            for name in names:
                value = getattr(record, name)
                if name in numbers:
                    assert value == numbers[name], (name, value)
                elif name == "ATags":
                    assert list(value) == ["one", "two"], value
                elif name == "Owner":
                    assert (value.Ref, value.Name, value.Namespace) == ("Ref", "Name", "Namespace"), value
                elif name == "ExecEvent":
                    assert (value.ExecID, value.ExecutableName) == ("ExecID", "ExecutableName"), value
                elif name == "EventData":
                    assert dict(value) == {"Syscall": "SYS_OPENAT", "Flags": "O_RDONLY"}, value
                else:
                    assert value == name, (name, value)
            stream.cancel()
    return test


def bytes_that_are_no_text():
    with Feed() as feed:
        stream = connect(f"127.0.0.1:{feed.port}").watch("Alerts")
        feed.subscribed(1)
        feed.ask("bytes")
        alert = next(stream)
        assert alert.Resource == "/a\\xffä\\x5cx\\y", alert.Resource
        assert alert.Cwd == "\\xfe" * 299, alert.Cwd
        stream.cancel()


def filters():
    with Feed() as feed:
        service = connect(f"127.0.0.1:{feed.port}")
        for what, wanted in (("Alerts", "system"), ("Logs", "policy"), ("Alerts", ""), ("Logs", "x")):
            assert list(service.watch(what, wanted, timeout=PATIENCE)) == []
        streams = [service.watch(*wanted) for wanted in (
            ("Alerts", "all"), ("Alerts", "policy"), ("Logs", "all"), ("Logs", "system"), ("Messages", "anything"))]
        feed.subscribed(5)
        for kind in ("alert", "log", "message"):
            feed.ask(f"publish {kind} 2")
        for stream in streams:
            assert [next(stream).UpdatedTime for _ in range(2)] == ["UpdatedTime"] * 2
            stream.cancel()
        feed.subscribed(0)
        stats = feed.stats()
        assert (stats["accepted"], stats["delivered"], stats["offered"]) == (6, 10, 10), stats


def nobody_listens():
    with Feed() as feed:
        feed.ask("publish alert 7")
        stats = feed.stats()
        assert (stats["accepted"], stats["dropped.no_subscriber"], stats["offered"]) == (7, 7, 0), stats


def in_order_and_complete():
    with Feed(gRPCQueueLength=100000) as feed:
        service = connect(f"127.0.0.1:{feed.port}")
        counts = []
        readers = [threading.Thread(target=lambda: counts.append(
            sum(1 for _ in zip(range(20000), service.watch("Logs"))))) for _ in range(2)]
        for reader in readers:
            reader.start()
        feed.subscribed(2)
        feed.ask("flood 20000")
        for reader in readers:
            reader.join(PATIENCE)
        assert counts == [20000, 20000], counts
        stats = feed.stats()
        assert stats["delivered"] == stats["offered"] == 40000, stats


def stalled():
    """One that reads nothing, one that is stopped, one that reads: only the first two lose."""
    with Feed() as feed:
        place = f"127.0.0.1:{feed.port}"
        idle = connect(place, options=[("grpc.http2.bdp_probe", 0)]).watch("Logs")
        feed.subscribed(1)
        feed.ask("flood 100000")
        before = feed.memory()
        service = connect(f"unix:{feed.socket}")
        stream = service.watch("Logs")
        feed.subscribed(2)
        longest = 0
        for _ in range(20):
            answer = feed.ask("flood 4000")
            longest = max(longest, int(answer.split()[-2]))
            for _ in range(4000):
                next(stream)
        stats = feed.stats()
        assert longest < 500_000_000, f"publish took {longest} ns"
        assert stats["dropped.slow_subscriber"] > 100000, stats
        done = sum(stats[n] for n in ("delivered", "dropped.slow_subscriber", "dropped.gone_subscriber", "waiting"))
        assert stats["offered"] == 260000 == done, stats
        assert feed.memory() - before < 16384, (before, feed.memory())
        idle.cancel()
        stream.cancel()
        feed.subscribed(0)
        stats = feed.stats()
        assert stats["waiting"] == 0 and stats["dropped.gone_subscriber"] > 0, stats


def dead_subscriber():
    with Feed() as feed:
        client = subprocess.Popen([sys.executable, "-c", f"""
import grpc, sys
sys.path.insert(0, "{FOLDER}/python")
import kubearmor_pb2 as k
call = grpc.insecure_channel("127.0.0.1:{feed.port}").unary_stream("/feeder.LogService/WatchLogs",
    request_serializer=k.RequestMessage.SerializeToString, response_deserializer=k.Log.FromString)
for log in call(k.RequestMessage(Filter="all")): pass
"""])
        feed.subscribed(1)
        feed.ask("flood 2000")
        client.kill()
        client.wait()
        feed.subscribed(0)
        stats = feed.stats()
        assert stats["offered"] == stats["delivered"] + stats["dropped.slow_subscriber"] + \
            stats["dropped.gone_subscriber"], stats


def too_many_streams():
    with Feed() as feed:
        service = connect(f"unix:{feed.socket}")
        other = connect(f"127.0.0.1:{feed.port}")
        streams = [service.watch("Alerts") for _ in range(40)] + [other.watch("Alerts") for _ in range(24)]
        feed.subscribed(64)
        try:
            next(other.watch("Alerts"))
            assert False, "one more was served"
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, error
        for stream in streams:
            stream.cancel()
        feed.subscribed(0)


def ends_with_streams_open():
    with Feed() as feed:
        stream = connect(f"127.0.0.1:{feed.port}").watch("Alerts")
        feed.subscribed(1)
        began = time.monotonic()
        assert feed.close() == 0
        assert time.monotonic() - began < 2.5, "close took too long"
        assert not os.path.exists(feed.socket)
        stream.cancel()


# ---- the other services ----------------------------------------------------------------------------------------------


def health_and_reflection():
    health_port = free_port()
    with Feed(gRPCHealthPort=health_port) as feed:
        for place in (f"127.0.0.1:{feed.port}", f"unix:{feed.socket}", f"127.0.0.1:{health_port}"):
            service = connect(place)
            assert service.health() == health_pb2.HealthCheckResponse.SERVING
            assert service.health("feeder.LogService") == health_pb2.HealthCheckResponse.SERVING
            try:
                service.health("no.such.Service")
                assert False, "a service that is none"
            except grpc.RpcError as error:
                assert error.code() == grpc.StatusCode.NOT_FOUND, error
        watch = service.stream(
            "/grpc.health.v1.Health/Watch", health_pb2.HealthCheckRequest(), health_pb2.HealthCheckResponse)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
        service = connect(f"127.0.0.1:{feed.port}")
        reply = service.unary(
            "/feeder.LogService/HealthCheck", kubearmor_pb2.NonceMessage(nonce=4711), kubearmor_pb2.ReplyMessage)
        assert reply.Retval == 4711
        for version in ("v1", "v1alpha"):
            names = {s.name for s in service.reflect(version, list_services="").list_services_response.service}
            assert {"feeder.LogService", "grpc.health.v1.Health", f"grpc.reflection.{version}.ServerReflection",
                    } <= names, names
        answer = service.reflect(file_containing_symbol="feeder.LogService")
        files = [descriptor_pb2.FileDescriptorProto.FromString(b)
                 for b in answer.file_descriptor_response.file_descriptor_proto]
        ours = descriptor_pb2.FileDescriptorProto()
        kubearmor_pb2.DESCRIPTOR.CopyToProto(ours)
        def fields(file):
            return {m.name: [(f.name, f.number, f.type, f.label) for f in m.field] for m in file.message_type}
        assert [f.name for f in files] == ["kubearmor.proto"] and fields(files[0]) == fields(ours)
        names = [descriptor_pb2.FileDescriptorProto.FromString(b).name for b in service.reflect(
            file_by_filename="policy.proto").file_descriptor_response.file_descriptor_proto]
        assert names == ["policy.proto", "google/protobuf/empty.proto"], names
        assert service.reflect(file_containing_symbol="no.such").error_response.error_code == 5


def port_in_use():
    with Feed() as feed:
        other = Feed(gRPC=feed.port, gRPCSocket=f"{FOLDER}/other.sock")
        assert other.greeting.startswith("refused:") and "Address already in use" in other.greeting, other.greeting
        other.process.wait(5)


# ---- TLS -------------------------------------------------------------------------------------------------------------


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def authority(folder):
    os.mkdir(folder)
    # As KubeArmor makes it: RSA, in PKCS 1.
    openssl("genrsa", "-traditional", "-out", f"{folder}/ca.key", "2048")
    openssl("req", "-x509", "-key", f"{folder}/ca.key", "-out", f"{folder}/ca.crt", "-days", "2", "-subj",
            "/O=kubearmor/CN=kubearmor", "-addext", "keyUsage=critical,keyCertSign,digitalSignature")
    for name, usage in (("server", "serverAuth"), ("client", "clientAuth")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/{name}.key", "-out",
                f"{folder}/{name}.csr", "-subj", f"/O=kubearmor/CN={name}")
        with open(f"{folder}/{name}.ext", "w") as extensions:
            extensions.write(f"extendedKeyUsage={usage}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl("x509", "-req", "-in", f"{folder}/{name}.csr", "-CA", f"{folder}/ca.crt", "-CAkey",
                f"{folder}/ca.key", "-CAcreateserial", "-days", "2", "-extfile", f"{folder}/{name}.ext", "-out",
                f"{folder}/{name}.crt")


def content(path):
    with open(path, "rb") as file:
        return file.read()


def secure(place, trusted, client=None):
    pair = (content(f"{client}/client.key"), content(f"{client}/client.crt")) if client else (None, None)
    return Service(grpc.secure_channel(place, grpc.ssl_channel_credentials(content(f"{trusted}/ca.crt"), *pair)))


def refused(service):
    try:
        service.health()
        assert False, "it was served"
    except grpc.RpcError as error:
        assert error.code() == grpc.StatusCode.UNAVAILABLE, error


def mutual_tls(provider):
    ours, others = f"{FOLDER}/tls", f"{FOLDER}/tls-of-others"

    def test():
        for folder in (ours, others):
            if not os.path.exists(folder):
                authority(folder)
        health_port = free_port()
        with Feed(tlsEnabled="true", tlsCertPath=ours, tlsCertProvider=provider, gRPCHealthPort=health_port) as feed:
            for name in ("localhost", "127.0.0.1"):
                service = secure(f"{name}:{feed.port}", ours, ours)
                assert service.health() == health_pb2.HealthCheckResponse.SERVING
            stream = service.watch("Alerts")
            feed.subscribed(1)
            feed.ask("publish alert 3")
            assert [next(stream).PolicyName for _ in range(3)] == ["PolicyName"] * 3
            stream.cancel()
            place = f"localhost:{feed.port}"
            refused(secure(place, ours))
            refused(secure(place, ours, others))
            refused(secure(place, others, ours))
            refused(connect(place))
            for other in (f"127.0.0.1:{health_port}", f"unix:{feed.socket}"):
                assert connect(other).health() == health_pb2.HealthCheckResponse.SERVING
    return test


def certificates_missing():
    feed = Feed(tlsEnabled="true", tlsCertPath=f"{FOLDER}/nowhere")
    assert feed.greeting.startswith("refused:") and "nowhere/ca.crt" in feed.greeting, feed.greeting
    feed.process.wait(5)
    os.makedirs(f"{FOLDER}/broken", exist_ok=True)
    for name in ("ca.crt", "server.crt", "server.key"):
        with open(f"{FOLDER}/broken/{name}", "w") as file:
            file.write("no certificate")
    feed = Feed(tlsEnabled="true", tlsCertPath=f"{FOLDER}/broken", tlsCertProvider="external")
    assert feed.greeting.startswith("refused:") and "certificate" in feed.greeting, repr(feed.greeting)
    feed.process.wait(5)


check("an alert arrives with every field", every_field("Alerts", "alert", kubearmor_pb2.Alert))
check("a log arrives with every field", every_field("Logs", "log", kubearmor_pb2.Log))
check("a message arrives with every field", every_field("Messages", "message", kubearmor_pb2.Message))
check("bytes that are no UTF-8 end no stream", bytes_that_are_no_text)
check("filters", filters)
check("what nobody listens for is counted", nobody_listens)
check("two subscribers get all of 20,000 logs", in_order_and_complete)
check("a stalled subscriber loses, is counted, and holds up nobody; memory is bounded", stalled)
check("a dead subscriber is forgotten", dead_subscriber)
check("streams are limited in number", too_many_streams)
check("it closes in time while streams are open", ends_with_streams_open)
check("health and reflection on all listeners", health_and_reflection)
check("a port that is in use is refused", port_in_use)
check("mutual TLS with certificates of files", mutual_tls("external"))
check("mutual TLS with a certificate that is made at the start", mutual_tls("self"))
check("certificates that are missing or broken are refused", certificates_missing)

print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
