#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Starts and removes pods by the Container Runtime Interface, as far as a test needs it:

    cri.py SOCKET run NAMESPACE POD CONTAINER IMAGE LOGS KEY=VALUE…   prints the ids of pod and container
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

    def run(self, namespace, pod, container, image, logs, labels):
        # On the network of the host, so that no network plugin is needed.
        network = message((1, message((1, 2), (2, 1))))
        linux = message((2, network))
        fields = [(1, message((1, pod), (2, "uid-" + pod), (3, namespace), (4, 0))), (3, logs)]
        fields += [(6, message((1, key), (2, value))) for key, value in labels]
        sandbox = message(*fields, (8, linux))
        pod_id = first_text(self("RunPodSandbox", message((1, sandbox))))
        config = message((1, message((1, container), (2, 0))), (2, message((1, image))), (3, "/bin/sleep"), (4, "1000"),
                         (11, container + ".log"))
        made = self("CreateContainer", message((1, pod_id), (2, config), (3, sandbox)))
        container_id = first_text(made)
        self("StartContainer", message((1, container_id)))
        print(pod_id, container_id)

    def remove(self, pod_id):
        self("StopPodSandbox", message((1, pod_id)))
        self("RemovePodSandbox", message((1, pod_id)))


def main():
    socket, what, rest = sys.argv[1], sys.argv[2], sys.argv[3:]
    runtime = Runtime(socket)
    if what == "run":
        runtime.run(*rest[:5], [pair.split("=", 1) for pair in rest[5:]])
    else:
        runtime.remove(*rest)


if __name__ == "__main__":
    main()
