#!/usr/bin/env bash
# Runs sparse, the kernel's C checker, on every C file that Kbuild compiles here (make sparse).
# usage: sparse.sh [KDIR MODULES]        default: the plain guest kernel, and the modules for it
#        sparse.sh --tool                prints the path of a sparse that understands current kernels, and builds it first if
#                                        needed, in half a minute at most. Debian 12's sparse does not know __typeof_unqual__: the
#                                        kernel's build then only warns and checks nothing. SPARSE=/path names a program to use instead
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
[ "${1:-}" != --tool ] || { sparse_tool; exit; }

kdir=${1:-$("$top/scripts/kernel-build.sh" plain)}
modules=$(realpath "${2:-$("$top/scripts/module-build.sh" "$kdir")}")
sparse=$(sparse_tool)
log=$modules/sparse.log

# Without a sparse that it knows, the kernel's build only warns. The model is first zeroed as a whole, half a MiB; sparse reports
# every memset() above 100 kB.
make -C "$kdir" "M=$modules" C=2 "CHECK=$sparse" CF=-fmemcpy-max-count=1048576 WERROR=1 TESTS=m "-j$(nproc)" modules >"$log" 2>&1 ||
	{ tail "$log"; die "the build failed"; }
grep -q '^ *CHECK .*shim/page.c' "$log" || die "sparse did not look at shim/page.c (log: $log)"
! grep -vE '^ *(CHECK|CC|CXX|LD|AR|MODPOST|BTF) |^make(\[|:)|^ *make ' "$log" || die "sparse has findings, above"
say "sparse: no findings"
