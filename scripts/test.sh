#!/usr/bin/env bash
# The tests on one of our own kernels (make test): KERNEL names its series, FLAVOUR what it is built for. With the plain one
# come the tests that need no guest. Ends with "N passed, N failed".
source "$(dirname "$0")/lib.sh"

check_kernel "${KERNEL:-7.3}" "${FLAVOUR:-plain}"
"$top/scripts/deps.sh" module source kernel guest
mapfile -t judged < <(
	[ "${KERNEL:-7.3}-${FLAVOUR:-plain}" != 7.3-plain ] || "$top/scripts/host-checks.sh" || echo "--failed=the tests without a guest stopped early"
	"$top/scripts/guests.sh" || echo "--failed=the tests in guests stopped early"
)
"$top/scripts/verdict.py" "$(KERNEL=7.3 "$top/scripts/kernel-source.sh")" "${judged[@]}"
