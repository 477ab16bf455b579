#!/usr/bin/env bash
# KVM on a machine with TDX (make kvm), in guests: Linux 7.3 makes TDs through /dev/kvm as it is, with the patches of companion/,
# and with page arrays for the control pages. The program of kunit/kvm says what each ioctl answered, the machine what reached
# the TDX module and what became of the pages. Then the same while SEAMCALLs fail. Ends non-zero if anything is off, or user
# space can tell the three apart.
# usage: kvm.sh        ONLY='life memory' runs some scenarios alone, ONLY=faults what comes of SEAMCALLs that fail, ONLY=down CPUs
#        and a machine that go down under TDs, ONLY=kexec a kernel that is started while TDs of another one are alive
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module source kernel guest
"$top/scripts/qemu-build.sh" >/dev/null
logs=$top/build/log/kvm
rm -rf "$logs"

run() { # run NAME KDIR PROVIDER WORDS: WORDS are scenarios, faults, down, kexec, or nothing, which stands for all scenarios
	local name=$1 kdir=$2 modules files cpus=(GUEST_CPUS=2)
	case $4 in down | kexec) cpus=(GUEST_CPUS=4 GUEST_SOCKETS=2) ;; esac
	modules=$("$top/scripts/module-build.sh" "$kdir" '' TESTS=emulator)
	files=$("$top/scripts/kvm-files.sh" "$kdir")
	say "guest with Linux $(release_of "$kdir"): $name"
	env "${cpus[@]}" GUEST_TDX=on GUEST_QUIET=1 "GUEST_EXTRA=$(paste -sd ' ' <<<"$files")" "JOB_ARGUMENT=$3 $4" \
		TIME_LIMIT="${TIME_LIMIT:-900}" "$top/scripts/guest.sh" "$kdir" "$modules" kvm "$logs/$name"
	"$top/scripts/verdict.py" --job "$logs/$name" >"$logs/$name/verdict" ||
		{ cat "$logs/$name/verdict"; die "something is off; the logs are in $logs/$name"; }
}

run_all() { # run_all PREFIX WORDS
	run "$1plain" "$plain" kvm "$2"
	run "$1patched" "$patched" kvm "$2"
	run "$1arrays" "$patched" arrays "$2"
	say
}

# KVM leaves the caches to what the kernel does before the next one starts. Page arrays do not, but for what KVM does after them.
check_caches() { # check_caches LOGDIR
	! "$top/scripts/going-down-check.py" "$1" --kvm | grep -B 9 '^not ok' || die "something is off; the logs are in $1"
}

plain=$("$top/scripts/kernel-build.sh" plain)
patched=$("$top/scripts/companion-kernel.sh")
case ${ONLY:-} in
faults | down | kexec) ;;
*)
	run_all '' "${ONLY:-}"
	"$top/scripts/kvm-table.py" "$logs"/{plain,patched,arrays}/report.log
	;;
esac
if [ "${ONLY:-down}" = down ]; then
	run_all down- down
	check_caches "$logs/down-arrays"
fi
if [ "${ONLY:-kexec}" = kexec ]; then
	run_all kexec- kexec
	check_caches "$logs/kexec-arrays"
	for name in plain patched arrays; do
		echo "kexec with TDs alive, $name: $(tr -d '\r' <"$logs/kexec-$name/report.log" | grep '^findings after the kexec: ')"
	done
fi
if [ "${ONLY:-faults}" = faults ]; then
	run_all faults- faults
	"$top/scripts/kvm-faults-table.py" "$logs"/faults-{plain,patched,arrays}/report.log
fi
say
say "All is well. What each step answered is in $logs/*/report.log, the kernels' own words are in console.log there"
