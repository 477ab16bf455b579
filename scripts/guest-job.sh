#!/usr/bin/env bash
# Runs a script of one's own in a guest that has the emulator and this module, or a shell (make guest). Ends with the
# status of the script.
# usage: guest-job.sh        JOB=/path/to/script EXTRA='/path/my.ko ...': more modules and files for the guest; TIME_LIMIT=seconds
#        KERNEL, FLAVOUR, KSRC: another kernel than the one of this Debian release
source "$(dirname "$0")/lib.sh"

job=${JOB:-shell}
[ -z "${JOB:-}" ] || { [ -f "$job" ] && [ -r "$job" ]; } || die "JOB=$job: no such script"
for file in ${EXTRA:-}; do
	[ -f "$file" ] && [ -r "$file" ] || die "EXTRA: no file $file"
done
kdir=$("$top/scripts/guest-kernel.sh")
modules=$("$top/scripts/module-build.sh" "$kdir" '' TESTS=emulator)
logs=$top/build/log/$(basename "$kdir")/guest
[ "$job" = shell ] || job=$(realpath "$job")
GUEST_EXTRA=${EXTRA:-} "$top/scripts/guest.sh" "$kdir" "$modules" "$job" "$logs"

ended=$(tr -d '\r' <"$logs/report.log" | sed -n 's/^guest: job .* ended with status \([0-9]*\)$/\1/p' | tail -n 1)
if [ -z "$ended" ]; then
	tail -n 40 "$logs/console.log" >&2
	die "the job did not come to its end; the kernel's last words are above, all of them in $logs/console.log"
fi
say "The kernel's own words are in $logs/console.log"
exit "$ended"
