#!/usr/bin/env bash
# Prints the path of a sparse that understands current kernels, building it first if needed: half a minute at most. The one
# of Debian 12 does not know __typeof_unqual__, and the kernel's build then only warns and checks nothing.
# usage: sparse-build.sh       SPARSE=/path names a program to use instead.
source "$(dirname "$0")/lib.sh"

suite=sid
pinned=0.6.5~rc1-2
instead='name a sparse from 0.6.5 on with SPARSE=/path'
if [ -n "${SPARSE:-}" ]; then
	[ -x "$SPARSE" ] || die "SPARSE=$SPARSE is no program"
	realpath "$SPARSE"
	exit 0
fi

"$top/scripts/deps.sh" sparse
lock_cache sparse

fetch() {
	rm -rf "$2.part"
	mkdir -p "$2.part"
	cd "$2.part"
	apt-get source --download-only "sparse=$1"
}

# Debian's patches are about how it is packaged.
build() {
	tar -xf "$1.part"/sparse_*.orig.tar.* --strip-components=1 -C "$1.part"
	make -C "$1.part" "-j$(nproc)" sparse
	mv "$1.part" "$1"
}

tree=$cache/sparse/$pinned
if [ ! -x "$tree/sparse" ]; then
	APT_CONFIG=$("$top/scripts/apt-suite.sh" --sources "$suite") || die "$instead"
	export APT_CONFIG
	version=$(offered_version sparse "$pinned") || die "$instead"
	tree=$cache/sparse/$version
	if [ ! -x "$tree/sparse" ]; then
		run_logged "$cache/log/sparse.fetch.log" "fetching the source of sparse $version" -- fetch "$version" "$tree"
		run_logged "$cache/log/sparse.build.log" "building sparse $version" -- build "$tree"
	fi
fi
echo "$tree/sparse"
