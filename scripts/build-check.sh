#!/usr/bin/env bash
# Checks the build and writes a KTAP document: which flags the C++ objects got, that the gate refuses what
# it should, and for which kernels and with which compilers the module is built.
# usage: build-check.sh KDIR MODULES
source "$(dirname "$0")/lib.sh"
begin_ktap

kdir=$1 modules=$2

# In C and in C++.
warnings_are_errors() {
	local object
	for object in shim/.page.o.cmd cxx/release/.release.o.cmd; do
		grep -q '^savedcmd.* -Wall .* -Werror ' "$modules/$object" || return 1
	done
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

object_runs_through() { grep -q 'scripts/gate.sh cxx/release/release.o' "$modules/cxx/release/.release.o.cmd"; }

# The kernel's tools add sections that list places in the code. Each lists places in C++ functions, too, not only in the shim.
sections_cover_cxx() {
	local section places
	for section in .orc_unwind_ip .return_sites .call_sites .ibt_endbr_seal __mcount_loc; do
		places=$({
			objdump -t "$modules/tdx_page_array.ko" | awk '$3 == "F" && $4 == ".text" { print $1, "a", $NF }'
			objdump -r -j $section "$modules/tdx_page_array.ko" | sed -n 's/.* \.text+0x\(.*\)/\1 b/p'
		} | sort | awk '$2 == "a" { cxx = $3 ~ /^_Z/ } $2 == "b" && cxx { places++ } END { print places + 0 }')
		echo "$section: $places places"
		[ "$places" -gt 20 ] || return 1
	done
}

# The gate: each piece of C++ below compiles without a warning, and must not pass.
gate_refuses() { # gate_refuses WORDS CODE; WORDS: of the complaint, or of its line with the symbol
	echo "$2" >"$scratch/bad.cc"
	g++ -c -o "$scratch/bad.o" "$scratch/bad.cc" || return 1
	ends 1 "$1" "$top/scripts/gate.sh" "$scratch/bad.o"
}

# A call that a sanitizer puts between the binding and a SEAMCALL changes such a variable. What assembly loads, or a constraint
# names, stays.
no_variable_is_bound_to_a_register() { ! grep -rnE '^\s*register\s' "$top/shim" "$top/cxx"; }

# Who may use which symbol: make companion looks at a user's build. No source of the module names a test module.
no_test_is_named_in_production() { ! grep -rnE 'kunit|seam_emulator|tdx_host_client' "$top/shim" "$top/cxx" "$top/include"; }
# The reference driver as a driver outside of this tree, which has only the headers and the module's symbols.
mkdir "$scratch/outside"
cp -r "$top/include" "$top/samples" "$scratch/outside"
build_outside() { make -C "$scratch/outside/samples/tsm" "KDIR=$kdir" "TDX_PAGE_ARRAY=$(realpath "$modules")" WERROR=1; }

# supported.sh, for headers of a kernel with these options, such as the version of the compiler that built it.
headers=$scratch/kernel options='CONFIG_X86_64=y CONFIG_MODULES=y'
mkdir -p "$headers/include/generated"
supported() { # supported RELEASE OPTIONS VARIABLE=VALUE...
	echo "#define UTS_RELEASE \"$1\"" >"$headers/include/generated/utsrelease.h"
	tr ' ' '\n' <<<"$2" >"$headers/.config"
	env -u MAKEFLAGS DEPS=tell "${@:3}" "$top/scripts/supported.sh" "$headers"
}
compiler() { # compiler COMMAND: prints its path
	printf '#!/bin/sh\n%s\n' "$1" >"$scratch/compiler"
	chmod +x "$scratch/compiler"
	echo "$scratch/compiler"
}
# The headers may name their compiler.
echo 'CC = $(CROSS_COMPILE)gcc-99' >"$headers/.kernelvariables"

plan 27
check 'a_warning_is_an_error' warnings_are_errors
check 'cxx_objects_keep_the_flags_of_c_objects' same_flags
check 'cxx_objects_run_through_the_gate' object_runs_through
check 'sections_of_the_kernels_tools_cover_cxx_functions' sections_cover_cxx
check 'the_gate_refuses_static_constructors' gate_refuses .init_array 'int f(); int x = f();'
check 'the_gate_refuses_thread_local_variables' gate_refuses .tbss 'thread_local int x; int f() { return ++x; }'
check 'the_gate_refuses_initialised_thread_local_variables' gate_refuses .tdata 'thread_local int x = 1; int f() { return ++x; }'
check 'the_gate_refuses_guarded_statics' gate_refuses ' b _ZGVZ1fvE1s' 'struct S { S(); }; void f() { static S s; }'
check 'the_gate_refuses_virtual_functions' gate_refuses ' V _ZTV1S' 'struct S { virtual void f(); }; void S::f() { }'
check 'the_gate_refuses_new' gate_refuses ' U _Znwm' 'int *f() { return new int; }'
check 'the_gate_refuses_unwind_tables' gate_refuses .eh_frame 'void g(); void f() { g(); }'
check 'the_gate_refuses_floating_point' gate_refuses 'floating-point' 'double f(double x) { return x / 3; }'
check 'the_gate_refuses_the_x87_unit' gate_refuses 'floating-point' 'long double f(long double x) { return x / 3; }'
check 'the_gate_refuses_unknown_symbols' gate_refuses 'undefined symbols' 'extern "C" void printk(); void f() { printk(); }'
check 'no_variable_is_bound_to_a_register' no_variable_is_bound_to_a_register
check 'no_source_of_the_module_names_a_test_module' no_test_is_named_in_production
check 'the_reference_driver_builds_outside_of_the_tree' build_outside
check 'a_kernel_that_is_too_old_is_refused' \
	refused 'Linux 5.10.0 of .* is too old: this module needs Linux 6.1 or newer' supported 5.10.0 "$options"
check 'a_kernel_without_an_option_is_refused' refused 'has no CONFIG_X86_64' supported 7.3.4 CONFIG_MODULES=y
check 'a_kernel_newer_than_the_tests_and_a_newer_compiler_are_accepted' \
	ends 0 'warning: Linux 99.1.0 is newer than ' supported 99.1.0 "$options CONFIG_GCC_VERSION=110200" CC=gcc
check 'a_compiler_older_than_that_of_the_kernel_is_refused' \
	refused 'built by gcc 99, and gcc is gcc [0-9]*: install gcc-99 and g[+][+]-99, and run make CC=gcc-99; .*ANY_COMPILER=1' \
	supported 7.3.4 "$options CONFIG_GCC_VERSION=990100" CC=gcc
check 'an_older_compiler_is_accepted_on_request' \
	ends 0 'was built by gcc 99' supported 7.3.4 "$options CONFIG_GCC_VERSION=990100" CC=gcc ANY_COMPILER=1
check 'a_compiler_of_another_family_is_refused' \
	refused 'built by clang 19, and gcc is gcc [0-9]*: install clang-19, lld-19 and llvm-19, and run make LLVM=-19;' \
	supported 7.3.4 "$options CONFIG_CC_IS_CLANG=y CONFIG_CLANG_VERSION=190107" CC=gcc
check 'a_compiler_that_the_headers_name_and_that_is_not_there_is_refused' refused 'no gcc-99 here' supported 7.3.4 "$options" CC=
check 'a_missing_cxx_compiler_is_named' \
	refused 'missing on this machine: g++. .* g++$' supported 7.3.4 "$options" "CC=$(compiler 'echo cc1plus')"
check 'a_compiler_that_is_too_old_is_refused' refused "C++23's <expected>" \
	supported 7.3.4 "$options" "CC=$(compiler 'case $* in -print*) exec gcc "$@" ;; esac; exit 1')"
echo $'0x0\ttdx_tdh_vp_create\tvmlinux\tEXPORT_SYMBOL_GPL\t' >"$headers/Module.symvers"
check 'a_kernel_that_exports_these_functions_is_refused' refused 'tdx_tdh_vp_create of vmlinux' supported 7.3.4 "$options" CC=gcc
