#!/usr/bin/env bash
# KVM on a machine with TDX (make kvm), in guests: Linux 7.3 creates TDs through /dev/kvm without patches, with the patches of
# companion/, and with page arrays for the control pages. The program of kunit/kvm prints the result of each ioctl; the machine
# reports the SEAMCALLs, and all pages are back in the end. Then all of it again while SEAMCALLs fail, with what became of the
# pages. The exit status is not 0 if a check fails, or user space sees a difference between the three.
# usage: kvm.sh        ONLY='lifecycle memory': these scenarios; ONLY=faults: SEAMCALLs that fail; ONLY=down: CPUs and a machine
#        that go down while TDs are alive; ONLY=kexec: a kernel that is started while TDs of another kernel are alive; ONLY=moves:
#        vCPUs whose task migrates while they are initialised, only with the patches: unmodified KVM loses some
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module source kernel guest
"$top/scripts/qemu-build.sh" >/dev/null
logs=$top/build/log/kvm
rm -rf "$logs"

plain=$("$top/scripts/kernel-build.sh" plain)
patched=$("$top/scripts/companion.sh" kernel)
declare -A modules
for kdir in "$plain" "$patched"; do modules[$kdir]=$("$top/scripts/module-build.sh" "$kdir" '' TESTS=emulator); done

# Programs in the kernel's tree use copies of its headers there, which the patches do not change.
program=$top/build/kvm/td tools=$("$top/scripts/kernel-source.sh")/tools
mkdir -p "$(dirname "$program")"
gcc -static -O1 -Wall -Wextra -Werror -I "$tools/include" -I "$tools/include/uapi" -I "$tools/arch/x86/include/uapi" \
	-o "$program" "$top"/kunit/kvm/*.c

run() { # run NAME KDIR PROVIDER WORDS: WORDS are scenarios, faults, down, kexec, moves, or nothing, which stands for all scenarios
	local name=$1 kdir=$2 cpus=(GUEST_CPUS=2)
	local extra=("$kdir"/arch/x86/kvm/kvm{,-intel}.ko "$kdir/virt/lib/irqbypass.ko" "$program" "$top/kunit/kvm/expected")
	case $4 in down | kexec) cpus=(GUEST_CPUS=4 GUEST_SOCKETS=2) ;; esac
	say "guest with Linux $(release_of "$kdir"): $name"
	env "${cpus[@]}" GUEST_TDX=on GUEST_QUIET=1 "GUEST_EXTRA=${extra[*]}" \
		"JOB_ARGUMENT=$3 $4" TIME_LIMIT="${TIME_LIMIT:-900}" "$top/scripts/guest.sh" "$kdir" "${modules[$kdir]}" kvm "$logs/$name" || true
}
names=()
begin_all() { # begin_all PREFIX WORDS
	[ "$2" = moves ] || at_once run "$1plain" "$plain" kvm "$2"
	at_once run "$1patched" "$patched" kvm "$2"
	at_once run "$1arrays" "$patched" arrays "$2"
	for name in "$1"{plain,patched,arrays}; do [ "$name" = moves-plain ] || names+=("$name"); done
}

# The longest jobs first.
for what in faults down kexec moves; do
	[ "${ONLY:-$what}" != $what ] || begin_all $what- $what
done
case ${ONLY:-} in faults | down | kexec | moves) ;; *) begin_all '' "${ONLY:-}" ;; esac
wait
"$top/scripts/verdict.py" "${names[@]/#/--job=$logs/}" >"$logs/verdict" || { cat "$logs/verdict"; die "a check failed; the logs are in $logs"; }
if [ -d "$logs/plain" ]; then "$top/scripts/kvm-table.py" steps "$logs"/{plain,patched,arrays}/report.log; fi
for log in "$logs"/kexec-*/report.log; do
	[ ! -f "$log" ] || echo "TDs alive, $(basename "$(dirname "$log")"): $(grep '^findings after the kexec: ' "$log")"
done
if [ -d "$logs/faults-plain" ]; then "$top/scripts/kvm-table.py" faults "$logs"/faults-{plain,patched,arrays}/report.log; fi
say
say "All checks passed. The results of each step are in $logs/*/report.log, the kernels' logs are console.log there"
