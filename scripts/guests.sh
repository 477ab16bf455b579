#!/usr/bin/env bash
# Runs the jobs with tests in guests with one of our own kernels: KERNEL is its series, FLAVOUR what it is built for.
# Prints the arguments that tell verdict.py what to judge, one a line.
# usage: guests.sh [machine]       machine: those jobs that say something on a machine with TDX, there
source "$(dirname "$0")/lib.sh"

series=${KERNEL:-7.3} flavour=${FLAVOUR:-plain}
kdir=$("$top/scripts/kernel-build.sh" "$flavour")
modules=$("$top/scripts/module-build.sh" "$kdir")
machine=${1:-}
logs=$top/build/log/$series-$flavour${machine:+-$machine}
mkdir -p "$logs"
export GUEST_QUIET=1 TIME_LIMIT=${TIME_LIMIT:-1800}

# What each job is for is said in its first lines, scripts/guest/jobs/. Not all say more on every kernel.
jobs=(test run tsm storm)
case $series-$flavour${machine:+-$machine} in
*-machine) jobs=(machine erratum host kvm faults hotplug kexec down idle bound storm) ;;
7.3-plain) jobs+=(density unwind reboot kexec down observe nodebugfs registers bound edges retry) ;;
*-plain) jobs+=(reboot) ;;
*-debug) jobs+=(unwind memory observe) ;;
esac

checks() { # checks NAME COMMAND...: an inspection of a guest's logs, a KTAP document
	"${@:2}" >"$logs/$1.ktap"
	printf '%s\n' --ktap "$logs/$1.ktap"
}

run_job() { # run_job JOB: prints what is to be judged
	local job=$1 script=$1 size=()
	# Arrays on little memory; room for four threads at once; a kernel without what people look at; memory that has to stay
	# movable; minutes that pass at once.
	case $job in
	density) size=(GUEST_MEMORY=576) ;;
	storm) size=(GUEST_CPUS=4) ;;
	nodebugfs) size=(GUEST_OPTIONS=debugfs=off) ;;
	edges) size=(GUEST_OPTIONS=movablecore=256M) ;;
	retry) size=(GUEST_COUNTED=1) ;;
	hotplug) size=(GUEST_CPUS=4 GUEST_SOCKETS=2) ;;
	erratum) script=machine size=(GUEST_TDX=erratum=on) ;;
	kvm) size=("GUEST_EXTRA=$("$top/scripts/kvm-files.sh" "$kdir" | paste -sd ' ')") ;;
	esac
	[ -z "$machine" ] || size=(GUEST_TDX=on "${size[@]}")
	say "guest with Linux $series ($flavour${machine:+, machine with TDX}): $job"
	env "${size[@]}" "$top/scripts/guest.sh" "$kdir" "$modules" "$script" "$logs/$job" || say "  ($job counts as a failure)"
	say "  $job ended after ${SECONDS}s"
	case $job in
	faults) printf '%s\n' --job "$logs/$job" --ktap "$logs/$job/console.log" ;;
	test | storm | density | machine | erratum | edges | retry) printf '%s\n' --guest "$logs/$job" ;;
	tsm | memory | hotplug | registers | bound) printf '%s\n' --job "$logs/$job" --ktap "$logs/$job/report.log" ;;
	unwind) ;; # it warns on purpose: its own inspection says whether as it should
	*) printf '%s\n' --job "$logs/$job" ;;
	esac
	case $job in
	unwind) checks unwind "$top/scripts/unwind-check.py" "$logs/unwind/console.log" ;;
	observe) checks observe "$top/scripts/observe-check.py" "$logs/observe" "$modules" ;;
	down) checks down "$top/scripts/edges-down-check.py" "$logs/down" ;;
	reboot | kexec) checks "$job" "$top/scripts/going-down-check.py" "$logs/$job" ;;
	esac
	# The second kernel of a machine with TDX has tests, too.
	[ "$machine-$job" != machine-kexec ] || printf '%s\n' --ktap "$logs/$job/report.log"
}

# Most jobs keep one CPU busy, or none: two guests at once.
for job in "${jobs[@]}"; do
	[ "$(jobs -rp | wc -l)" -lt 2 ] || wait -n || true
	(
		trap '[ $? -eq 0 ] || echo "--failed=the inspection of job $job stopped early"' EXIT
		SECONDS=0
		run_job "$job"
	) >"$logs/$job.judged" &
done
wait
for job in "${jobs[@]}"; do cat "$logs/$job.judged"; done
