#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Fails if a C++ object has something that must not be in a kernel module. The compiler and the linker silently accept all of
# it: static constructors never run, thread-local variables overwrite other memory, ...
# usage: gate.sh FILE.o        NM, OBJDUMP and READELF name the tools

file=$1
nm=${NM:-nm}
readelf=${READELF:-readelf}
objdump=${OBJDUMP:-objdump}
bad=0

complain() { # complain WHAT LINES
	[ -n "$2" ] || return 0
	bad=1
	printf '%s: error: %s\n' "$file" "$1" >&2
	printf '%s\n' "$2" | sed 's/^/\t/' >&2
}

sections=$("$readelf" -SW "$file" | grep -o '\] \.[^ ]*' | cut -c3-) || exit 1
symbols=$("$nm" "$file") || exit 1
[ -n "$sections" ] && [ -n "$symbols" ] || { echo "$file: error: no sections or symbols found" >&2; exit 1; }

complain 'sections of thread-local variables or exceptions' \
	"$(printf '%s\n' "$sections" | grep -E '^\.(tdata|tbss|eh_frame|gcc_except_table|ctors|dtors)')"
complain 'C++ runtime: guards, type information, virtual tables, new, delete, exceptions' \
	"$(printf '%s\n' "$symbols" | grep -E ' (_ZGV|_ZTI|_ZTS|_ZTV|_Zn[wa]|_Zd[la]|__cxa_|__gxx_|_Unwind_|atexit$|abort$|_ZSt9terminate)')"

complain 'instructions of the floating-point unit, which is user space'"'"'s' \
	"$("$objdump" -d --no-show-raw-insn "$file" | grep -P '^ *[0-9a-f]+:\s+(f[a-z0-9]+|[a-z]+[sp][sd]\b.*%xmm[0-9]+)( |\t|$)')"

# Sanitizers and gcov bring constructors and destructors of their own.
if ! printf '%s\n' "$symbols" | grep -qE ' (__asan_|__tsan_|__gcov_|__sanitizer_)'; then
	complain 'static constructors or destructors (make the variable constinit)' \
		"$(printf '%s\n' "$sections" | grep -E '^\.(init_array|preinit_array|fini_array)')"
fi

complain 'undefined symbols that are neither the shim, the core, nor the compiler for kernel code' \
	"$(printf '%s\n' "$symbols" | sed -n 's/^ *U //p' |
	grep -vE '^(tdx_|_ZN3tdx|_ZNK3tdx|mem(cpy|move|set|cmp)$|__mem(cpy|move|set)$|__x86_|__fentry__$|__stack_chk_fail$|__ref_stack_chk_guard$|__asan_|__tsan_|__kcsan_|__ubsan_|__sanitizer_|__gcov_|__msan_)')"
exit $bad
