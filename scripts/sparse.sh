#!/usr/bin/env bash
# Runs sparse, the kernel's C checker, on every C file that Kbuild compiles here (make sparse). A sparse that understands current
# kernels is built first if needed, in half a minute at most: Debian 12's sparse does not know __typeof_unqual__, and the kernel's
# build then only warns and checks nothing. SPARSE=/path names a program to use instead.
# usage: sparse.sh                       all modules, for the plain guest kernel
#        sparse.sh FILE COMMAND...       what COMMAND builds, a make with the file among its sources
source "$(dirname "$0")/lib.sh"

sparse_tool() {
	local home=$cache/sparse/built
	if [ -n "${SPARSE:-}" ]; then
		[ -x "$SPARSE" ] || die "SPARSE=$SPARSE is not a program"
		realpath "$SPARSE"
		return
	fi
	"$top/scripts/deps.sh" sparse
	lock_cache sparse
	if [ ! -x "$home/sparse" ]; then
		APT_CONFIG=$(apt_suite sid deb-src) || die 'name a sparse from 0.6.5 on with SPARSE=/path'
		export APT_CONFIG
		run_logged "$cache/log/sparse.log" "fetching and building sparse" -- make_tool "$home"
	fi
	echo "$home/sparse"
}
# Debian's patches are not needed: they only concern packaging.
make_tool() {
	rm -rf "$1" "$1.part"
	mkdir -p "$1.part"
	cd "$1.part" && apt-get source --download-only sparse && tar -xf sparse_*.orig.tar.* --strip-components=1 &&
		make "-j$(nproc)" sparse && mv "$1.part" "$1"
}

sparse=$(sparse_tool)
# make must not be silent: its log says what sparse looked at.
unset MAKEFLAGS
if [ $# = 0 ]; then
	kdir=$("$top/scripts/kernel-build.sh" plain)
	modules=$("$top/scripts/module-build.sh" "$kdir")
	# The model is first zeroed as a whole, half a MiB; sparse reports every memset() above 100 kB.
	set -- shim/page.c make -C "$kdir" "M=$modules" CF=-fmemcpy-max-count=1048576 WERROR=1 TESTS=m "-j$(nproc)" modules
fi
log=$top/build/log/sparse-$(basename "$1").log
mkdir -p "$top/build/log"
"${@:2}" C=2 "CHECK=$sparse" >"$log" 2>&1 || { tail "$log" >&2; die "sparse: the build failed (log: $log)"; }
# Without a sparse that it knows, the kernel's build only warns.
grep -q "CHECK .*$1" "$log" || die "sparse did not look at $1 (log: $log)"
! grep -E '(warning|error): ' "$log" >&2 || die "sparse has findings, above"
say "sparse: no findings (log: $log)"
