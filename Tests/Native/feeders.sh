#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Feeders and those who take what they give, natively: feeders.sh STAGE CLANG
# The daemon runs with noop and a monitor that reports what the test says, so that it is known what must arrive.
set -eu

stage=$(readlink -f "$1")
clang=$2
here=$(dirname "$(readlink -f "$0")")
top=$here/../..
folder=$(mktemp -d /run/kubearmor-feeders.XXXXXX)
trap 'rm -rf "$folder"' EXIT

mkdir -p "$folder/plugins" "$folder/policies" "$folder/run" "$top/build"
for plugin in enforcer-noop feeder-file feeder-http feeder-otlp feeder-syslog; do
	cp "$stage/usr/lib/kubearmor/plugins/kubearmor-$plugin.so" "$folder/plugins/"
done
"$clang" -std=gnu2x -O2 -fPIC -shared -Wall -Wextra -Werror -D_GNU_SOURCE -fvisibility=hidden \
	-I"$top/Sources/PluginABI/include" -I"$top/Plugins/shared" "$here/drip.c" "$top/Plugins/shared/answer.c" \
	-o "$folder/plugins/kubearmor-monitor-drip.so"
mkfifo "$folder/fifo"
cat > "$folder/policies/audit.yaml" <<-POLICY
	apiVersion: security.kubearmor.com/v1
	kind: KubeArmorHostPolicy
	metadata: {name: feeders-audit}
	spec:
	  nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}
	  severity: 7
	  message: seen
	  tags: [native, test]
	  file: {matchDirectories: [{dir: /watched/, recursive: true}]}
	  action: Audit
POLICY
python3 "$here/feeders.py" "$stage/usr/bin/kubearmor" "$folder" "$top/build"
