#!/usr/bin/env bash
# What the guest job "kvm" wants besides this project's modules: prints the paths of KVM's modules in a kernel's build directory,
# of the program of kunit/kvm, which it builds with the uapi headers of that kernel, and of what the program should print.
# usage: kvm-files.sh KDIR
source "$(dirname "$0")/lib.sh"

kdir=${1:?kernel build directory}
source_tree=$(sed -n 's/^include \(.*\)\/Makefile$/\1/p' "$kdir/Makefile")
[ -d "$source_tree" ] || die "$kdir/Makefile does not lead to a kernel's source"
"$top/scripts/deps.sh" module

# The headers are those of the source, whatever the configuration is.
version=$(release_of "$kdir")
headers=$cache/uapi/$version
lock_cache "uapi-$version"
if [ ! -f "$headers/.complete" ]; then
	rm -rf "$headers"
	mkdir -p "$headers"
	run_logged "$cache/log/uapi.log" "making the uapi headers of Linux $version" -- make -C "$source_tree" "O=$headers" headers
	touch "$headers/.complete"
fi

program=$top/build/kvm/td
mkdir -p "$(dirname "$program")"
gcc -static -O1 -Wall -Wextra -Werror -I "$headers/usr/include" -o "$program" "$top"/kunit/kvm/*.c >&2
for module in arch/x86/kvm/kvm.ko arch/x86/kvm/kvm-intel.ko virt/lib/irqbypass.ko drivers/base/firmware_loader/firmware_class.ko \
	drivers/virt/coco/tdx-host/tdx-host.ko; do
	[ -f "$kdir/$module" ] || die "$kdir has no $module: its configuration lacks KVM for TDX hosts"
	echo "$kdir/$module"
done
echo "$program"
echo "$top/kunit/kvm/expected"
