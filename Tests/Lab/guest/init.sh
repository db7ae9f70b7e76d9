#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# First process of a guest: mounts, then the lab's runner, then power off.
export PATH=/lab/bin:/usr/bin:/bin:/sbin

# One name, one file: with hard links every applet is an executable path of its own.
/bin/busybox --install /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t securityfs security /sys/kernel/security
mount -t tracefs tracing /sys/kernel/tracing
mount -t bpf bpf /sys/fs/bpf
mount -t cgroup2 cgroup2 /sys/fs/cgroup
chmod 1777 /tmp
hostname lab
ip link set lo up 2>/dev/null
echo "lab: $(uname -r), lsm $(cat /sys/kernel/security/lsm)"

if [ -f /lab/selinux/policy ] && mount -t selinuxfs selinux /sys/fs/selinux; then
	exec /bin/sh /lab/selinux/run.sh root
fi
if [ -f /lab/bench/run.sh ]; then
	/bin/sh /lab/bench/run.sh >/dev/ttyS1
else
	/lab/bin/labctl run /lab/scenarios /dev/ttyS1
fi
echo "lab: runner ended with $?"
poweroff -f
