#!/usr/bin/env bash
# Can the check fail? Builds the piece between KVM and this module with a mistake in it, one at a time; each has to be
# found, by the kernel's own modpost or by companion-check.py.
# usage: companion-check-check.sh KERNEL_BUILD_DIRECTORY MODULE_DIRECTORY
source "$(dirname "$0")/lib.sh"

kdir=${1:?kernel build directory}
modules=${2:?directory of the built modules}
source_file=tdx_page_array_kvm.c
header=$(grep -rl 'struct kvm_tdx_page_array_ops {' "$kdir/source/arch/x86/include/asm")

# Builds the piece in a directory of its own, where the editing commands have been applied to it.
# usage: build NAME OBJECT SED_SCRIPT
build() {
	local name=$1 object=$2 script=$3 dir=$modules/mistakes/$1
	rm -rf "$dir"
	mkdir -p "$dir/companion/glue"
	sed -e "$script" "$top/companion/glue/$source_file" >"$dir/companion/glue/$object.c"
	printf 'obj-m := %s.o\nccflags-y += -I%s/include\n' "$object" "$top" >"$dir/companion/glue/Kbuild"
	cp "$header" "$dir/companion/glue/altered.h"
	cp "$modules/tdx_page_array.ko" "$modules/Module.symvers" "$dir"
}
compile() {
	make -C "$kdir" "M=$modules/mistakes/$1/companion/glue" "KBUILD_EXTRA_SYMBOLS=$modules/Module.symvers" \
		"CFLAGS_tdx_page_array_kvm.o=-g" modules >"$modules/mistakes/$1/log" 2>&1
}

# usage: expect NAME WORDS COMMAND...      the command fails, and says so in these words
expect() {
	local name=$1 words=$2 log=$modules/mistakes/$1/log
	shift 2
	if "$@" >>"$log" 2>&1; then
		die "mistake '$name' was not found; the log is $log"
	fi
	grep -q -- "$words" "$log" || { tail -n 20 "$log" >&2; die "mistake '$name' was found, but not for its reason ($words)"; }
	say "  found: ${name//-/ }"
}
check() { "$top/scripts/companion-check.py" "$kdir" "$modules/mistakes/$1"; }

mistake=two-functions-of-one-type-are-swapped
build $mistake tdx_page_array_kvm 's/= tdx_tdh_vp_addcx,/= tdx_tdh_mng_addcx,/'
compile $mistake || die "it does not build"
expect $mistake 'vp_addcx leads to tdx_tdh_mng_addcx' check $mistake

mistake=kvm-has-another-order-of-functions
build $mistake tdx_page_array_kvm 's|<asm/kvm_tdx_page_array.h>|"altered.h"|'
sed -i -e 's/(\*vp_create)/(*x)/' -e 's/(\*vp_addcx)/(*vp_create)/' -e 's/(\*x)/(*vp_addcx)/' \
	"$modules/mistakes/$mistake/companion/glue/altered.h"
compile $mistake || die "it does not build"
expect $mistake 'is another one in kvm-intel' check $mistake

mistake=a-namespace-is-not-imported
build $mistake tdx_page_array_kvm '/MODULE_IMPORT_NS/d'
expect $mistake 'TDX_PAGE_ARRAY.*does not import it' compile $mistake

mistake=another-module-registers
build $mistake somebody_else ''
expect $mistake 'kvm_tdx_register_page_arrays.*tdx_page_array_kvm' compile $mistake
