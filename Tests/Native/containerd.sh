#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# containerd.sh FOLDER: puts containerd of Debian 13, which has NRI, into FOLDER/usr/bin, unless it is there already.
# Debian 12's has none. Nothing is installed on this machine.
set -eu

mkdir -p "$1"
folder=$(readlink -f "$1")
suite=trixie

fail() {
	echo "containerd.sh: $*" >&2
	exit 1
}

[ -x "$folder/usr/bin/containerd" ] && exit 0

# A suite that this machine's apt does not use: the same archive as the one it does use, in an apt configuration that
# nobody else sees.
. /etc/os-release
archive=$(apt-cache policy | sed -n "s|^ *[0-9]* \(http[^ ]*\) $VERSION_CODENAME/main .*|\1|p" | head -1)
[ -n "$archive" ] || fail "apt has no source for $VERSION_CODENAME: run apt-get update"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/parts" "$folder/deb"
cd "$folder"
echo "deb $archive $suite main" >apt/sources.list
cat >apt/apt.conf <<-END
	Dir::Etc::SourceList "$folder/apt/sources.list";
	Dir::Etc::SourceParts "$folder/apt/parts";
	Dir::State::Lists "$folder/apt/lists";
	Dir::Cache::pkgcache "";
	Dir::Cache::srcpkgcache "";
END
export APT_CONFIG="$folder/apt/apt.conf"
apt-get update -qq || fail "apt cannot read $suite"
echo "containerd.sh: fetching containerd of $suite" >&2
(cd deb && apt-get download -qq -o APT::Sandbox::User=root containerd) || fail "apt-get cannot download containerd"
dpkg-deb -x deb/containerd_*.deb root
rm -rf deb apt usr
mv root/usr usr
rm -rf root
