#!/usr/bin/env bash
# The main job (make run): hands pages over to the TDX module and takes them back, in a guest, through the real SEAMCALL
# instruction, with the emulator behind it. Ends non-zero if anything is off.
source "$(dirname "$0")/lib.sh"

kdir=$("$top/scripts/guest-kernel.sh")
modules=$("$top/scripts/module-build.sh" "$kdir" '' TESTS=emulator)
logs=$top/build/log/$(basename "$kdir")/run
say
TIME_LIMIT=${TIME_LIMIT:-300} "$top/scripts/guest.sh" "$kdir" "$modules" run "$logs"
say
"$top/scripts/verdict.py" --job "$logs" >"$logs/verdict" || { cat "$logs/verdict"; die "something is off; the logs are in $logs"; }
say "All is well. The kernel's own words are in $logs/console.log"
