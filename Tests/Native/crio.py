#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A runtime with CRI that answers as CRI-O does where that differs from containerd: it tells of events, and the digest
of an image is in its reference.

    crio.py SOCKET STATE

STATE is a JSON file, read for each answer: {"containers": [{"id", "pid", "name", "pod", "namespace", "labels"}],
"hangs": false}. When the file changes there is an event about each container of before and after.
"""
import json
import os
import sys
import time
from concurrent import futures

import grpc

from cri import message


def state():
    with open(sys.argv[2]) as file:
        return json.load(file)


def containers():
    found = state()
    while found.get("hangs"):
        time.sleep(0.1)
        found = state()
    return found["containers"]


def labels(tag, values):
    return [(tag, message((1, key), (2, value))) for key, value in sorted(values.items())]


def version(request, context):
    return message((1, "0.1.0"), (2, "cri-o"), (3, "1.30.0"), (4, "v1"))


def list_pods(request, context):
    return message(*[
        (1, message((1, "pod-" + one["id"]), (2, message((1, one["pod"]), (2, "uid"), (3, one["namespace"]))), (3, 0),
                    *labels(5, one["labels"])))
        for one in containers()])


def list_containers(request, context):
    return message(*[
        (1, message((1, one["id"]), (2, "pod-" + one["id"]), (3, message((1, one["name"]))),
                    (4, message((1, "quay.io/test/app:1"))), (5, "quay.io/test/app@sha256:" + "a" * 64), (6, 1)))
        for one in containers()])


def status(request, context):
    wanted = request[2:2 + request[1]].decode()
    for one in containers():
        if one["id"] == wanted:
            info = json.dumps({"sandboxID": "pod-" + wanted, "pid": one["pid"], "privileged": False})
            return message((1, message((1, wanted), (3, 1))), (2, message((1, "info"), (2, info))))
    context.abort(grpc.StatusCode.NOT_FOUND, "could not find container")


def events(request, context):
    def look():
        return {one["id"] for one in state()["containers"]}, os.stat(sys.argv[2]).st_mtime_ns

    ids, changed = look()
    while context.is_active():
        time.sleep(0.02)
        new_ids, now = look()
        if now != changed:
            for one in ids | new_ids:
                yield message((1, one), (2, 1))
            ids, changed = new_ids, now


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=8))
    unary = {"Version": version, "ListPodSandbox": list_pods, "ListContainers": list_containers,
             "ContainerStatus": status}
    handlers = {name: grpc.unary_unary_rpc_method_handler(body) for name, body in unary.items()}
    handlers["GetContainerEvents"] = grpc.unary_stream_rpc_method_handler(events)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("runtime.v1.RuntimeService", handlers),))
    server.add_insecure_port("unix://" + sys.argv[1])
    server.start()
    server.wait_for_termination()


main()
