#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes an OCI image of busybox, which containerd imports, and the same for `docker load`:

    image.py FOLDER

makes FOLDER/oci.tar (docker.io/library/kubearmor-test:1) and FOLDER/docker.tar (kubearmor-test:1).
"""
import hashlib
import io
import json
import os
import platform
import sys
import tarfile

NAME = "kubearmor-test:1"
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def digest(content):
    return hashlib.sha256(content).hexdigest()


def archive(entries):
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w") as tar:
        for name, content in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            info.mode = 0o755
            tar.addfile(info, io.BytesIO(content))
    return output.getvalue()


def described(kind, content, **more):
    return {"mediaType": kind, "digest": "sha256:" + digest(content), "size": len(content), **more}


def main():
    folder = sys.argv[1]
    with open("/bin/busybox", "rb") as file:
        busybox = file.read()
    layer = archive([("bin/busybox", busybox), ("bin/sh", busybox), ("bin/sleep", busybox), ("bin/cat", busybox),
                     ("etc/secret", b"secret\n")])
    config = json.dumps({
        "architecture": ARCHITECTURE, "os": "linux",
        "config": {"Cmd": ["/bin/sleep", "1000"], "Env": ["PATH=/bin"]},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest(layer)]},
    }).encode()
    oci = "application/vnd.oci.image."
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": oci + "manifest.v1+json",
        "config": described(oci + "config.v1+json", config),
        "layers": [described(oci + "layer.v1.tar", layer)],
    }).encode()
    index = json.dumps({
        "schemaVersion": 2,
        "manifests": [described(oci + "manifest.v1+json", manifest, annotations={
            "io.containerd.image.name": "docker.io/library/" + NAME, "org.opencontainers.image.ref.name": "1"})],
    }).encode()
    blobs = [("blobs/sha256/" + digest(blob), blob) for blob in (layer, config, manifest)]
    with open(os.path.join(folder, "oci.tar"), "wb") as file:
        file.write(archive([("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), ("index.json", index)] + blobs))
    tags = json.dumps([{"Config": "config.json", "RepoTags": [NAME], "Layers": ["layer.tar"]}]).encode()
    with open(os.path.join(folder, "docker.tar"), "wb") as file:
        file.write(archive([("layer.tar", layer), ("config.json", config), ("manifest.json", tags)]))


main()
