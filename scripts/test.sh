#!/usr/bin/env bash
# All tests (make test): builds everything, checks the build, runs the suites and the main job in guests, and ends with
# "N passed, N failed".
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module source kernel guest user fuzz
source_tree=$("$top/scripts/kernel-source.sh")
kdir=$("$top/scripts/kernel-build.sh" "${FLAVOUR:-plain}")
modules=$("$top/scripts/module-build.sh" "$kdir")
logs=$top/build/log/${FLAVOUR:-plain}
mkdir -p "$logs"
export GUEST_QUIET=1 TIME_LIMIT=${TIME_LIMIT:-600}

say "replaying recordings of the TDX module"
"$top/scripts/replay-check.sh" >"$logs/replay-check.ktap"
{
	echo 'KTAP version 1'
	echo '1..1'
	if "$top/scripts/replay.sh" >"$logs/replay" 2>&1; then echo 'ok 1 all_recordings'; else
		sed 's/^/# /' "$logs/replay"
		echo 'not ok 1 all_recordings'
	fi
} >"$logs/replay.ktap"
tail -n 1 "$logs/replay" >&2
say "running the suites in user space"
"$top/scripts/unit.sh" --ktap >"$logs/unit.ktap" || say "  (this counts as a failure)"
say "fuzzing, 15 seconds for each target"
"$top/scripts/fuzz.sh" --ktap 15 >"$logs/fuzz.ktap" || say "  (this counts as a failure)"
say "checking the verdict and the build"
"$top/scripts/verdict-check.py" "$source_tree" >"$logs/verdict-check.ktap"
"$top/scripts/build-check.sh" "$kdir" "$modules" >"$logs/build-check.ktap"
guest() { # guest JOB
	say "guest: $1"
	"$top/scripts/guest.sh" "$kdir" "$modules" "$1" "$logs/$1" || say "  (this counts as a failure)"
}
for job in test run unwind reboot; do guest $job; done
small=()
# Its numbers are about the allocators of a host, not about those of a kernel that looks for mistakes.
if [ "${FLAVOUR:-plain}" = plain ]; then
	GUEST_MEMORY=512 guest density
	small=(--guest "$logs/density")
fi
"$top/scripts/unwind-check.py" "$logs/unwind/console.log" >"$logs/unwind.ktap"
"$top/scripts/going-down-check.py" "$logs/reboot" >"$logs/reboot.ktap"

"$top/scripts/verdict.py" "$source_tree" --guest "$logs/test" "${small[@]}" --job "$logs/run" --job "$logs/reboot" --ktap "$logs/reboot.ktap" \
	--ktap "$logs/replay-check.ktap" --ktap "$logs/replay.ktap" \
	--ktap "$logs/unit.ktap" --ktap "$logs/fuzz.ktap" --ktap "$logs/verdict-check.ktap" --ktap "$logs/build-check.ktap" --ktap "$logs/unwind.ktap"
