#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The native time of one verdict, and of compiling rule sets: verdict.sh CLANG
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" -std=gnu2x -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -ISources/KernelEvents/include --embed-dir=build/bpf \
	Tests/Native/verdict.c -lbpf -o "$folder/verdict"
echo
echo "One verdict on this machine (bpf_prog_test_run, mean of 200,000):"
build/tools/bin/kubearmor-cases rules "$folder/cases"
"$folder/verdict" --time "$folder/cases"
