#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The feeder grpc as its clients see it: grpc_client.py STAGE FOLDER. Called by grpc.sh."""
import json
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
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            # In the daemon they are there by the daemon's own.
            env=dict(os.environ, LD_LIBRARY_PATH=f"{PLUGINS}/../swift"))
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
        # All together are more than a queue's bytes: who publishes waits, as nobody does for a client.
        for _ in range(20):
            feed.ask("flood 1000 0")
            eventually(lambda: feed.stats()["waiting"] == 0, "what waits")
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
        feed.ask("flood 100000 0")
        before = feed.memory()
        service = connect(f"unix:{feed.socket}")
        stream = service.watch("Logs")
        feed.subscribed(2)
        longest = 0
        for _ in range(20):
            answer = feed.ask("flood 4000 0")
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
        feed.ask("flood 2000 0")
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
                    "policy.PolicyService", "policy.ProbeService"} <= names, names
            assert "state_agent.StateAgent" not in names
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


# ---- the daemon ------------------------------------------------------------------------------------------------------


class Daemon:
    """The daemon with the feeder grpc, the monitor ebpf, and an enforcer that blocks nothing."""

    def __init__(self, **settings):
        self.folder = f"{FOLDER}/daemon"
        for name in ("policies", "run", "watched"):
            os.makedirs(f"{self.folder}/{name}", exist_ok=True)
        self.watched = f"{self.folder}/watched"
        self.stored = f"{self.folder}/stored/policies"
        self.port, self.socket = free_port(), f"{self.folder}/run/grpc.sock"
        given = {
            "policyDir": f"{self.folder}/policies", "runDir": f"{self.folder}/run", "apiPolicyDir": self.stored,
            "pluginPath": PLUGINS, "enforcer": "noop", "feeders": "grpc", "monitors": "none", "sources": "none",
            "hostVisibility": "none", "gRPC": self.port, "gRPCHealthPort": 0, "host": "node-1",
            "alertThrottling": "false", "enableKubeArmorStateAgent": "true",
        }
        given.update(settings)
        arguments = [text for key, value in given.items() for text in (f"--{key}", str(value))]
        self.log = open(f"{self.folder}/log", "a")
        # What is left of an earlier one.
        for name in ("status.json", "rules.json"):
            if os.path.exists(f"{self.folder}/run/{name}"):
                os.unlink(f"{self.folder}/run/{name}")
        self.process = subprocess.Popen([KUBEARMOR, "daemon", *arguments], stdout=self.log, stderr=self.log,
                                        env={**os.environ, "WATCHCONTAINERS": "false"})

    def __enter__(self):
        def started():
            assert self.process.poll() is None, content(f"{self.folder}/log").decode()[-4000:]
            return os.path.exists(f"{self.folder}/run/status.json")
        eventually(started, "the start")
        return self

    def __exit__(self, kind, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            assert self.process.wait(10) == 0
        finally:
            self.process.kill()
            self.log.close()
            if kind:
                print(content(f"{self.folder}/log").decode()[-4000:])

    def local(self):
        return connect(f"unix:{self.socket}")

    def remote(self):
        return connect(f"127.0.0.1:{self.port}")

    def status(self):
        return subprocess.run([KUBEARMOR, "policy", "status", "-o", "json", "--run-dir", f"{self.folder}/run"],
                              capture_output=True, text=True).stdout


def host_policy(name, path, **spec):
    return {"apiVersion": "security.kubearmor.com/v1", "kind": "KubeArmorHostPolicy", "metadata": {"name": name},
            "spec": {"nodeSelector": {"matchLabels": {"kubearmor.io/hostname": "*"}}, "severity": 7,
                     "tags": ["native", "test"], "message": "seen", "action": "Audit",
                     "file": {"matchPaths": [{"path": path}]}, **spec}}


def change(service, verb, policy, method="hostPolicy"):
    request = json.dumps({"type": verb, "object": policy}) if isinstance(policy, dict) else policy
    answer = service.unary(f"/policy.PolicyService/{method}", policy_pb2.policy(policy=request.encode()),
                           policy_pb2.response)
    return policy_pb2.PolicyStatus.Name(answer.status)


def touch(path):
    with open(path, "a"):
        pass
    return path


def policies_over_the_socket():
    with Daemon(monitors="ebpf") as daemon:
        secret, other = touch(f"{daemon.watched}/secret"), touch(f"{daemon.watched}/other")
        service = daemon.local()
        stream = daemon.remote().watch("Alerts", "policy", timeout=60)

        def seen(path, name):
            def alerted():
                content(path)
                return any(alert.PolicyName == name and alert.Resource == path for alert in alerts)
            eventually(alerted, f"an alert of {name}")

        alerts = []
        threading.Thread(target=collect, args=(stream, alerts), daemon=True).start()
        assert change(service, "ADDED", host_policy("by-api", secret)) == "Applied"
        seen(secret, "by-api")
        alert = next(a for a in alerts if a.PolicyName == "by-api")
        assert (alert.Type, alert.Operation, alert.Action, alert.Result) == (
            "MatchedHostPolicy", "File", "Audit", "Passed"), alert
        assert (alert.Severity, alert.Tags, list(alert.ATags), alert.Message) == (
            "7", "native,test", ["native", "test"], "seen"), alert
        assert alert.HostName == "node-1" and alert.HostPID == os.getpid() and alert.Enforcer == "eBPF Monitor", alert
        assert alert.EventData and alert.Timestamp and alert.UpdatedTime.endswith("Z"), alert
        status = eventually(lambda: "by-api" in daemon.status() and daemon.status(), "the status")
        assert f"api:{daemon.stored}/hsp.by-api.json" in status, status
        assert change(service, "MODIFIED", host_policy("by-api", other)) == "Modified"
        seen(other, "by-api")
        assert change(service, "ADDED", host_policy(" by-api ", other)) == "Modified"
        # What cannot be understood changes nothing.
        before = content(f"{daemon.stored}/hsp.by-api.json")
        for bad in ("no JSON", "{}", {}, {"kind": "KubeArmorHostPolicy"}, host_policy("", other),
                    host_policy("by-api", other, file={"matchPaths": [{"path": "no/absolute/path"}]}),
                    host_policy("../../by-api", other), host_policy("by-api", other, action="Blok")):
            assert change(service, "MODIFIED", bad) == "Invalid", bad
        assert change(service, "REPLACED", host_policy("by-api", other)) == "Invalid"
        assert change(service, "DELETED", host_policy("not-there", other)) == "NotExist"
        network = dict(host_policy("n", other), kind="KubeArmorNetworkPolicy")
        assert change(service, "ADDED", network, "networkPolicy") == "NotEnabled"
        assert os.listdir(daemon.stored) == ["hsp.by-api.json"]
        assert content(f"{daemon.stored}/hsp.by-api.json") == before
        assert os.stat(daemon.stored).st_mode & 0o777 == 0o700
        container = {"apiVersion": "security.kubearmor.com/v1", "kind": "KubeArmorPolicy",
                     "metadata": {"name": "of-containers", "namespace": "web"},
                     "spec": {"selector": {"matchLabels": {"app": "web"}}, "action": "Block",
                              "process": {"matchPaths": [{"path": "/bin/sleep"}]}}}
        assert change(service, "ADDED", container, "containerPolicy") == "Applied"
        assert os.path.exists(f"{daemon.stored}/ksp.web.of-containers.json")
        stream.cancel()
    # Another daemon goes on with them.
    with Daemon() as daemon:
        assert "by-api" in eventually(lambda: "by-api" in daemon.status() and daemon.status(), "the status")
        probe = daemon.remote().unary("/policy.ProbeService/getProbeData", empty_pb2.Empty(), policy_pb2.ProbeResponse)
        host = probe.hostMap["node-1"]
        assert list(host.policyList) == ["by-api"], probe
        assert json.loads(host.policyDataList[0].policy)["spec"]["severity"] == 7, probe
        assert list(probe.containerList) == []
        service = daemon.local()
        assert change(service, "DELETED", {"kind": "KubeArmorHostPolicy", "metadata": {"name": "by-api"}}) == "Deleted"
        assert change(service, "DELETED", container, "containerPolicy") == "Deleted"
        eventually(lambda: "by-api" not in daemon.status(), "the end of the rules")
        assert os.listdir(daemon.stored) == []


def collect(stream, alerts):
    try:
        for alert in stream:
            alerts.append(alert)
    except grpc.RpcError:
        pass


def without_credentials():
    with Daemon() as daemon:
        try:
            change(daemon.remote(), "ADDED", host_policy("not-welcome", "/etc/shadow"))
            assert False, "it was taken"
        except grpc.RpcError as error:
            assert error.code() == grpc.StatusCode.PERMISSION_DENIED, error
        assert not os.path.exists(f"{daemon.stored}/hsp.not-welcome.json")
        assert os.stat(daemon.socket).st_mode & 0o777 == 0o600
        # As another user, also where the socket's mode would let it in.
        os.chmod(daemon.socket, 0o666)
        for folder in (FOLDER, daemon.folder, f"{daemon.folder}/run"):
            os.chmod(folder, 0o755)
        probe = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{daemon.socket}'); " \
            "s.settimeout(10); s.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n'); print(s.recv(1))"
        result = subprocess.run([sys.executable, "-c", probe], user=65534, capture_output=True, text=True)
        assert result.stdout == "b''\n" or "Error" in result.stderr, result
        result = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True)
        assert result.stdout == "b'\\x00'\n", result
    with Daemon(gRPCPolicies="anybody") as daemon:
        assert change(daemon.remote(), "ADDED", host_policy("welcome", "/etc/shadow")) == "Applied"
        assert change(daemon.remote(), "DELETED", host_policy("welcome", "/etc/shadow")) == "Deleted"


