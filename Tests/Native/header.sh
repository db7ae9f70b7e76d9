#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The contract must compile as C11 and C++17 with no warning, by gcc and by clang.
set -eu
clang=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
printf '#include "plugin.h"\nint main(void) { return 0; }\n' | tee "$folder/t.c" > "$folder/t.cc"
for compiler in gcc "$clang"; do
	"$compiler" -std=c11 -Wall -Wextra -Wpedantic -Werror -ISources/PluginABI/include -fsyntax-only "$folder/t.c"
done
for compiler in g++ "$clang++"; do
	"$compiler" -std=c++17 -Wall -Wextra -Wpedantic -Werror -ISources/PluginABI/include -fsyntax-only "$folder/t.cc"
done
echo "plugin.h: C11 and C++17, gcc and clang, no warnings"
