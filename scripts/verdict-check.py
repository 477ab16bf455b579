#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks the verdict itself: logs of guests that went wrong must not pass. Writes a KTAP document.

usage: verdict-check.py KERNEL_SOURCE
"""
import pathlib
import subprocess
import sys
import tempfile

STAMP = "[    1.234567] "
BOOT = ["Linux version 7.3.4", "KTAP version 1", "1..0"]
SUITE = [
    "KTAP version 1",
    "1..1",
    "    KTAP version 1",
    "    # Subtest: custody",
    "    1..2",
    "    ok 1 one_bad_page_stays_alone",
    "    ok 2 second",
    "# custody: pass:2 fail:0 skip:0 total:2",
    "ok 1 custody",
]
SHELL = ["KTAP version 1", "1..1", "ok 1 the_module_loads"]
END = ["guest: job test ended with status 0"]


def swap(lines, old, new):
    assert old in lines
    return [new if line == old else line for line in lines]


# name, kernel log, report of the job, does it pass, a word of the reason
CASES = [
    ("a_clean_run_passes", BOOT + SUITE, SHELL + END, True, "3 passed, 0 failed"),
    ("a_failed_case_fails", BOOT + swap(SUITE, "    ok 2 second", "    not ok 2 second"), SHELL + END, False, "second"),
    ("a_skipped_case_fails", BOOT + swap(SUITE, "    ok 2 second", "    ok 2 second # SKIP no reason"), SHELL + END, False, "skipped"),
    ("a_suite_that_stops_in_the_middle_fails", BOOT + SUITE[:6], SHELL + END, False, "failed"),
    ("a_failed_check_of_the_job_fails", BOOT + SUITE, swap(SHELL, "ok 1 the_module_loads", "not ok 1 the_module_loads") + END, False, "the_module_loads"),
    ("a_job_that_ends_badly_fails", BOOT + SUITE, SHELL + ["guest: job test ended with status 1"], False, "status 1"),
    ("a_job_that_does_not_end_fails", BOOT + SUITE, SHELL, False, "did not come to its end"),
    ("a_guest_without_suites_fails", BOOT, SHELL + END, False, "nothing was tested"),
    ("an_empty_report_fails", BOOT + SUITE, [], False, "did not come to its end"),
]
REPORTS = {
    "a_panic": "Kernel panic - not syncing: Fatal exception",
    "a_warning": "WARNING: shim/report.c:48 at tdx_shim_report+0x89/0xc0 [tdx_page_array], CPU#1: sh/48",
    "a_bug": "BUG: unable to handle page fault for address: ffffffffa0218000",
    "a_bug_trap": "kernel BUG at mm/slub.c:1!",
    "an_oops": "Oops: invalid opcode: 0000 [#1] SMP",
    "a_kasan_report": "BUG: KASAN: slab-use-after-free in tdx_page_array_release",
    "a_ubsan_report": "UBSAN: array-index-out-of-bounds in cxx/array/page_array.cc:20:3",
    "a_lockdep_report": "WARNING: possible circular locking dependency detected",
    "a_leak": "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
    "a_bad_page": "BUG: Bad page state in process sh  pfn:00123",
    "a_hung_task": "INFO: task sh:48 blocked for more than 120 seconds.",
    "a_soft_lockup": "watchdog: BUG: soft lockup - CPU#0 stuck for 26s!",
    "a_stall": "rcu: INFO: rcu_preempt self-detected stall on CPU",
}
CASES += [(f"{name}_fails", BOOT + SUITE[:5] + [line] + SUITE[5:], SHELL + END, False, "unexpected in the kernel log") for name, line in REPORTS.items()]


def race(first, second):
    return [
        "=" * 66,
        f"BUG: KCSAN: data-race in {first.split('+')[0]} / {second.split('+')[0]}",
        "",
        "write to 0xffff888003e1c0a8 of 4 bytes by task 52 on cpu 0:",
        f" {first}",
        " kthread+0x1b6/0x210",
        "",
        "read to 0xffff888003e1c0a8 of 4 bytes by interrupt on cpu 1:",
        f" {second}",
        " tdx_tdh_spdm_create+0x40/0x80 [tdx_page_array]",
        "",
        "=" * 66,
    ]


OF_THE_KERNEL = "tick_nohz_stop_tick+0x80/0x120"
OF_THE_MODULE = "_ZN3tdx7release+0x80/0x120 [tdx_page_array]"
CASES += [
    (name, BOOT + SUITE[:5] + race(first, second) + SUITE[5:], SHELL + END, passes, word)
    for name, first, second, passes, word in [
        ("a_data_race_in_the_module_fails", OF_THE_MODULE, OF_THE_KERNEL, False, "unexpected in the kernel log"),
        ("a_data_race_with_the_module_fails", OF_THE_KERNEL, OF_THE_MODULE, False, "unexpected in the kernel log"),
        ("a_data_race_of_the_kernel_alone_passes", OF_THE_KERNEL, OF_THE_KERNEL, True, "3 passed, 0 failed"),
    ]
]


def run(*arguments):
    verdict = pathlib.Path(__file__).with_name("verdict.py")
    return subprocess.run([sys.executable, verdict, *arguments], capture_output=True, text=True)


def judge(kernel_source, console, report):
    with tempfile.TemporaryDirectory() as directory:
        logs = pathlib.Path(directory, "guest")
        logs.mkdir()
        (logs / "console.log").write_text("".join(f"{STAMP}{line}\r\n" for line in console))
        (logs / "report.log").write_text("".join(f"{line}\n" for line in report))
        return run(kernel_source, "--guest", logs)


# name, arguments, a word of the reason: nothing that could be judged
NOTHING = [
    ("a_verdict_on_nothing_fails", [], "0 passed, 0 failed"),
    ("a_job_without_logs_fails", ["--job", "/nowhere"], "there is no /nowhere/console.log"),
    ("a_document_that_is_not_there_fails", [sys.argv[1], "--ktap", "/nowhere"], "there is no /nowhere"),
    ("tests_without_a_parser_are_not_judged", ["--ktap", "/dev/null"], "error: tests are counted by the parser"),
    ("tests_with_a_wrong_parser_are_not_judged", ["/nowhere", "--ktap", "/dev/null"], "which '/nowhere' is not"),
]


def main():
    results = [(name, judge(sys.argv[1], console, report), passes, word) for name, console, report, passes, word in CASES]
    results += [(name, run(*arguments), False, word) for name, arguments, word in NOTHING]
    print("KTAP version 1")
    print(f"1..{len(results)}")
    for number, (name, result, passes, word) in enumerate(results, 1):
        said = result.stdout + result.stderr
        good = (result.returncode == 0) == passes and word in said and "Traceback" not in said
        if not good:
            for line in said.splitlines():
                print(f"# {line}")
        print(f"{'ok' if good else 'not ok'} {number} {name}")


if __name__ == "__main__":
    main()
