#!/usr/bin/env bash
# The tests on a machine with TDX (ROWS=machine make test-matrix): suites, fault matrix, storm, CPUs that come and go, kexec.
# Ends with "N passed, N failed".
# usage: machine-test.sh
source "$(dirname "$0")/lib.sh"

"$top/scripts/deps.sh" module source kernel guest
"$top/scripts/qemu-build.sh" >/dev/null
mapfile -t judged < <("$top/scripts/guests.sh" machine || echo "--failed=the tests on the machine stopped early")
"$top/scripts/verdict.py" "$("$top/scripts/kernel-source.sh")" "${judged[@]}"
