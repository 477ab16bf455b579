#!/usr/bin/env bash
# A TDX host (make host): boots Linux 7.3 on a machine with TDX (QEMU, software emulation), where the kernel starts the TDX
# module by itself; shows what it said of that, loads this module without an emulator, and does the main job with what the
# kernel has switched on. Ends non-zero if anything is off.
# usage: host.sh        GUEST_TDX, GUEST_CPUS, GUEST_SOCKETS, GUEST_MEMORY: another machine, see guest.sh
#        FEATURES=ext,tdxconnect,quote: with the patches of companion/, the kernel switches these features on as it starts the
#        TDX module, and keeps them over a runtime update; with GUEST_TDX=version=1.0.3, a TDX module without that call
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module source kernel guest
"$top/scripts/qemu-build.sh" >/dev/null
if [ -n "${FEATURES:-}" ]; then
	kdir=$("$top/scripts/companion-kernel.sh")
	export GUEST_OPTIONS="tdx_features=$FEATURES"
	# Up to 1.5.25 the bit of extensions is for something else.
	# TDX_FEATURES0 as always, with updates.
	GUEST_TDX=${GUEST_TDX:-version=1.5.26,features=0x4008000140042}
	[[ $GUEST_TDX != *features=* ]] || export JOB_ARGUMENT=update
	export GUEST_EXTRA="$kdir/drivers/base/firmware_loader/firmware_class.ko $kdir/drivers/virt/coco/tdx-host/tdx-host.ko"
else
	kdir=$("$top/scripts/kernel-build.sh" plain)
fi
modules=$("$top/scripts/module-build.sh" "$kdir" '' TESTS=emulator)
logs=$top/build/log/$(basename "$kdir")/host
say
GUEST_TDX=${GUEST_TDX:-on} TIME_LIMIT=${TIME_LIMIT:-300} "$top/scripts/guest.sh" "$kdir" "$modules" host "$logs"
say
"$top/scripts/verdict.py" --job "$logs" >"$logs/verdict" || { cat "$logs/verdict"; die "something is off; the logs are in $logs"; }
say "All is well. The kernel's own words are in $logs/console.log"
