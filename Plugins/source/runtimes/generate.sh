#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes the Swift code of Protos anew into a folder, Sources/Generated without one:
#   generate.sh TOOLS [FOLDER]
# TOOLS is where protoc-gen-swift and protoc-gen-grpc-swift-2 are, built from the packages that the
# code is compiled with; protoc is Debian's. `make protos` and `make protos-check` call this.
set -eu

tools=$(readlink -f "$1")
here=$(dirname "$(readlink -f "$0")")
output=${2:-$here/Sources/Generated}

mkdir -p "$output"
rm -f "$output"/*.swift
protoc --plugin="$tools/protoc-gen-swift" --plugin="$tools/protoc-gen-grpc-swift-2" --proto_path="$here/Protos" \
	--swift_out="$output" --swift_opt=Visibility=Package,UseAccessLevelOnImports=true \
	--grpc-swift-2_out="$output" --grpc-swift-2_opt=Visibility=Package,UseAccessLevelOnImports=true,Server=false \
	"$here"/Protos/*.proto
for file in "$output"/*.swift; do
	sed -i -e '1i // SPDX-License-Identifier: Apache-2.0\n// swift-format-ignore-file' -e 's/[ \t]*$//' "$file"
done
