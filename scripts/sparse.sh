#!/usr/bin/env bash
# Runs sparse, the kernel's checker of C, on every C file that Kbuild compiles here (make sparse), and proves that it ran: a
# build without it looks just as clean. Writes a KTAP document.
# usage: sparse.sh [KDIR MODULES]        default: the plain guest kernel, and the modules for it
source "$(dirname "$0")/lib.sh"
source "$top/scripts/ktap.sh"

kdir=${1:-$("$top/scripts/kernel-build.sh" plain)}
modules=$(realpath "${2:-$("$top/scripts/module-build.sh" "$kdir")}")
sparse=$("$top/scripts/sparse-build.sh")

# The model begins as one object full of zeroes, half a MiB large; sparse takes everything above 100 kB for a mistake.
flags=-fmemcpy-max-count=1048576
build() { make -C "$kdir" "M=$1" C=2 "CHECK=$sparse" "CF=$flags" WERROR=1 TESTS=m "-j$(nproc)" modules; }

run() {
	build "$modules" >"$scratch/log" 2>&1 || { tail "$scratch/log"; return 1; }
	sed -n 's/^ *CHECK *//p' "$scratch/log" | sort >"$scratch/checked"
}

# Two files are for kernels that this one is not: whose KUnit cannot hide warnings, and that debug memory (kunit/Kbuild).
# Those of kunit/seam/qemu/ are built with QEMU, those of kunit/kvm/ are a program of user space.
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

# Another module, checked the same way: it compiles without a word, and each line is a mistake that sparse has to see.
known_bad() {
	mkdir "$scratch/bad"
	echo 'obj-m := known_bad.o' >"$scratch/bad/Kbuild"
	cat >"$scratch/bad/known_bad.c" <<-'END'
		#include <linux/io.h>
		#include <linux/module.h>
		int undeclared;
		static void __used is_null(u32 **where) { *where = 0; }
		static u32 __used read_user(const u32 __user *where) { return *where; }
		static u32 __used read_device(const u32 *where) { return readl(where); }
		static __le32 __used other_order(u32 value) { return value; }
		MODULE_DESCRIPTION("mistakes");
		MODULE_LICENSE("GPL");
	END
	build "$scratch/bad" >"$scratch/bad.log" 2>&1 || { tail "$scratch/bad.log"; return 1; }
}
found() { # found LINE WORDS
	grep "known_bad.c:$1:" "$scratch/bad.log" | tee "$scratch/about"
	grep -qF "$2" "$scratch/about"
}

plan 9
check 'the_modules_are_built_with_sparse' run
check 'sparse_checks_every_c_file' everything_was_checked
check 'sparse_has_nothing_to_say' is_silent
check 'a_module_of_mistakes_is_built_with_sparse' known_bad
check 'sparse_sees_a_symbol_that_is_not_declared' found 3 'was not declared'
check 'sparse_sees_an_integer_that_is_a_pointer' found 4 'plain integer as NULL'
check 'sparse_sees_a_pointer_to_user_memory_used_as_ours' found 5 'dereference of noderef'
check 'sparse_sees_our_memory_used_as_a_device' found 6 'different address spaces'
check 'sparse_sees_a_number_of_unknown_byte_order' found 7 'different base types'
[ $failures = 0 ]
