#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Starts and removes pods by the Container Runtime Interface, as far as a test needs it:

    cri.py SOCKET run NAMESPACE POD CONTAINER IMAGE LOGS KEY=VALUE…   prints the ids of pod and container
    cri.py SOCKET pod NAMESPACE POD LOGS KEY=VALUE…                   prints the id of the pod
    cri.py SOCKET start POD-ID NAMESPACE POD CONTAINER IMAGE LOGS FILE WORD…
                         a container in it that executes WORD… and has FILE at /log; prints its id, or why it failed
    cri.py SOCKET remove POD-ID
"""
import sys

import grpc


def number(value):
    output = b""
    while True:
        value, low = value >> 7, value & 0x7F
        output += bytes([low | (0x80 if value else 0)])
        if not value:
            return output


def field(tag, value):
    """A field of a message: a number, a text, or a message that is encoded already."""
    if isinstance(value, int):
        return number(tag << 3) + number(value)
    content = value.encode() if isinstance(value, str) else value
    return number(tag << 3 | 2) + number(len(content)) + content


def message(*fields):
    return b"".join(field(tag, value) for tag, value in fields)


def first_text(answer):
    """The text of the first field, when that is number 1."""
    assert answer[0] == 0x0A and answer[1] < 0x80, answer
    return answer[2:2 + answer[1]].decode()


class Runtime:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel("unix://" + socket, options=[("grpc.default_authority", "localhost")])

    def __call__(self, method, request):
        return self.channel.unary_unary("/runtime.v1.RuntimeService/" + method)(request, timeout=60)

    @staticmethod
    def sandbox(namespace, pod, logs, labels):
        # On the network of the host, so that no network plugin is needed.
        network = message((1, message((1, 2), (2, 1))))
        fields = [(1, message((1, pod), (2, "uid-" + pod), (3, namespace), (4, 0))), (3, logs)]
        fields += [(6, message((1, key), (2, value))) for key, value in labels]
        return message(*fields, (8, message((2, network))))

    def pod(self, sandbox):
        return first_text(self("RunPodSandbox", message((1, sandbox))))

    def container(self, pod_id, sandbox, name, image, words, mounts=()):
        fields = [(1, message((1, name), (2, 0))), (2, message((1, image))), (3, words[0])]
        fields += [(4, word) for word in words[1:]]
        fields += [(7, message((1, inside), (2, outside), (3, 1))) for outside, inside in mounts]
        config = message(*fields, (11, name + ".log"))
        made = self("CreateContainer", message((1, pod_id), (2, config), (3, sandbox)))
        container_id = first_text(made)
        self("StartContainer", message((1, container_id)))
        return container_id

    def run(self, namespace, pod, container, image, logs, labels):
        sandbox = self.sandbox(namespace, pod, logs, labels)
        pod_id = self.pod(sandbox)
        print(pod_id, self.container(pod_id, sandbox, container, image, ["/bin/sleep", "1000"]))

    def remove(self, pod_id):
        self("StopPodSandbox", message((1, pod_id)))
        self("RemovePodSandbox", message((1, pod_id)))


def pairs(words):
    return [word.split("=", 1) for word in words]


def main():
    socket, what, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    runtime = Runtime(socket)
    if what == "run":
        runtime.run(*rest[:5], pairs(rest[5:]))
    elif what == "pod":
        print(runtime.pod(runtime.sandbox(*rest[:3], pairs(rest[3:]))))
    elif what == "start":
        pod_id, namespace, pod, container, image, logs, file, *words = rest
        sandbox = runtime.sandbox(namespace, pod, logs, [])
        print(runtime.container(pod_id, sandbox, container, image, words, [(file, "/log")]))
    else:
        runtime.remove(*rest)


if __name__ == "__main__":
    try:
        main()
    except grpc.RpcError as error:
        sys.exit(error.details())
