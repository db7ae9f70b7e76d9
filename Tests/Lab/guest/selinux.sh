#!/bin/busybox sh
# SPDX-License-Identifier: Apache-2.0
# The lab's runner where SELinux is in force.
labsel enforce 1
echo "lab: SELinux enforcing $(cat /sys/fs/selinux/enforce), as $(cat /proc/self/attr/current)"
# In its place: the runner kills whatever else there is.
exec /lab/bin/labctl run /lab/scenarios /dev/ttyS1
