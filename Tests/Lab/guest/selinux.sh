#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# SELinux's part of a boot. The first root is of no file system that the policy's types
# may be on: `root` moves to one that is labelled as a disk's is, `run` runs the runner.
set -u

root() {
	labsel load /lab/selinux/policy || return
	mkdir /newroot
	mount -t tmpfs -o size=1200m,fscontext=system_u:object_r:fs_t:s0,rootcontext=system_u:object_r:root_t:s0 \
		root /newroot || return
	cd /newroot
	cp -a /etc /lab /lib /lib64 /root /sbin /usr /var . 2>/dev/null
	mkdir bin proc sys dev tmp run
	cp /bin/busybox bin/
	chroot . /bin/busybox --install /bin
	# A label is the file's, not the name's: what scenarios name by its path is a file of its own.
	for path in $(grep -rhoE '/bin/[a-z0-9_]+' /lab/scenarios | sort -u); do
		[ -e "/newroot$path" ] && [ "$path" != /bin/busybox ] && rm "/newroot$path" &&
			cp /bin/busybox "/newroot$path"
	done
	for folder in proc sys dev tmp run; do mount --move /$folder /newroot/$folder; done
	exec switch_root /newroot /bin/sh /lab/selinux/run.sh run
}

run() {
	labsel label /lab/selinux/labels
	# As what the first process of a distribution is; it starts services, and logins in the domain of those.
	labsel run system_u:system_r:init_t:s0 /bin/sh /lab/selinux/run.sh scenarios
	echo "lab: runner ended with $?"
	dmesg -s 1000000 | grep -E "avc:" | tail -400
	poweroff -f
}

scenarios() {
	labsel enforce 1
	echo "lab: SELinux enforcing $(cat /sys/fs/selinux/enforce), as $(cat /proc/self/attr/current)"
	# In its place: the runner kills whatever else there is.
	exec /lab/bin/labctl run /lab/scenarios /dev/ttyS1
}

$1
