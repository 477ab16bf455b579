#!/usr/bin/env bash
# Checks the checkers (make test): the verdict on a guest, the replay of recordings, and names that match nothing. A wrong
# result, or a run of nothing, must not pass. Writes a KTAP document.
# usage: self-check.sh KERNEL_SOURCE
source "$(dirname "$0")/lib.sh"
begin_ktap

source_tree=$1
cd "$top"
# The checks pass VARIABLE=VALUE to make; variables in the environment of the test run must not reach them.
unset FILTER CASE SCENARIO KERNEL FLAVOUR KSRC

made() { make --no-print-directory -s "$@"; }

# The logs of a guest without failures; sed changes them for each check.
mkdir "$scratch/clean" "$scratch/guest"
sed 's/^/[    1.234567] /; s/$/\r/' >"$scratch/clean/console.log" <<'END'
Linux version 7.3.4
KTAP version 1
1..0
KTAP version 1
1..1
    KTAP version 1
    # Subtest: custody
    1..2
    ok 1 host_pages_are_freed_without_a_seamcall
    ok 2 second
# custody: pass:2 fail:0 skip:0 total:2
ok 1 custody
the machine is going down
END
printf '%s\n' 'KTAP version 1' '1..1' 'ok 1 the_module_loads' 'guest: the kernel will log: the .* down' \
	'guest: job test ended with status 0' >"$scratch/clean/report.log"
judge() { # judge SED-OF-THE-CONSOLE [SED-OF-THE-REPORT]
	sed "$1" "$scratch/clean/console.log" >"$scratch/guest/console.log"
	sed "${2:-}" "$scratch/clean/report.log" >"$scratch/guest/report.log"
	scripts/verdict.py "$source_tree" --guest "$scratch/guest"
}
reports_of_the_kernel_fail() {
	local line
	while read -r line; do ends 1 'unexpected in the kernel log' judge "9i $line" || return 1; done <<-'END'
		WARNING: shim/report.c:48 at tdx_shim_report+0x89/0xc0 [tdx_page_array], CPU#1: sh/48
		kernel BUG at mm/slub.c:1!
		BUG: KASAN: slab-use-after-free in tdx_page_array_release
		kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)
		rcu: INFO: rcu_preempt self-detected stall on CPU
	END
}
race_in() { # race_in FUNCTION: one side of the race; the other one is in the kernel
	printf '%s\n' ==== 'BUG: KCSAN: data-race in one / other' 'write to 0xffff888003e1c0a8 of 4 bytes by task 52 on cpu 0:' " $1" '' \
		'read to 0xffff888003e1c0a8 of 4 bytes by interrupt on cpu 1:' ' tick_nohz_stop_tick+0x80/0x120' '' ==== >"$scratch/race"
	judge "9r $scratch/race"
}

replay() { # replay LINE...: replays a recording of these lines
	printf '%s\n' "$@" >"$scratch/a.vec"
	scripts/user.sh replay "$scratch/a.vec"
}
config='config maxpa=46 keyidbits=6 mktme=31 globalkid=32 packages=1 wbsub=4 pages=2048 rsvd=1000+16 dpamt=0 state=ready'

plan 23
check 'a_clean_guest_passes' ends 0 '3 passed, 0 failed' judge ''
check 'a_failed_case_fails' ends 1 second judge 's/  ok 2/  not ok 2/'
check 'a_skipped_case_fails' ends 1 skipped judge 's/ second/& # SKIP no reason/'
check 'a_failed_check_of_the_job_fails' ends 1 the_module_loads judge '' 's/^ok 1/not ok 1/'
check 'a_job_that_ends_badly_fails' ends 1 'status 1' judge '' 's/status 0/status 1/'
check 'a_job_that_does_not_end_fails' ends 1 'did not come to its end' judge '' '$d'
check 'a_line_that_the_kernel_does_not_log_fails' ends 1 'did not log once: the .* down' judge '$d'
check 'a_line_that_only_the_next_kernel_logs_fails' ends 1 'did not log once: the .* down' judge '$i Linux version 7.3.4'
check 'a_guest_without_suites_fails' ends 1 'nothing was tested' judge '4,$d'
check 'each_report_of_the_kernel_fails' reports_of_the_kernel_fail
check 'a_data_race_in_the_module_fails' ends 1 'unexpected in the kernel log' race_in '_ZN3tdx7release+0x80/0x120 [tdx_page_array]'
check 'a_data_race_of_the_kernel_alone_passes' ends 0 '3 passed, 0 failed' race_in 'tick_do_update+0x80/0x120'
check 'a_verdict_on_nothing_fails' ends 1 '0 passed, 0 failed' scripts/verdict.py
check 'a_wrong_status_fails' ends 1 'rax: expected 0x0, got 0xc000030000000001' replay "$config" 'op 1 rax=0x29 rcx=P1000 -> rax=0x0'
check 'a_missing_output_fails' ends 1 'r8: expected 0xfeed' replay "$config" 'op 1 rax=0x18 rcx=P0 -> rax=0x0 rcx=0x0 rdx=0x0 r9=0x0 r10=0x0 r11=0x0'
check 'a_suite_is_found_by_its_name_alone' ends 0 ' tests from 1 test suite ran' made unit FILTER=custody
check 'a_test_is_found_by_its_name' ends 0 ' 1 test from 1 test suite ran' made unit FILTER=custody.host_pages_are_freed_without_a_seamcall
check 'one_of_several_suites_is_refused' refused "no test matches 'nonsense'" made unit FILTER=custody:nonsense
check 'a_scenario_that_is_not_there_is_refused' refused "no scenario 'typo'" "$(scripts/user.sh build explore)/explore" 1 1 typo
check 'a_lock_that_is_not_there_is_refused' refused "no lock's name has 'typo'" made races WORDS=typo
check 'a_lifecycle_that_is_not_there_is_refused' refused "no lifecycle 'typo'" made faults 'CASE=typo alloc 1'
check 'a_flavour_that_is_not_there_is_refused' refused "no flavour 'typo'" made test-matrix 'ROWS=stock 7.3-typo'
check 'test_modules_that_would_not_be_built_are_refused' refused 'not "yes"' made TESTS=yes
[ $failures = 0 ]
