#!/usr/bin/env bash
# KVM on a machine with TDX (make kvm), in a guest: Linux 7.3 makes TDs through /dev/kvm. The program of kunit/kvm says what
# each ioctl answered, the machine what reached the TDX module and what became of the pages. Ends non-zero if anything is off.
# usage: kvm.sh        ONLY='life memory' runs some scenarios alone
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module source kernel guest
"$top/scripts/qemu-build.sh" >/dev/null
logs=$top/build/log/kvm
rm -rf "$logs"

run() { # run NAME KDIR PROVIDER WORDS...
	local name=$1 kdir=$2 provider=$3 modules files
	shift 3
	modules=$("$top/scripts/module-build.sh" "$kdir" '' TESTS=emulator)
	files=$("$top/scripts/kvm-files.sh" "$kdir")
	say "$*: guest with Linux $(release_of "$kdir")"
	GUEST_TDX=on GUEST_QUIET=1 GUEST_EXTRA=$(paste -sd ' ' <<<"$files") JOB_ARGUMENT="$provider ${ONLY:-}" TIME_LIMIT=${TIME_LIMIT:-900} \
		"$top/scripts/guest.sh" "$kdir" "$modules" kvm "$logs/$name"
	"$top/scripts/verdict.py" --job "$logs/$name" >"$logs/$name/verdict" ||
		{ cat "$logs/$name/verdict"; die "something is off; the logs are in $logs/$name"; }
}

run plain "$("$top/scripts/kernel-build.sh" plain)" kvm "KVM as it is"
"$top/scripts/kvm-table.py" "$logs/plain/report.log"
say "All is well. What each step answered is in $logs/plain/report.log, the kernel's own words are in console.log there"
