#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# guest.sh OUTPUT: compiles the static programs that run inside a guest.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"

compile() {
	program=$out/$(basename "${1%.*}")
	[ "$program" -nt "$1" ] || clang -static -s -o "$program" "$@"
}

for source in "$here"/guest/*.c "$here"/../Bench/guest/*.c; do
	compile "$source" -std=gnu2x -Wall -Wextra -Werror -O2
done
for source in "$here"/../Bench/guest/*.S; do
	compile "$source" -nostdlib
done
