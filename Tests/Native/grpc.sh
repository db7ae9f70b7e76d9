#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The feeder grpc against a client that is not ours (Debian's python3-grpcio, messages from our protos by protoc):
#   grpc.sh STAGE CLANG
set -eu

stage=$(readlink -f "$1")
clang=$2
here=$(dirname "$(readlink -f "$0")")
protos=$here/../../Plugins/feeder/grpc/Protos
folder=$(mktemp -d /run/kubearmor-grpc.XXXXXX)
trap 'rm -rf "$folder"' EXIT

mkdir "$folder/python"
protoc --proto_path="$protos" --python_out="$folder/python" "$protos"/*.proto
"$clang" -std=gnu2x -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -I"$here/../../Sources/PluginABI/include" \
	"$here/grpc_feed.c" -ldl -o "$folder/feed"
# Debian's, which python3-grpcio is for.
PYTHONPATH=$folder/python /usr/bin/python3 "$here/grpc_client.py" "$stage" "$folder"
