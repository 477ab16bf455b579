#!/usr/bin/env bash
# Checks make guest: exactly follows the driver guide, and then runs a shell and a script that fails. Writes a KTAP document.
# usage: guest-check.sh
source "$(dirname "$0")/lib.sh"
begin_ktap

# The caller may have set variables for its own make, and the guide may write to the home directory.
unset GUEST_QUIET TIME_LIMIT KERNEL FLAVOUR KSRC MAKEFLAGS MAKELEVEL MFLAGS
export TDX_PAGE_ARRAY_CACHE=$cache HOME=$scratch JOB='' EXTRA=''
cd "$top"

# The two code blocks of the section "Your driver in the guest": commands, and what the job prints.
awk -v "block=$scratch/block" '
	/^## / { here = $0 == "## Your driver in the guest" }
	{ inside = here && /^    /; number += inside && !before; before = inside }
	inside { print substr($0, 5) >(block number) }' docs/driver-guide.md
follows_the_guide() { ends 0 "$(cat "$scratch/block2")"$'\n' bash -e "$scratch/block1"; }

# The driver of the guide, changed to name another kernel release.
other_kernel() {
	local release
	release=$(modinfo -F vermagic "$scratch/first/first.ko" | cut -d ' ' -f 1)
	sed "s/vermagic=$release/vermagic=${release//?/9}/" "$scratch/first/first.ko" >"$scratch/other.ko"
	ends 2 "was built for Linux ${release//?/9}, and the guest runs $release" make guest "JOB=$scratch/first/job" "EXTRA=$scratch/other.ko"
}

# A shell on a terminal, into which the words are typed when it is there.
shell() {
	rm -f build/log/*/guest/report.log
	{
		until grep -qs '^guest: a shell' build/log/*/guest/report.log; do sleep 0.2; done
		echo "$1"
	} | timeout --foreground 300 script -qec 'scripts/target.sh guest' /dev/null
}
job() { # job COMMANDS: a script with them, and a file, which the guest has in /files
	echo "$1" >"$scratch/job_2.x"
	echo 'brought along' >"$scratch/note"
	JOB=$scratch/job_2.x EXTRA=$scratch/note scripts/target.sh guest
}

plan 5
check the_driver_of_the_guide_runs_as_the_guide_says follows_the_guide
check a_module_for_another_kernel_is_refused other_kernel
check a_script_ends_with_its_own_status ends 7 $'brought along\nguest: job job_2.x ended with status 7' job 'cat /files/note; exit 7'
check a_kernel_that_panics_fails_the_job ends 1 'did not come to its end' job 'echo c >/proc/sysrq-trigger'
check a_shell_takes_what_is_typed ends 3 'findings: 0' shell 'cat /sys/kernel/debug/seam_emulator/verdict; exit 3'
[ $failures = 0 ]
