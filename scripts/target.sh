#!/usr/bin/env bash
# The targets of the Makefile that run one guest, or several of one kind, and check its logs (make help describes them). The
# exit status is not 0 if a check fails.
# usage: target.sh run      the main job
#        target.sh guest    JOB=/path/to/script, or a shell; EXTRA='FILE...': more modules and files. Exits with the script's status
#        target.sh host     the main job on a machine with TDX, where the kernel starts the TDX module. FEATURES=ext,tdxconnect,quote:
#                           a kernel with the patches of companion/ enables these, and keeps them over a runtime update; with
#                           GUEST_TDX=version=1.0.3, the TDX module cannot enable features
#        target.sh faults   the fault matrix. CASE="iommu seamcall 7 unknown-after": that case alone, CASE="iommu": a lifecycle
#        target.sh bench [--json]   fails if a goal is missed, or two boots differ. --json: rows instead of the table
# KERNEL, FLAVOUR, KSRC: another kernel, see kernel-build.sh; TIME_LIMIT=seconds; more variables: guest.sh
source "$(dirname "$0")/lib.sh"

build() { # build [VARIABLE=VALUE]...: the modules for $kdir
	modules=$("$top/scripts/module-build.sh" "$kdir" '' "$@")
}
guest() { # guest JOB LOGDIR
	"$top/scripts/guest.sh" "$kdir" "$modules" "$1" "$2"
}
run() { # run JOB [ARGUMENT-OF-THE-VERDICT...]: with its logs in $logs, in which nothing may be wrong
	say
	guest "$1" "$logs"
	say
	"$top/scripts/verdict.py" "${@:2}" --job "$logs" >"$logs/verdict" || {
		! grep -q 'no case has the name' "$logs/console.log" || die "CASE=$CASE: no case begins with these words"
		cat "$logs/verdict"
		die "a check failed; the logs are in $logs"
	}
	say "All checks passed. The kernel's log is $logs/console.log"
}

case $1 in
run)
	export TIME_LIMIT=${TIME_LIMIT:-300}
	kdir=$("$top/scripts/kernel-build.sh")
	logs=$top/build/log/$(basename "$kdir")/run
	build TESTS=emulator
	run run
	;;
guest)
	job=${JOB:-shell}
	[ -z "${JOB:-}" ] || { [ -f "$job" ] && [ -r "$job" ]; } || die "JOB=$job: no such script"
	for file in ${EXTRA:-}; do [ -f "$file" ] && [ -r "$file" ] || die "EXTRA: no file $file"; done
	kdir=$("$top/scripts/kernel-build.sh")
	logs=$top/build/log/$(basename "$kdir")/guest
	build TESTS=emulator
	[ "$job" = shell ] || job=$(realpath "$job")
	GUEST_EXTRA=${EXTRA:-} guest "$job" "$logs"
	ended=$(tr -d '\r' <"$logs/report.log" | sed -n 's/^guest: job .* ended with status \([0-9]*\)$/\1/p' | tail -n 1)
	if [ -z "$ended" ]; then
		tail -n 60 "$logs/console.log" >&2
		die "the job did not come to its end; the end of the kernel's log is above, all of it is $logs/console.log"
	fi
	say "The kernel's log is $logs/console.log"
	exit "$ended"
	;;
host)
	"$top/scripts/qemu-build.sh" >/dev/null
	if [ -n "${FEATURES:-}" ]; then
		kdir=$("$top/scripts/companion.sh" kernel)
		# Up to 1.5.25 the bit of extensions has another meaning. TDX_FEATURES0 has its default, plus runtime updates.
		GUEST_TDX=${GUEST_TDX:-version=1.5.26,features=0x4008000140042}
		[[ $GUEST_TDX != *features=* ]] || export JOB_ARGUMENT=update
		export GUEST_OPTIONS="tdx_features=$FEATURES"
		export GUEST_EXTRA="$kdir/drivers/base/firmware_loader/firmware_class.ko $kdir/drivers/virt/coco/tdx-host/tdx-host.ko"
	else
		kdir=$("$top/scripts/kernel-build.sh" plain)
	fi
	export GUEST_TDX=${GUEST_TDX:-on} TIME_LIMIT=${TIME_LIMIT:-300}
	logs=$top/build/log/$(basename "$kdir")/host
	build TESTS=emulator
	run host
	;;
faults)
	if [ -n "${CASE:-}" ]; then
		mapfile -t lifecycles < <(sed -n 's/^\t\.name = "\(.*\)",$/\1/p' "$top"/kunit/faults/lifecycle_*.c)
		[[ " ${lifecycles[*]} " = *" ${CASE%% *} "* ]] || die "CASE=$CASE: no lifecycle '${CASE%% *}'; there are: ${lifecycles[*]}"
	fi
	kdir=$("$top/scripts/kernel-build.sh" "${FLAVOUR:-plain}")
	build
	# The judge checks every page of the machine after every case: a small machine is faster.
	export GUEST_MEMORY=${GUEST_MEMORY:-1024} TIME_LIMIT=${TIME_LIMIT:-900} JOB_ARGUMENT=${CASE:-}
	logs=$top/build/log/${FLAVOUR:-plain}/faults
	run faults "$("$top/scripts/kernel-source.sh")" --ktap "$logs/console.log"
	;;
bench)
	kdir=$("$top/scripts/kernel-build.sh" "${FLAVOUR:-bench}")
	build
	logs=$top/build/log/bench
	rm -rf "$logs"
	export GUEST_COUNTED=1 GUEST_QUIET=1 TIME_LIMIT=${TIME_LIMIT:-1200}
	for boot in 1 2; do
		say "guests: bench, boot $boot of 2"
		GUEST_MEMORY=512 guest bench "$logs/$boot-main"
		JOB_ARGUMENT=scale GUEST_MEMORY=4096 guest bench "$logs/$boot-scale"
	done
	exec "$top/scripts/bench.py" "${@:2}" "$logs"/*/console.log
	;;
*) die "target.sh: '$1' is not one of run, guest, host, faults, bench" ;;
esac
