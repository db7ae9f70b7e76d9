#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cil.sh TEXT FOLDER: has secilc compile the enforcer selinux's text, with the least policy that it needs.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
exec secilc -c 33 -o "$2/policy" -f "$2/contexts" "$here/least.cil" "$1"
