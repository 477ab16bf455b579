#!/usr/bin/env bash
# Prints the path of a kernel source tree, fetching and unpacking the distribution's source package first if needed.
# usage: kernel-source.sh [SERIES]       KSRC=/path names a tree to use instead.
source "$(dirname "$0")/lib.sh"

series=${1:-${KERNEL:-7.3}}
if [ -n "${KSRC:-}" ]; then
	[ -f "$KSRC/Kbuild" ] && [ -f "$KSRC/scripts/kconfig/merge_config.sh" ] || die "KSRC=$KSRC is not a kernel source tree"
	(cd "$KSRC" && pwd)
	exit 0
fi

"$top/scripts/deps.sh" source
read -r _ suite pinned < <(grep -E "^${series//./\\.}[[:space:]]" "$top/scripts/kernels") ||
	die "no kernel series '$series' in scripts/kernels; name a source tree with KSRC=/path instead"
package=linux-source-$series
lock_cache source

fetch() {
	local version=$1
	mkdir -p "$cache/source"
	cd "$cache/source"
	apt-get download "$package=$version"
}

unpack() {
	local deb=$1 to=$2
	rm -rf "$to.part"
	mkdir -p "$to.part"
	dpkg-deb --fsys-tarfile "$deb" | tar -xO "./usr/src/$package.tar.xz" | xz -dc | tar -x --strip-components=1 -C "$to.part"
	mv "$to.part" "$to"
}

tree=$cache/source/$package-$pinned
if [ ! -d "$tree" ]; then
	instead="name a Linux $series source tree with KSRC=/path"
	APT_CONFIG=$("$top/scripts/apt-suite.sh" "$suite") || die "$instead"
	export APT_CONFIG
	version=$(offered_version "$package" "$pinned") || die "$instead"
	tree=$cache/source/$package-$version
	if [ ! -d "$tree" ]; then
		run_logged "$cache/log/$package.fetch.log" "fetching $package $version" -- fetch "$version"
		deb=$(find "$cache/source" -maxdepth 1 -name "${package}_*.deb" | head -n 1)
		run_logged "$cache/log/$package.unpack.log" "unpacking $package $version" -- unpack "$deb" "$tree"
		rm -f "$deb"
	fi
fi
echo "$tree"
