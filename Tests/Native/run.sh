#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The staged product on this machine's own kernel, whatever that permits:
#   run.sh STAGE CLANG
# Where LSM programs are refused this is the negative case of auto-selection: the
# daemon runs with noop, and audit rules work through the monitor.
set -u

stage=$(readlink -f "$1")
clang=$2
kubearmor=$stage/usr/bin/kubearmor
tools=build/tools/bin
folder=$(mktemp -d /run/kubearmor-native.XXXXXX)
daemon=

finish() {
	[ -n "$daemon" ] && kill -9 "$daemon" 2>/dev/null
	rm -rf "$folder"
}
trap finish EXIT

. "$(dirname "$(readlink -f "$0")")/check.sh"

# ---- the tree that is staged ------------------------------------------------

links_no_lsm_library() {
	! ldd "$kubearmor" | grep -E 'libbpf|libapparmor|libselinux'
}

only_the_entry_is_exported() {
	local plugin symbols
	for plugin in "$stage"/usr/lib/kubearmor/plugins/*.so; do
		symbols=$(nm -D --defined-only --extern-only "$plugin" | awk '{print $3}' | sort -u)
		[ "$symbols" = kubearmor_plugin_entry ] || { echo "$plugin exports: $symbols"; return 1; }
	done
}

installs_the_plugins_asked_for() {
	make -s install DESTDIR="$folder/root" PREFIX=/opt/ka PLUGINS="noop file" || return 1
	[ "$(ls "$folder/root/opt/ka/lib/kubearmor/plugins" | tr '\n' ' ')" = \
		"kubearmor-enforcer-noop.so kubearmor-feeder-file.so " ] || {
		ls -R "$folder/root/opt/ka/lib/kubearmor/plugins"
		return 1
	}
	"$folder/root/opt/ka/bin/kubearmor" plugins list
}

check "the daemon links none of libbpf, libapparmor, libselinux" links_no_lsm_library
check "each plugin exports its entry and nothing else" only_the_entry_is_exported
check "make install installs just the plugins asked for, and they work from there" installs_the_plugins_asked_for

# ---- plugins ----------------------------------------------------------------

lsm_works() {
	"$kubearmor" plugins list | grep -qE '^enforcer +bpflsm .* active'
}

list_says_why() {
	"$kubearmor" plugins list > "$folder/list"
	cat "$folder/list"
	if lsm_works; then return 0; fi
	grep -E '^enforcer +bpflsm .*skipped.*the trial program was refused' "$folder/list" &&
		grep -E '^enforcer +noop .*active' "$folder/list"
}

info_is_json() {
	local name
	for name in bpflsm noop ebpf file; do
		"$kubearmor" plugins info "$name" -o json | grep -q "\"name\": *\"$name\"" || return 1
	done
}

no_such_plugin() {
	"$kubearmor" plugins info no-such-plugin
	[ $? -eq 3 ]
}

check "plugins list says which enforcer is chosen and why not another" list_says_why
check "plugins info prints every plugin as JSON" info_is_json
check "plugins info of an unknown name ends with 3" no_such_plugin
for plugin in "$stage"/usr/lib/kubearmor/plugins/*.so; do
	check "plugins verify $(basename "$plugin")" "$kubearmor" plugins verify "$plugin"
done

# ---- questions about policies --------------------------------------------------

write_policies() {
	mkdir -p "$folder/questions"
	cat > "$folder/questions/good.yaml" <<-EOF
		apiVersion: security.kubearmor.com/v1
		kind: KubeArmorHostPolicy
		metadata: {name: guard}
		spec:
		  nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}
		  file: {matchPaths: [{path: /etc/shadow, fromSource: [{path: /bin/cat}]}]}
		  action: Block
	EOF
	sed 's/fromSource/fromSorce/' "$folder/questions/good.yaml" > "$folder/questions/typo.yaml"
	echo 'kind: [' > "$folder/bad.yaml"
}

policy_check() {
	"$kubearmor" policy check "$folder/questions" | tee "$folder/check" || return 1
	grep -q 'typo.yaml:6:43: warning: .*did you mean `fromSource`?' "$folder/check" || return 1
	"$kubearmor" policy check --strict "$folder/questions" > "$folder/check" && return 1
	"$kubearmor" policy check -o sarif "$folder/bad.yaml" > "$folder/check" && return 1
	grep -q '"ruleId": "yaml-syntax"' "$folder/check" || return 1
	"$kubearmor" policy check "$folder/nowhere"
	[ $? -eq 3 ]
}

policy_explain() {
	local good=$folder/questions/good.yaml
	"$kubearmor" policy explain "$good" --process /bin/cat --read /etc/shadow > "$folder/why"
	[ $? -eq 1 ] && grep -q "^denied: by guard (.*good.yaml:6:23)" "$folder/why" || return 1
	"$kubearmor" policy explain "$good" --process /bin/dog --read /etc/shadow > "$folder/why" || return 1
	grep -q "silent: its fromSource is another program" "$folder/why" || return 1
	"$kubearmor" policy explain "$good" 2> "$folder/why"
	[ $? -eq 2 ]
}

policy_render() {
	"$kubearmor" policy render --enforcer bpflsm "$folder/questions/good.yaml" | grep -q '^1 rules, [0-9]* cells'
}

policy_test() {
	"$kubearmor" policy test Tests/Scenarios | tee "$folder/why" || return 1
	grep -qE '^[1-9][0-9]* predictions hold, 0 do not' "$folder/why" || return 1
	sed 's/predict: deny/predict: allow/' Tests/Scenarios/file-block-path.yaml > "$folder/wrong.yaml"
	"$kubearmor" policy test "$folder/wrong.yaml" > "$folder/why" && return 1
	grep -q 'predicted allow, the policies say deny' "$folder/why"
}

write_policies
check "policy check names file, line, column and remedy, and ends as documented" policy_check
check "policy explain says who decides and why" policy_explain
check "policy test holds the scenarios' predictions against the evaluator" policy_test
check "policy render shows the rules and their size" policy_render

# ---- the kernel's verdict against the reference evaluator ---------------------

verdicts() {
	"$clang" -std=gnu2x -O2 -Wall -Wextra -Werror -D_GNU_SOURCE -ISources/KernelEvents/include \
		--embed-dir=build/bpf Tests/Native/verdict.c -lbpf -o "$folder/verdict" || return 1
	"$tools/kubearmor-cases" random "$1" 400 60 "$folder/cases" || return 1
	"$folder/verdict" "$folder/cases"
}

check "24,000 random decisions: the kernel and the evaluator agree (seed 1)" verdicts 1
check "24,000 random decisions: the kernel and the evaluator agree (seed 2)" verdicts 2

# ---- profiles and modules ----

check "apparmor_parser accepts what the enforcer apparmor writes of names with any bytes" \
	Plugins/enforcer/apparmor/Tests/profiles.sh \
	"$stage/usr/lib/kubearmor/plugins/kubearmor-enforcer-apparmor.so" "$clang"
for enforcer in apparmor selinux; do
	check "what $enforcer would load for every published policy compiles, and is what it was" \
		Tests/Native/corpus.sh "$stage" "$enforcer"
done

# ---- the monitor ----------------------------------------------------------------

if [ -f Plugins/monitor/ebpf/Tests/drive.c ]; then
	drive() {
		"$clang" -std=gnu2x -O2 -Wall -Wextra -ISources/PluginABI/include Plugins/monitor/ebpf/Tests/*.c \
			-ldl -o "$folder/drive" || return 1
		"$folder/drive" "$stage/usr/lib/kubearmor/plugins/kubearmor-monitor-ebpf.so"
	}
	check "monitor ebpf reports what a child does, and loses nothing uncounted" drive
fi

# ---- the daemon --------------------------------------------------------------------

mkdir -p "$folder/policies" "$folder/run" "$folder/watched"
alerts=$folder/alerts.json
touch "$folder/watched/secret"
cp /bin/true "$folder/watched/tool"
write_policy() {
	cat > "$folder/policies/.new" <<-POLICY
	apiVersion: security.kubearmor.com/v1
	kind: KubeArmorHostPolicy
	metadata: {name: $1}
	spec:
	  nodeSelector: {matchLabels: {kubearmor.io/hostname: "*"}}
	  severity: 7
	  message: seen
	  tags: [native, test]
	  file: {matchPaths: [{path: $folder/watched/$2}]}
	  process: {matchPaths: [{path: $folder/watched/tool}]}
	  action: Audit
	POLICY
	mv "$folder/policies/.new" "$folder/policies/audit.yaml"
}
write_policy native-audit secret

start() {
	"$kubearmor" daemon --policyDir "$folder/policies" --runDir "$folder/run" --logPath "$alerts" \
		--hostVisibility none --enforcer noop 2>> "$folder/daemon.log" &
	daemon=$!
	eventually test -e "$folder/run/plugins.json" && kill -0 "$daemon"
}

second_instance_is_refused() {
	"$kubearmor" daemon --policyDir "$folder/policies" --runDir "$folder/run" --enforcer noop
	[ $? -eq 3 ]
}

has_alert() {
	local line=$1
	shift
	[ -f "$alerts" ] || return 1
	local found
	found=$(tail -n +"$line" "$alerts")
	for text in "$@"; do found=$(grep -F -- "$text" <<< "$found") || return 1; done
}

opens_are_audited() {
	cat "$folder/watched/secret"
	eventually has_alert 1 '"PolicyName":"native-audit"' '"Operation":"File"' \
		"\"Resource\":\"$folder/watched/secret\"" \
		'"Action":"Audit"' '"Result":"Passed"' '"Severity":"7"' '"Tags":"native,test"' '"Message":"seen"' \
		'"Type":"MatchedHostPolicy"' '"HostName":"' '"UID":0' '"ProcessName":"' '"Enforcer":"eBPF Monitor"'
}

execs_are_audited() {
	"$folder/watched/tool"
	eventually has_alert 1 '"PolicyName":"native-audit"' '"Operation":"Process"' "$folder/watched/tool" \
		'"Action":"Audit"' '"ParentProcessName":"'
}

a_change_is_in_force() {
	touch "$folder/watched/other"
	write_policy native-changed other
	eventually grep -q native-changed "$folder/daemon.log"
	cat "$folder/watched/other"
	eventually has_alert 1 '"PolicyName":"native-changed"' "$folder/watched/other"
}

a_broken_file_changes_nothing() {
	local before
	before=$(wc -l < "$alerts")
	printf 'apiVersion: security.kubearmor.com/v1\nkind: KubeArmorHostPolicy\nmetadata: {name: x}\nspec: [\n' \
		> "$folder/policies/audit.yaml"
	eventually grep -E 'audit.yaml:[0-9]+:[0-9]+' "$folder/daemon.log" || return 1
	cat "$folder/watched/other"
	eventually has_alert $((before + 1)) '"PolicyName":"native-changed"'
}

logrotate_works() {
	mv "$alerts" "$alerts.1"
	kill -HUP "$daemon"
	eventually test -e "$alerts" || return 1
	cat "$folder/watched/other"
	eventually has_alert 1 '"PolicyName":"native-changed"'
}

stops_within_five_seconds() {
	local began=$SECONDS
	kill -TERM "$daemon"
	wait "$daemon"
	local status=$?
	daemon=
	[ $status -eq 0 ] && [ $((SECONDS - began)) -le 5 ] && [ ! -e "$folder/run/plugins.json" ]
}

refuses_what_is_not_usable() {
	"$kubearmor" daemon --policyDir "$folder/policies" --runDir "$folder/run" --enforcer bpflsm
	[ $? -eq 4 ]
}

refuses_a_bad_configuration() {
	printf 'hostDefaultFilePosture: blok\n' > "$folder/bad.yaml"
	"$kubearmor" daemon --config "$folder/bad.yaml" --runDir "$folder/run" > "$folder/bad.out" 2>&1
	local status=$?
	cat "$folder/bad.out"
	[ $status -eq 5 ] && grep -q 'bad.yaml:1' "$folder/bad.out"
}

check "the daemon starts with noop" start
check "a second instance is refused with 3" second_instance_is_refused
check "an audit rule on an open gives an alert with its fields" opens_are_audited
check "an audit rule on an exec gives an alert" execs_are_audited
check "a changed policy file is in force" a_change_is_in_force
check "a broken policy file is reported with its place and the last good version stays" a_broken_file_changes_nothing
check "SIGHUP reopens the file for logrotate" logrotate_works
check "SIGTERM stops it within 5 seconds" stops_within_five_seconds
lsm_works || check "a named enforcer that does not work is refused with 4" refuses_what_is_not_usable
check "a bad configuration is refused with 5 and its line" refuses_a_bad_configuration

summary
