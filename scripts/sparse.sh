#!/usr/bin/env bash
# Runs sparse, the kernel's C checker, on every C file that Kbuild compiles here (make sparse), and proves that sparse ran: a
# build without it prints no warning either. Writes a KTAP document.
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
	cd "$1.part"
	apt-get source --download-only sparse
	tar -xf sparse_*.orig.tar.* --strip-components=1
	make "-j$(nproc)" sparse
	mv "$1.part" "$1"
}
[ "${1:-}" != --tool ] || { sparse_tool; exit; }
begin_ktap

kdir=${1:-$("$top/scripts/kernel-build.sh" plain)}
modules=$(realpath "${2:-$("$top/scripts/module-build.sh" "$kdir")}")
sparse=$(sparse_tool)

# The model is first zeroed as a whole, half a MiB; sparse reports every memset() above 100 kB.
flags=-fmemcpy-max-count=1048576
build() { make -C "$kdir" "M=$1" C=2 "CHECK=$sparse" "CF=$flags" WERROR=1 TESTS=m "-j$(nproc)" modules; }

run() {
	build "$modules" >"$scratch/log" 2>&1 || { tail "$scratch/log"; return 1; }
	sed -n 's/^ *CHECK *//p' "$scratch/log" | sort >"$scratch/checked"
}

# Two files are only for other kernels: those whose KUnit cannot hide warnings, and those that debug memory (kunit/Kbuild).
# The files of kunit/seam/qemu/ are built with QEMU, those of kunit/kvm/ are a user-space program.
everything_was_checked() {
	(cd "$top" && find shim kunit samples -name '*.c' ! -name '*.mod.c' ! -path 'kunit/user/*' ! -path 'kunit/seam/qemu/*' ! -path 'kunit/kvm/*' \
		! -path kunit/seam/trap/warnings.c ! -path kunit/suites/handles_test.c) |
		sort >"$scratch/sources"
	comm -3 "$scratch/sources" "$scratch/checked" >"$scratch/difference"
	sed 's/^\t/checked, but none of the sources: /; t; s/^/not checked: /' "$scratch/difference"
	grep 'is not available or not up to date' "$scratch/log"
	[ -s "$scratch/checked" ] && [ ! -s "$scratch/difference" ]
}

is_silent() { [ -s "$scratch/checked" ] && ! grep -vE '^ *(CHECK|CC|CXX|LD|AR|MODPOST|BTF) |^make(\[|:)|^ *make ' "$scratch/log"; }

# A module that is checked like the others: it compiles without a warning, but has a mistake that sparse has to report.
known_bad() {
	mkdir "$scratch/bad"
	echo 'obj-m := known_bad.o' >"$scratch/bad/Kbuild"
	cat >"$scratch/bad/known_bad.c" <<-'END'
		#include <linux/module.h>
		static u32 __used read_user(const u32 __user *where) { return *where; }
		MODULE_DESCRIPTION("mistakes");
		MODULE_LICENSE("GPL");
	END
	build "$scratch/bad" >"$scratch/bad.log" 2>&1 || { tail "$scratch/bad.log"; return 1; }
	grep "known_bad.c:2:.* dereference of noderef" "$scratch/bad.log"
}

plan 4
check 'the_modules_are_built_with_sparse' run
check 'sparse_checks_every_c_file' everything_was_checked
check 'sparse_has_nothing_to_say' is_silent
check 'sparse_sees_a_pointer_to_user_memory_used_as_ours' known_bad
[ $failures = 0 ]