def policies_with_a_certificate():
    ours = f"{FOLDER}/tls"
    with Daemon(tlsEnabled="true", tlsCertPath=ours, tlsCertProvider="self") as daemon:
        service = secure(f"localhost:{daemon.port}", ours, ours)
        assert change(service, "ADDED", host_policy("certified", "/etc/shadow")) == "Applied"
        assert change(service, "DELETED", host_policy("certified", "/etc/shadow")) == "Deleted"
        refused(secure(f"localhost:{daemon.port}", ours))


def files_count():
    """A policy of the operator's files is not changed by API, and a kind that is off is not taken."""
    with Daemon(enableKubeArmorPolicy="false") as daemon:
        path = f"{daemon.folder}/policies/mine.yaml"
        with open(path, "w") as file:
            json.dump(host_policy("mine", "/etc/shadow"), file)
        eventually(lambda: "mine.yaml" in daemon.status(), "the file's rules")
        service = daemon.local()
        assert change(service, "ADDED", host_policy("mine", "/etc/passwd")) == "Failure"
        assert change(service, "DELETED", host_policy("mine", "/etc/passwd")) == "NotExist"
        assert change(service, "ADDED", dict(host_policy("k", "/x"), kind="KubeArmorPolicy", spec={
            "selector": {"matchLabels": {"a": "b"}}, "file": {"matchPaths": [{"path": "/x"}]}})) == "NotEnabled"
        os.unlink(path)


def state():
    with Daemon() as daemon:
        service = daemon.remote()
        names = {s.name for s in service.reflect(list_services="").list_services_response.service}
        assert "state_agent.StateAgent" in names
        answers = list(service.stream(
            "/state_agent.StateAgent/GetState", empty_pb2.Empty(), state_agent_pb2.StateEvents, timeout=PATIENCE))
        events = [(e.Kind, e.Type, e.Name) for e in answers[0].StateEvents]
        assert events == [("node", "added", "node-1")], events
        assert json.loads(answers[0].StateEvents[0].Object)["nodeName"] == "node-1"
        watch = service.stream("/state_agent.StateAgent/WatchState", empty_pb2.Empty(), state_agent_pb2.StateEvent)
        watch.cancel()


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
check("policies are added, changed and deleted over the Unix socket, last, and show where they came from",
      policies_over_the_socket)
check("without credentials no policy is taken, unless the settings open it", without_credentials)
check("a client with a certificate may change policies", policies_with_a_certificate)
check("a policy of a file is not changed by API; what is not enabled is not taken", files_count)
check("the state agent tells what there is", state)

print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
