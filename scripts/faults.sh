#!/usr/bin/env bash
# The fault matrix (make faults): every life cycle with every allocation and every SEAMCALL failing, in a QEMU guest.
# Ends non-zero if a case failed or the kernel said something unexpected.
# CASE="iommu seamcall 7 unknown-after" runs that case alone, CASE="iommu" all of a life cycle.
source "$(dirname "$0")/lib.sh"

check_kernel "${KERNEL:-7.3}" "${FLAVOUR:-plain}"
if [ -n "${CASE:-}" ]; then
	mapfile -t lives < <(sed -n 's/^\t\.name = "\(.*\)",$/\1/p' "$top"/kunit/faults/life_*.c)
	[[ " ${lives[*]} " = *" ${CASE%% *} "* ]] || die "CASE=$CASE: no life cycle '${CASE%% *}'; there are: ${lives[*]}"
fi
"$top/scripts/deps.sh" module source kernel guest
kdir=$("$top/scripts/kernel-build.sh" "${FLAVOUR:-plain}")
modules=$("$top/scripts/module-build.sh" "$kdir")
logs=$top/build/log/${FLAVOUR:-plain}/faults
say
# The judge looks at every page of the machine after every case: a small one is faster.
GUEST_MEMORY=${GUEST_MEMORY:-1024} TIME_LIMIT=${TIME_LIMIT:-900} JOB_ARGUMENT=${CASE:-} \
	"$top/scripts/guest.sh" "$kdir" "$modules" faults "$logs"
say
"$top/scripts/verdict.py" "$("$top/scripts/kernel-source.sh")" --job "$logs" --ktap "$logs/console.log" \
	>"$logs/verdict" || {
	! grep -q 'no case has the name' "$logs/console.log" || die "CASE=$CASE: no case begins with these words"
	cat "$logs/verdict"; die "something is off; the logs are in $logs"
}
say "All is well. The kernel's own words are in $logs/console.log"
