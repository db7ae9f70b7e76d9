#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kernel.sh VERSION FOLDER: puts Debian's cloud kernel of that version into
# FOLDER/VERSION/vmlinuz (its modules into FOLDER/VERSION/lib/modules), unless it
# is there already. Nothing is installed on this machine.
set -eu

version=$1
folder=$2/$version
package=linux-image-cloud-amd64

fail() {
	echo "kernel.sh: $*" >&2
	exit 1
}

[ -e "$folder/vmlinuz" ] && exit 0
mkdir -p "$folder/deb"
cd "$folder"

. /etc/os-release
case $version in
6.1) suite='' ;;
6.12) suite=$VERSION_CODENAME-backports ;;
5.10) suite=bullseye ;;
*) fail "no kernel $version: use 5.10, 6.1 or 6.12" ;;
esac

# A suite that this machine's apt does not use: the same archive as the one it
# does use, in an apt configuration that nobody else sees.
if [ -n "$suite" ]; then
	archive=$(apt-cache policy | sed -n "s|^ *[0-9]* \(http[^ ]*\) $VERSION_CODENAME/main .*|\1|p" | head -1)
	[ -n "$archive" ] || fail "kernel $version is not available: apt has no source for $VERSION_CODENAME"
	mkdir -p apt/lists/partial apt/parts
	echo "deb $archive $suite main" >apt/sources.list
	cat >apt/apt.conf <<-END
		Dir::Etc::SourceList "$folder/apt/sources.list";
		Dir::Etc::SourceParts "$folder/apt/parts";
		Dir::State::Lists "$folder/apt/lists";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
	END
	export APT_CONFIG="$folder/apt/apt.conf"
	apt-get update -qq || fail "kernel $version is not available: apt cannot read $suite"
fi

image=$(apt-cache show --no-all-versions "$package" |
	sed -n 's/^Depends: *\(linux-image-[^ ,]*\).*/\1/p' | head -1)
[ -n "$image" ] || fail "apt knows no $package: run apt-get update"
echo "kernel.sh: fetching $image" >&2
(cd deb && apt-get download -qq -o APT::Sandbox::User=root "$image") ||
	fail "apt-get cannot download $image: run apt-get update"
dpkg-deb -x deb/"$image"_*.deb root
rm -rf deb apt
mv root/lib .
mv root/boot/vmlinuz-* vmlinuz.new
mv root/boot/config-* config
rm -rf root
mv vmlinuz.new vmlinuz
