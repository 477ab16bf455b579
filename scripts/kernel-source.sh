#!/usr/bin/env bash
# Prints the path of a kernel source tree: the distribution's source package, fetched and unpacked once.
# usage: kernel-source.sh [SERIES]       KSRC=/path names a tree to use instead.
source "$(dirname "$0")/lib.sh"

series=${1:-${KERNEL:-7.3}}
if [ -n "${KSRC:-}" ]; then
	[ -f "$KSRC/Kbuild" ] || die "KSRC=$KSRC is not a kernel source tree"
	realpath "$KSRC"
	exit
fi
check_kernel "$series" plain
"$top/scripts/deps.sh" source
read -r _ suite pinned < <(grep -E "^${series//./\\.}[[:space:]]" "$top/scripts/kernels")
package=linux-source-$series
tree=$cache/source/$package-$pinned
lock_cache source

# The mirror may have a newer version only.
fetch() {
	rm -rf "$tree.part"
	mkdir -p "$tree.part"
	cd "$tree.part"
	apt-get download "$package=$pinned" || apt-get download "$package"
	dpkg-deb --fsys-tarfile "$package"_*.deb | tar -xO "./usr/src/$package.tar.xz" | tar -xJ --strip-components=1
	rm "$package"_*.deb
	mv "$tree.part" "$tree"
}
if [ ! -d "$tree" ]; then
	APT_CONFIG=$(apt_suite "$suite") || die "name a Linux $series source tree with KSRC=/path"
	export APT_CONFIG
	run_logged "$cache/log/$package.log" "fetching $package $pinned" -- fetch
fi
echo "$tree"
