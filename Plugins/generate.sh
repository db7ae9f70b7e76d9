#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Writes the Swift code of a folder's Protos anew, into Sources/Generated beside them or into another folder:
#   generate.sh TOOLS ROLE FOLDER [OUTPUT]
# TOOLS is where protoc-gen-swift and protoc-gen-grpc-swift-2 are, built from the packages that the
# code is compiled with; protoc is Debian's. ROLE is client or server; a server gets the descriptors of its protos,
# too. `make protos` and `make protos-check` call this.
set -eu

tools=$(readlink -f "$1")
role=$2
folder=$(readlink -f "$3")
output=${4:-$folder/Sources/Generated}
case $role in
client) visibility=Package sides=Server=false ;;
server) visibility=Internal sides=Client=false ;;
*) echo "the role is client or server" >&2 && exit 2 ;;
esac
options=Visibility=$visibility,UseAccessLevelOnImports=true

mkdir -p "$output"
rm -f "$output"/*.swift
protoc --plugin="$tools/protoc-gen-swift" --plugin="$tools/protoc-gen-grpc-swift-2" --proto_path="$folder/Protos" \
	--swift_out="$output" --swift_opt="$options" \
	--grpc-swift-2_out="$output" --grpc-swift-2_opt="$options,$sides" \
	"$folder"/Protos/*.proto
if [ "$role" = server ]; then
	set="$(mktemp)"
	trap 'rm -f "$set"' EXIT
	protoc --proto_path="$folder/Protos" --include_imports --descriptor_set_out="$set" "$folder"/Protos/*.proto
	{
		printf '/// The descriptors of all protos, a FileDescriptorSet in hexadecimal.\n'
		printf 'let fileDescriptorSet: StaticString = """\n'
		od -An -v -tx1 -w56 "$set" | tr -d ' ' | sed -e 's/^/    /' -e 's/$/\\/'
		printf '    \n    """\n'
	} > "$output/descriptors.swift"
fi
for file in "$output"/*.swift; do
	sed -i -e '1i // SPDX-License-Identifier: Apache-2.0\n// swift-format-ignore-file' -e 's/[ \t]*$//' "$file"
done
