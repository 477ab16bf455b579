#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks the stack trace of the one warning that the guest job "unwind" provokes, and writes a KTAP document.

The unwinder (ORC) must find its way through the C++ functions: the frames that it is sure of begin with the whole chain of
callers. (Those with a question mark are left-overs of earlier calls on the same stack.)

usage: unwind-check.py CONSOLE_LOG
"""
import pathlib
import re
import sys

# From the warning outwards: C shim, C++ core, C API (a lambda in the function, and the function), client.
WARNS = "tdx_shim_report"
CALLERS = ["delete_object", "tdx_tdh_spdm_delete", "tdx_tdh_spdm_delete", "run_session", "run_write"]
FRAME = re.compile(r"^\[ *\d+\.\d+\]  (\? )?([\w.]+)\+0x[0-9a-f]+/0x[0-9a-f]+( \[(\w+)\])?$")


def main():
    lines = pathlib.Path(sys.argv[1]).read_text(errors="replace").replace("\r", "").splitlines()
    warnings = [line for line in lines if "WARNING:" in line]
    frames = [match for match in map(FRAME.match, lines) if match]
    sure = [frame.group(2) for frame in frames if not frame.group(1)]
    begin = sure[: len(CALLERS)]
    whole = len(begin) == len(CALLERS) and all(name in frame for name, frame in zip(CALLERS, begin))

    results = [
        ("the_guest_warned_once", len(warnings) == 1, f"{len(warnings)} warnings"),
        ("the_warning_is_in_the_shim", len(warnings) == 1 and WARNS in warnings[0], "\n".join(warnings)),
        ("the_stack_trace_begins_with_all_callers", whole, f"wanted {CALLERS}, got {begin}"),
    ]
    print("KTAP version 1")
    print(f"1..{len(results)}")
    for number, (name, good, diagnosis) in enumerate(results, 1):
        if not good:
            for line in diagnosis.splitlines():
                print(f"# {line}")
        print(f"{'ok' if good else 'not ok'} {number} {name}")


if __name__ == "__main__":
    main()
