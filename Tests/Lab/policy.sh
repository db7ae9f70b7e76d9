#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# policy.sh FOLDER: puts Debian's SELinux policy, all modules compiled, into
# FOLDER/policy.33 unless it is there already. Nothing is installed on this machine.
set -eu

folder=$1

fail() {
	echo "policy.sh: $*" >&2
	exit 1
}

[ -e "$folder/policy.33" ] && exit 0
command -v secilc >/dev/null || fail "secilc is missing: apt-get install secilc"
mkdir -p "$folder/deb" "$folder/cil"
cd "$folder"
echo "policy.sh: fetching and compiling Debian's policy" >&2
# policycoreutils has the converter of the package's modules to CIL.
(cd deb && apt-get download -qq -o APT::Sandbox::User=root selinux-policy-default policycoreutils) ||
	fail "apt-get cannot download selinux-policy-default and policycoreutils: run apt-get update"
for package in deb/*.deb; do dpkg-deb -x "$package" root; done
for module in root/usr/share/selinux/default/*.pp.bz2; do
	bzip2 -dc "$module" >module.pp
	root/usr/libexec/selinux/hll/pp module.pp "cil/$(basename "$module" .pp.bz2).cil" ||
		fail "$module cannot be converted"
done
secilc -M true -c 33 -N -o policy.new -f file_contexts cil/*.cil || fail "the policy does not compile"
rm -rf root deb cil module.pp
mv policy.new policy.33
