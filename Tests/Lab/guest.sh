#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest.sh OUTPUT: compiles the programs that run inside a guest; static, but for the one that loads plugins.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../Sources
out=$1
mkdir -p "$out"
# Whatever was compiled before a header changed is of another version of it.
headers="$sources/KernelEvents/include $sources/PluginABI/include"
for program in "$out"/*; do
	[ -z "$(find $headers -newer "$program")" ] || rm -f "$program"
done

compile() {
	program=$out/$(basename "${1%.*}")
	[ "$program" -nt "$1" ] || clang -s -o "$program" "$@"
}

for source in "$here"/guest/*.c "$here"/../Bench/guest/*.c; do
	linking=-static
	[ "$(basename "$source")" != labplug.c ] || linking=-ldl
	compile "$source" -std=gnu2x -Wall -Wextra -Werror -O2 -I"$sources/KernelEvents/include" \
		-I"$sources/PluginABI/include" $linking
done
# The monitor's own test, which loads the plugin; all of it anew when any part has changed.
drive=$here/../../Plugins/monitor/ebpf/Tests
[ -z "$(find "$drive" -newer "$out/drive" 2>/dev/null)" ] || rm -f "$out/drive"
compile "$drive/drive.c" $(find "$drive" -name '*.c' ! -name drive.c) -std=gnu2x -Wall -Wextra -Werror -O2 \
	-I"$sources/PluginABI/include" -ldl -pthread
for source in "$here"/../Bench/guest/*.S; do
	compile "$source" -static -nostdlib
done
