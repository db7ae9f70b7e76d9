#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# labbundle NAME ANNOTATIONS PROGRAM [ARGUMENT...]: an OCI bundle /tmp/c/NAME, as container managers make one. Its root,
# which all of them share, is /tmp/c/root, with busybox, labtool and a file /secret. ANNOTATIONS are members of a JSON
# object.
set -eu

name=$1 annotations=$2
shift 2
root=/tmp/c/root
if [ ! -d $root ]; then
	mkdir -p $root/bin $root/proc $root/tmp
	for program in busybox cat sh bad; do cp /bin/busybox $root/bin/$program; done
	cp /lab/bin/labtool $root/bin/
	echo text >$root/secret
	echo text >$root/open
fi
arguments=
for argument; do arguments="$arguments,\"$(printf %s "$argument" | sed 's/[\"]/\\&/g')\""; done
mkdir -p "/tmp/c/$name"
cat >"/tmp/c/$name/config.json" <<END
{
  "ociVersion": "1.0.2",
  "process": {
    "user": {"uid": 0, "gid": 0}, "cwd": "/", "env": ["PATH=/bin"], "args": [${arguments#,}],
    "rlimits": [{"type": "RLIMIT_CORE", "hard": 18446744073709551615, "soft": 18446744073709551615}]
  },
  "root": {"path": "$root"},
  "annotations": {$annotations},
  "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
  "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "ipc"}, {"type": "uts"}]}
}
END
