#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks what the guest job "observe" saw of the module, and writes a KTAP document.

Extracts the files that the job put into its report; scripts/tdx-page-array-status must be able to read them.

usage: observe-check.py LOGDIR
"""
import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys

import ktap

STATUS = pathlib.Path(__file__).parent / "tdx-page-array-status"
LOGS = pathlib.Path(sys.argv[1])
FILES = LOGS / "files"
# A line of the trace: task, CPU, flags, time; and the event, which is kept.
EVENT = re.compile(r"^ *\S+-\d+ +\[\d+\] \S+ +\d+\.\d+: (\w+: .*\n)", re.M)


def take_files_out(report):
    """Writes each file of the report below FILES."""
    shutil.rmtree(FILES, ignore_errors=True)
    for name, text in re.findall(r"^=== (.*)\n((?:.*\n)*?)=== end$", report.read_text(errors="replace").replace("\r", ""), re.M):
        (FILES / name).parent.mkdir(parents=True, exist_ok=True)
        (FILES / name).write_text(text)


def text_of(name):
    return (FILES / name).read_text()


def status(directory, *options, **more):
    """Runs the status script on files of the guest. As standard input, because another user may not see this tree."""
    return subprocess.run(["python3", "-", "--from", FILES / directory, *options], input=STATUS.read_text(), capture_output=True,
                          text=True, check=False, **more)


def changed(name, file, *changes):
    """Copies files of the guest, one of them with changes, and returns the name of the copy."""
    shutil.rmtree(FILES / "changed", ignore_errors=True)
    shutil.copytree(FILES / name, FILES / "changed")
    text = text_of(f"{name}/{file}")
    for old, new in changes:
        want(text, old)
        text = text.replace(old, new)
    (FILES / "changed" / file).write_text(text)
    return "changed"


def want(text, *words):
    """Asserts that the text has all words, in this order."""
    at = 0
    for word in words:
        found = text.find(word, at)
        assert found >= 0, f"wanted '{word}' after the first {at} characters of:\n{text}"
        at = found + len(word)


def events_of(name):
    return "".join(EVENT.findall(text_of(name)))


# Each check: files, and words in this order. A line of the kernel log begins with its level. "screen:DIRECTORY" is the output of
# the status script for the files there, "json:DIRECTORY" its output with --json.
SAYS = {
    "loading_says_what_was_found": [
        ("load/all_features", "6 tdx_page_array: TDX module 1.5.25: private KeyIDs 32 to 63, global KeyID 32; extensions available, TDX Connect "
                              "available, Quoting not started; flush before hand-over needed (TDX_FEATURES0 0x"),
        ("load/flush_forced", "; flush before hand-over forced (TDX_FEATURES0 0x"),
        ("refused/selftest_pages", "3 tdx_page_array: selftest_pages is '0', but must be 1 to 65536\n"),
    ],
    "loading_with_a_self_test_that_fails_is_refused": [
        ("refused/selftest.errno", "Input/output error"),
        ("refused/selftest", "failed write-backs of pages that never were private: 4 of 10 pages", "10 checks, 1 failed\n"),
        ("refused/selftest", "3 tdx_page_array: not loaded: the self-test failed (errno -5)\n"),
        ("load/selftest", "ok     write-backs of pages that never were private: 10 pages", "self-test: 10 checks, 0 failed\n"),
    ],
    "a_module_at_rest_has_nothing_to_tell": [
        ("screen:idle", "TDX module 1.5.25: extensions available, TDX Connect available, Quoting not started\n", "private KeyIDs 32 to 63"),
        ("screen:idle", " before pages are handed over: needed\n", "Pages: 0 taken = 0 in arrays", "Arrays: none\n"),
        ("screen:idle", "Nodes with pages out of use: none\n", "Quarantine: none\n", "All is well.\n"),
        ("json:idle", '"taken": 0,', '"arrays": []', '"attention": []'),
    ],
    "a_file_to_be_read_refuses_a_write": [("modes.error", "Invalid argument")],
    "a_file_that_is_open_keeps_the_module_loaded": [("pinned", "Resource temporarily unavailable")],
    "debug_lines_can_be_switched_on": [("live/log", "7 tdx_page_array: metadata field 0x3000000100000002 is 0x10\n")],
    "the_self_test_is_read_and_written": [
        ("selftest/well", "SEAMCALL works on all 2, ", "64 of 64 pages are the host's", "self-test: 10 checks, 0 failed"),
        ("selftest/log", "6 tdx_page_array: ok     ", "6 tdx_page_array: self-test: 10 checks, 0 failed\n"),
        ("selftest/error", "Input/output error"),
    ],
    "live_arrays_are_shown": [
        ("screen:live", "Arrays: 4\n", "the host's", "the TDX module's", "16 of 16", "TDH.SPDM.CREATE: SUCCESS", "All is well.\n"),
        ("json:live", '"spdm_metadata_pages": 16,', '"freed": 0,', '"handed_over_by": "TDH.SPDM.CREATE"', '"object": 1,',
         '"parent": 0,', '"handed_over_by": "TDH.IDE.STREAM.CREATE"', '"parent": 1,', '"attention": []'),
    ],
    "lost_pages_are_shown_with_what_to_do": [
        ("screen:lost", "Nodes with pages out of use: 1\n", "Quarantine: 4\n", "leaked while the TDX module owned it",
         "  1  the TDX module owns"),
        ("screen:lost", "Pages in quarantine, which may not be used: 4.", "echo 1 >/sys/kernel/debug/tdx_page_array/retry\n"),
        ("screen:found", "Nodes with pages out of use: none\n", "Quarantine: none\n", "All is well.\n"),
        ("found/log", "6 tdx_page_array: quarantine: retried by hand, 4 pages freed\n"),
    ],
    "a_fault_that_makes_no_sense_is_refused": [("inject.error", "Invalid argument")],
    "the_judge_is_silent": [("verdict", "findings: 0\n")],
}


def says(rows):
    for name, *words in rows:
        kind, _, directory = name.partition(":")
        if not directory:
            want(text_of(name), *words)
            continue
        run = status(directory, *(["--json"] if kind == "json" else []))
        want(run.stdout, *words)
        assert run.returncode == (2 if directory == "lost" else 0), run


def modinfo_describes_each_parameter():
    text = text_of("modinfo")
    types = sorted(re.findall(r"^parmtype=(\w+:\w+)$", text, re.M))
    assert types == ["flush:bool", "selftest:bool", "selftest_pages:uint"], text
    assert sorted(re.findall(r"^parm=(\w+):.{20}", text, re.M)) == ["flush", "selftest", "selftest_pages"], text


def only_root_can_read_the_files():
    modes = dict(line.split(" ", 1) for line in text_of("modes").splitlines())
    files = {"arrays": 400, "counters": 400, "nodes": 400, "tdx_module": 400, "quarantine": 400, "selftest": 600, "retry": 200}
    assert modes == {"tdx_page_array": "755 0:0"} | {f"tdx_page_array/{name}": f"{mode} 0:0" for name, mode in files.items()}, modes
    parameters = text_of("parameters").splitlines()
    assert parameters == ["parameters/flush 444 0:0", "parameters/selftest 444 0:0", "parameters/selftest_pages 644 0:0"], parameters


# The events, from the creation of the array to its end; those of SEAMCALLs are left out for the lost session.
SESSION = r"""tdx_page_array_seamcall: TDH.SYS.RD .*rdx=0x3000000100000002 .*status=SUCCESS \(0x0\) nanoseconds=\d+
array_create: array=(\d+) pages=4 blocks=1 node=0
tdx_page_array_seamcall: TDH.SPDM.CREATE rcx=0x100 rdx=0x18000.* status=SUCCESS \(0x0\) nanoseconds=\d+
array_custody: array=\1 pages=4: the host's -> the TDX module's owned=4 touched=4 keyid=32 by TDH.SPDM.CREATE status=SUCCESS \(0x0\)
tdx_page_array_seamcall: TDH.SPDM.DELETE .* status=SUCCESS .*
array_custody: array=\1 pages=4: the TDX module's -> returned by the TDX module owned=0 touched=4 keyid=32 by TDH.SPDM.DELETE status=SUCCESS .*
(?:tdx_page_array_seamcall: TDH.PHYMEM.PAGE.WBINVD rcx=0x.* status=SUCCESS .*\n){4}array_end: array=\1 freed=4 kept=0 quarantined=0
"""
LOST = (
    r"array_create: array=(\d+) .*\narray_custody: array=\1 .*\n"
    r"(?:quarantine_enter: page=0x\w+ array=\1: leaked while the TDX module owned it, handed over by TDH.SPDM.CREATE, "
    r"last answer by TDH.SPDM.CREATE status=SUCCESS \(0x0\)\n){4}"
    r"array_end: array=\1 freed=0 kept=0 quarantined=4\n(?:quarantine_leave: page=0x\w+ array=\1\n){4}"
)


def a_session_can_be_followed_in_the_trace():
    events = events_of("trace/session")
    assert re.fullmatch(SESSION, events), f"wanted:\n{SESSION}events:\n{events}"
    listed = set(text_of("trace/events").split())
    assert listed == {*re.findall(r"^(\w+):", events, re.M), "quarantine_enter", "quarantine_leave"}, listed


def a_stack_trace_has_all_callers():
    # From the core outwards: the C++ core, the C API (a lambda in the function, and the function), the lifecycle, the client.
    callers = ["delete_object", "tdx_tdh_spdm_delete", "tdx_tdh_spdm_delete", "delete_session", "close_object", "run_lifecycle", "run_whole"]
    trace = re.search(r": TDH\.SPDM\.DELETE .*\n.*<stack trace>\n((?: => .*\n)+)", text_of("trace/session"))[1]
    frames = trace.split("\n")
    start = next(i for i, frame in enumerate(frames) if callers[0] in frame)
    assert all(map(str.__contains__, frames[start:], callers)), trace


def all_registers_are_traced():
    calls = re.findall(r"^tdx_page_array_seamcall: (\S+) (.*)$", events_of("trace/stream"), re.M)
    # The system has run for longer than a SEAMCALL takes.
    assert all(0 < int(re.search(r"nanoseconds=(\d+)$", text)[1]) < 10**9 for _, text in calls), calls
    registers = {leaf: dict(re.findall(r"(\w+)=(\S+)", text)) for leaf, text in calls}
    connect, keys, manage = (registers[f"TDH.{leaf}"] for leaf in ("SPDM.CONNECT", "IDE.STREAM.KM", "SPDM.MNG"))
    config, response, request = connect["rdx"], connect["r8"], connect["r9"]
    assert len({config, response, request, connect["rcx"], "0x0"}) == 5, connect
    for call in (keys, manage):
        assert (call["rcx"], call["r9"], call["r10"]) == (connect["rcx"], response, request), (call, connect)
    assert manage["r8"] == manage["r11"] == f"{2**64 - 1:#x}" != keys["r11"], (manage, keys)


def lost_pages_are_in_quarantine_until_a_retry_finds_them():
    events = "".join(re.findall(r"^(?!tdx_page_array_seamcall).*\n", events_of("trace/lost"), re.M))
    assert re.fullmatch(LOST, events), f"wanted:\n{LOST}\nevents:\n{events}"
    pages = [int(page, 16) for page in re.findall(r"^page=(\w+)", text_of("lost/quarantine"), re.M)]
    entered, left = ([int(page, 16) for page in re.findall(rf"quarantine_{way}: page=(\w+)", events)] for way in ("enter", "leave"))
    assert sorted(pages) == pages == entered == sorted(left), (pages, events)


def the_status_script_says_what_needs_attention():
    run = status(changed("live", "counters", ("tdx_module_bugs=0", "tdx_module_bugs=3"), ("device_errors=0", "device_errors=2"),
                         ("own_bugs=0", "own_bugs=1"), ("freed=", "freed=1")))
    assert run.returncode == 2, run
    want(run.stdout, "The ledger does not add up: ", "did not behave as specified 3 times: ",
         "as the TDX module told it 2 times: ", "made a mistake 1 time: ")
    want(status(changed("live", "arrays", ("the TDX module's", "in doubt"))).stdout,
         " is in doubt: ", "handed over by TDH.SPDM.CREATE; the last answer was TDH.SPDM.CREATE: SUCCESS.\n")


def many_lines_are_cut_to_a_screenful():
    """Also, no leaf has answered about these pages."""
    line = text_of("lost/quarantine").splitlines(True)[0]
    screen = status(changed("lost", "quarantine", (line, 500 * line), ("TDH.SPDM.CREATE", "-"), ("TDH.PHYMEM.PAGE.RDMD", "-"),
                            ("leaked while the TDX module owned it", "memory failure"),
                            ("the TDX module owns the page", "memory failure"))).stdout
    want(screen, "Quarantine: 503\n", "... and 491 more (--json shows all)\n")
    assert len(screen.splitlines()) < 40, screen
    assert len(re.findall(r"^  0x\w+ +\d+ +memory failure +1  memory failure$", screen, re.M)) == 12, screen
    assert status("changed", "--json").stdout.count('"page": ') == 503


def a_file_that_cannot_be_read_gets_one_clear_line():
    def fails(words, directory, **more):
        run = status(directory, **more)
        assert run.returncode == 1 and re.fullmatch(f"error: .*{words}.*\n", run.stderr), (run.returncode, run.stderr)

    fails("tdx_module: No such file", "trace")
    fails("is of another version of tdx_page_array: it does not show 'kept'", changed("live", "counters", ("kept=", "bent=")))
    fails("counters has a line that this script does not understand", changed("live", "counters", ("kept=", "kept=what ")))
    fails("can only be read by root: run this as root", "/root", cwd="/", **({} if os.geteuid() else {"user": "nobody"}))
    if not pathlib.Path("/sys/module/tdx_page_array").exists():
        run = subprocess.run([STATUS], capture_output=True, text=True, check=False)
        assert run.returncode == 1, run
        want(run.stderr, "error: the kernel module tdx_page_array is not loaded")


take_files_out(LOGS / "report.log")
ktap.report({name: functools.partial(says, rows) for name, rows in SAYS.items()} | {check.__name__: check for check in (
    modinfo_describes_each_parameter,
    only_root_can_read_the_files,
    a_session_can_be_followed_in_the_trace,
    a_stack_trace_has_all_callers,
    all_registers_are_traced,
    lost_pages_are_in_quarantine_until_a_retry_finds_them,
    the_status_script_says_what_needs_attention,
    many_lines_are_cut_to_a_screenful,
    a_file_that_cannot_be_read_gets_one_clear_line,
)})
