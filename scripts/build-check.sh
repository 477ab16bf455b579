#!/usr/bin/env bash
# Checks the build and writes a KTAP document: what a change rebuilds, which flags the C++ objects got, and that the gate
# refuses what it should.
# usage: build-check.sh KDIR MODULES
source "$(dirname "$0")/lib.sh"
begin_ktap

kdir=$1 modules=$2

rebuild() { make -C "$modules" "KDIR=$kdir" WERROR=1 TESTS=m modules; }
recompiled() { rebuild | sed -n 's/^ *\(CC\|CXX\) \[M\] *//p' | sort; }

nothing_to_do() {
	local files
	files=$(recompiled) && echo "recompiled: $files" && [ -z "$files" ]
}

# A copy replaces the link, so that the sources are not touched.
one_header() {
	local header=cxx/array/linked_list.hpp files wanted
	cp --remove-destination "$top/$header" "$modules/$header"
	files=$(recompiled)
	ln -sfn "$top/$header" "$modules/$header"
	wanted=$(cd "$top" && grep -l '"array/linked_list.hpp"' cxx/*/*.cc | sed 's/cc$/o/' | sort)
	echo "recompiled: $files"
	echo "includes it: $wanted"
	[ -n "$wanted" ] && [ "$files" = "$wanted" ]
}

# A warning ends the build, in C and in C++.
warning_is_error() { # warning_is_error SOURCE
	local failed=no
	{ cat "$top/$1"; echo 'static inline void f(void) { int unused; }'; } >"$scratch/source"
	cp --remove-destination "$scratch/source" "$modules/$1"
	rebuild >"$scratch/rebuilt" 2>&1 || failed=yes
	ln -sfn "$top/$1" "$modules/$1"
	rebuild >/dev/null 2>&1 || return 1
	tail -n 5 "$scratch/rebuilt"
	[ $failed = yes ] && grep -q "error: unused variable .unused" "$scratch/rebuilt"
}

# Every flag of a C object that is not about warnings, the C dialect or type information is a flag of a C++ object, too.
flags_of() {
	sed -n 's/^savedcmd_[^ ]* := //p' "$modules/$1" | sed 's/ ; .*//' | tr -s ' ' '\n' |
		grep -E '^-(m|f|D|pg|O|Wframe)' | grep -vE '^-(mrecord-mcount$)|KBUILD_(BASE|MOD)NAME|^-f(plugin|dump)' | sort -u
}
same_flags() {
	local lost
	lost=$(comm -23 <(flags_of shim/.page.o.cmd) <(flags_of cxx/release/.release.o.cmd))
	echo "lost: $lost"
	[ -n "$(flags_of shim/.page.o.cmd)" ] && [ -z "$lost" ]
}

object_runs_through() { grep -q 'scripts/gate.sh object cxx/release/release.o' "$modules/cxx/release/.release.o.cmd"; }

# The kernel's tools add sections that list places in the code. Each lists places in C++ functions, too, not only in the shim.
cxx_places_in() { # cxx_places_in SECTION: their number
	{
		objdump -t "$modules/tdx_page_array.ko" | awk '$3 == "F" && $4 == ".text" { print $1, "a", $NF }'
		objdump -r -j "$1" "$modules/tdx_page_array.ko" | sed -n 's/.* \.text+0x\(.*\)/\1 b/p'
	} | sort | awk '$2 == "a" { cxx = $3 ~ /^_Z/ } $2 == "b" && cxx { places++ } END { print places + 0 }'
}
sections_cover_cxx() {
	local section places missing=0
	for section in .orc_unwind_ip .return_sites .call_sites .ibt_endbr_seal __mcount_loc; do
		places=$(cxx_places_in $section)
		echo "$section: $places places"
		[ "$places" -gt 20 ] || missing=1
	done
	return $missing
}

# The gate: each piece of C++ below compiles without a warning, and must not pass.
gate_refuses() { # gate_refuses WORDS CODE
	echo "$2" >"$scratch/bad.cc"
	g++ -std=gnu++23 -O0 -ffreestanding -fno-exceptions -fno-threadsafe-statics -c -o "$scratch/bad.o" "$scratch/bad.cc" || return 1
	ends 1 "$1" "$top/scripts/gate.sh" object "$scratch/bad.o"
}
accepted() {
	echo "$1" >"$scratch/good.cc"
	g++ -std=gnu++23 -O2 -ffreestanding -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables -c -o "$scratch/good.o" "$scratch/good.cc" &&
		"$top/scripts/gate.sh" object "$scratch/good.o"
}

# Who may use which symbol: make companion looks at a user's build. No source of the module names a test module.
no_test_is_named_in_production() { ! grep -rnE 'kunit|seam_emulator|tdx_host_client' "$top/shim" "$top/cxx" "$top/include"; }
# The reference driver as a driver outside of this tree, which has only the headers and the module's symbols.
mkdir "$scratch/outside"
cp -r "$top/include" "$top/samples" "$scratch/outside"
build_outside() { make -C "$scratch/outside/samples/tsm" "KDIR=$kdir" "TDX_PAGE_ARRAY=$(realpath "$modules")" WERROR=1; }
# The same, if it calls a leaf of TDs, which is for KVM and the tests.
others_are_refused() {
	echo 'u64 take_a_leaf(struct tdx_page_array *array); u64 take_a_leaf(struct tdx_page_array *array) { return tdx_tdh_mng_create(array, 33); }' >>"$scratch/outside/samples/tsm/array.c"
	build_outside >"$scratch/unlinked" 2>&1 && { echo 'it was built'; return 1; }
	grep "uses symbol '\?tdx_tdh_mng_create" "$scratch/unlinked"
}

# supported.sh, for headers with these options: such as those of a kernel that was built by another compiler.
mkdir -p "$scratch/kernel/include/generated"
touch "$scratch/kernel/Makefile"
cp "$kdir/include/generated/utsrelease.h" "$scratch/kernel/include/generated"
supported() { # supported OPTIONS VARIABLE=VALUE...
	# shellcheck disable=SC2086 # words
	printf '%s\n' CONFIG_X86_64=y CONFIG_MODULES=y $1 >"$scratch/kernel/.config"
	env -u MAKEFLAGS "${@:2}" "$top/scripts/supported.sh" "$scratch/kernel" 2>&1
}
with() { # with FILE LINE COMMAND...: the headers have this file
	local status=0
	mkdir -p "$(dirname "$scratch/kernel/$1")"
	echo "$2" >"$scratch/kernel/$1"
	"${@:3}" || status=1
	rm "$scratch/kernel/$1"
	return $status
}
by_gcc_99='CONFIG_CC_IS_GCC=y CONFIG_GCC_VERSION=990100' by_gcc_11='CONFIG_CC_IS_GCC=y CONFIG_GCC_VERSION=110200'
by_clang='CONFIG_CC_IS_CLANG=y CONFIG_CLANG_VERSION=190107'
older_compiler_anyway() { supported "$by_gcc_99" CC=gcc ANY_COMPILER=1 | grep '^warning: .* was built by gcc 99'; }
newer_compiler() { [ -z "$(supported "$by_gcc_11" CC=gcc)" ]; }

plan 27
check 'nothing_is_rebuilt_when_nothing_changed' nothing_to_do
check 'a_header_rebuilds_what_includes_it_and_nothing_else' one_header
check 'a_warning_in_the_shim_is_an_error' warning_is_error shim/cpu.c
check 'a_warning_in_the_core_is_an_error' warning_is_error cxx/release/make_safe.cc
check 'cxx_objects_keep_the_flags_of_c_objects' same_flags
check 'cxx_objects_run_through_the_gate' object_runs_through
check 'sections_of_the_kernels_tools_cover_cxx_functions' sections_cover_cxx
check 'the_gate_passes_plain_code' accepted 'int twice(int x) { return 2 * x; }'
check 'the_gate_refuses_static_constructors' gate_refuses 'static constructors' 'int f(); int x = f();'
check 'the_gate_refuses_thread_local_variables' gate_refuses 'thread-local' 'thread_local int x; int f() { return ++x; }'
check 'the_gate_refuses_guarded_statics' gate_refuses 'guards' 'struct S { S(); }; void f() { static S s; }'
check 'the_gate_refuses_virtual_functions' gate_refuses 'virtual tables' 'struct S { virtual void f(); }; void S::f() { }'
check 'the_gate_refuses_new' gate_refuses 'new' 'int *f() { return new int; }'
check 'the_gate_refuses_unwind_tables' gate_refuses 'exceptions' 'void g(); void f() { g(); }'
check 'the_gate_refuses_floating_point' gate_refuses 'floating-point' 'double f(double x) { return x / 3; }'
check 'the_gate_refuses_the_x87_unit' gate_refuses 'floating-point' 'long double f(long double x) { return x / 3; }'
check 'the_gate_refuses_unknown_symbols' gate_refuses 'undefined symbols' 'extern "C" void printk(); void f() { printk(); }'
check 'a_kernel_that_exports_these_functions_is_refused' \
	with Module.symvers $'0x0\ttdx_tdh_vp_create\tvmlinux\tEXPORT_SYMBOL_GPL\t' refused 'tdx_tdh_vp_create of vmlinux' supported '' CC=gcc
check 'a_kernel_that_declares_the_type_is_refused' \
	with source/arch/x86/include/asm/tdx.h 'struct tdx_page_array {' refused 'struct tdx_page_array in asm/tdx.h' supported '' CC=gcc
check 'a_compiler_older_than_that_of_the_kernel_is_refused' \
	refused 'built by gcc 99, and gcc is gcc [0-9]*: install gcc-99 and g[+][+]-99, and run make CC=gcc-99; .*ANY_COMPILER=1' supported "$by_gcc_99" CC=gcc
check 'an_older_compiler_is_accepted_on_request' older_compiler_anyway
check 'a_compiler_that_the_headers_name_and_that_is_not_there_is_refused' \
	with .kernelvariables 'CC = $(CROSS_COMPILE)gcc-99' refused 'no gcc-99 here' supported "$by_gcc_99" CC=
check 'a_compiler_of_another_family_is_refused' \
	refused 'built by clang 19, and gcc is gcc [0-9]*: install clang-19, lld-19 and llvm-19, and run make LLVM=-19;' supported "$by_clang" CC=gcc
check 'a_newer_compiler_and_a_kernel_without_these_functions_are_not_refused' newer_compiler
check 'no_source_of_the_module_names_a_test_module' no_test_is_named_in_production
check 'the_reference_driver_builds_outside_of_the_tree' build_outside
check 'a_driver_that_calls_a_leaf_of_tds_is_refused' others_are_refused
