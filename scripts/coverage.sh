#!/usr/bin/env bash
# Which lines and branches of cxx/ and shim/ the tests reach (make coverage): the suites and a little of the explorer in
# user space, and the jobs of the plain guest with a module that counts. Prints the table of files with the lines that are
# not reached. The exit status is not 0 if less than the percentages at the end is reached.
# usage: coverage.sh
source "$(dirname "$0")/lib.sh"

cd "$top"
"$top/scripts/deps.sh" module source kernel guest user coverage
out=$top/build/coverage
mkdir -p "$out"
rm -f "$out"/*.json

# In user space: the usual build, but without sanitizers, because they add branches.
variables=(SANITIZE= EXTRA='--coverage -fno-inline')
export USER_BUILD=$out/user
"$top/scripts/user.sh" build "${variables[@]}" suites explore >/dev/null
find "$out/user" -name '*.gcda' -delete
"$top/scripts/user.sh" unit "${variables[@]}" >"$out/suites.log" 2>&1 || { tail "$out/suites.log" >&2; die "the suites fail in user space"; }
"$out/user/explore" 5 30 >"$out/explore.log" 2>&1 || { tail "$out/explore.log" >&2; die "the explorer found a defect"; }

# In the guest: the kernel's gcov keeps the counters of a module that was unloaded.
kdir=$("$top/scripts/kernel-build.sh" plain)
modules=$(MODULES=$out/modules GCOV=1 "$top/scripts/module-build.sh" "$kdir")
counted() { # counted NAME JOB [VARIABLE=VALUE]...
	say "guest with counters: $1"
	env "${@:3}" GUEST_QUIET=1 GUEST_OPTIONS='gcov_persist=1 guest_counts=1' TIME_LIMIT="${TIME_LIMIT:-1200}" \
		"$top/scripts/guest.sh" "$kdir" "$modules" "$2" "$out/$1"
	# The counters (.gcda) are at the end of the report, and have to be beside the objects and their .gcno files.
	mkdir -p "$out/$1/counts"
	sed -n '/^counts: begin$/,/^counts: end$/{/^counts/!p}' "$out/$1/report.log" | base64 -d | tar -xz -C "$out/$1/counts"
	find "$out/$1/counts" -name '*.gcda' | grep -q . || die "the guest has no counters of its job $1"
	find "$modules" -name '*.gcda' -delete
	cp -r "$out/$1/counts$modules/." "$modules/"
	report "$modules" "$out/guest-$1.json"
}
report() { # report OBJECTS TO
	# GCOV, which the Makefile exports, has another meaning for gcovr.
	env -u GCOV gcovr --root "$top" --object-directory "$1" --filter "$top/cxx/" --filter "$top/shim/" --exclude-unreachable-branches \
		--exclude-throw-branches --json "$2" "$1" >"$out/gcovr.log" 2>&1 || { tail "$out/gcovr.log" >&2; die "gcovr failed"; }
	# The kernel builds in a directory of links to this tree: replaces the paths of the links.
	sed -i "s|\"${modules#"$top"/}/|\"|g" "$2"
}
for job in test run tsm observe faults; do counted $job $job; done
counted stress stress GUEST_CPUS=4 JOB_ARGUMENT=5
counted edges suites JOB_ARGUMENT=edges
report "$out/user" "$out/user.json"

gcovr --root "$top" --add-tracefile "$out/*.json" --txt --print-summary --fail-under-line 98 --fail-under-branch 88
