#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Two properties of the core for any number of arrays, measured in user space without a guest (make bench-user).

The lookup of an array costs the same for any number of live arrays: counted by callgrind, with the core optimised as in the
kernel. Between creation and release two arrays share no cache line that they write to, and no lock of the shim: checked by
lackey.

usage: bench-user.py DIRECTORY       DIRECTORY: where kunit/user/bench was built
"""
import pathlib
import re
import subprocess
import sys

import ktap

DIRECTORY = pathlib.Path(sys.argv[1])
# The global mutexes of kunit/user/shim.cc.
LOCKS = "_ZN12_GLOBAL__N_15locksE"


def run(*command):
    return subprocess.run(command, check=True, text=True, capture_output=True).stdout


def symbols(*files):
    """Name, type, address and size of what is defined there."""
    lines = run("nm", "--defined-only", "--format=posix", *map(str, files)).splitlines()
    return [(line.split() + ["0"])[:4] for line in lines if len(line.split()) > 2]


def a_look_up_costs_the_same_among_any_number_of_arrays():
    for old in DIRECTORY.glob("callgrind.out*"):
        old.unlink()
    run("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={DIRECTORY}/callgrind.out", str(DIRECTORY / "bench"))
    costs = {}
    for dump in map(pathlib.Path.read_text, DIRECTORY.glob("callgrind.out.*")):
        if step := re.search("^desc: Trigger: Client Request: (.*)", dump, re.M):
            costs[step[1]] = int(re.search(r"^totals: (\d+)", dump, re.M)[1])
    if len(costs) < 3 or len(set(costs.values())) != 1 or 0 in costs.values():
        yield ", ".join(f"{step}: {cost}" for step, cost in costs.items())


def watched_lines(said):
    """The cache lines of arrays, of the core's variables, and of the shim's global locks, and the address of bench_phase."""
    of_the_core = {name for name, kind, *_ in symbols(*DIRECTORY.glob("core/*/*.o")) if kind in "bBdDuV"} | {LOCKS}
    variables = {name: (int(address, 16), int(size, 16)) for name, _, address, size in symbols(DIRECTORY / "bench")}
    phase = int(re.search(r"^bench_phase (\S+)", said, re.M)[1], 16)
    moved = phase - variables["bench_phase"][0]
    ranges = [(variables[name][0] + moved, variables[name][1]) for name in of_the_core if name in variables]
    assert LOCKS in variables, f"there is no symbol {LOCKS}"
    # The memory of an array begins with its lock.
    ranges += [(int(address, 16) - 64, int(size) + 64) for address, size in re.findall(r"^array (\S+) (\d+)", said, re.M)]
    return {line for address, size in ranges if size for line in range(address // 64, (address + size - 1) // 64 + 1)}, phase


def two_arrays_write_to_no_line_both_between_creation_and_end():
    trace = DIRECTORY / "lackey.out"
    lines, phase = watched_lines(run("valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-file={trace}", str(DIRECTORY / "bench"), "lines"))
    phases, inside = [], False
    with trace.open() as accesses:
        for access in accesses:
            if not access.startswith((" S ", " M ")):
                continue
            address, size = access[3:].split(",")
            first, last = int(address, 16), int(address, 16) + int(size) - 1
            if first == phase:
                inside = not inside
                if inside:
                    phases.append(set())
            elif inside:
                phases[-1].update({first // 64, last // 64} & lines)
    trace.unlink()
    assert len(phases) == 4 and all(phases), "the phases were not found"
    if between := phases[0] & phases[1]:
        yield f"two arrays both write to {len(between)} cache lines between creation and end: {', '.join(hex(line * 64) for line in sorted(between))}"
    if not phases[2] & phases[3]:
        yield "two creations and ends write to no line both: what is counted is not what is written"


ktap.report({check.__name__: check for check in (
    a_look_up_costs_the_same_among_any_number_of_arrays, two_arrays_write_to_no_line_both_between_creation_and_end)})
