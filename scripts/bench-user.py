#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Two properties of the core for any number of arrays, measured in user space without a guest (make bench-user).

The lookup of an array costs the same for any number of live arrays: counted by callgrind, with the core optimised as in the
kernel. Between creation and release two arrays share no cache line that they write to, and no lock of the shim: checked by
lackey.

usage: bench-user.py DIRECTORY       DIRECTORY: where kunit/user/bench was built
"""
import pathlib
import subprocess
import sys

import ktap

# The global mutexes of kunit/user/shim.cc.
LOCKS = "_ZN12_GLOBAL__N_15locksE"


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


def count(directory):
    """The number of instructions of each step, from callgrind's dumps."""
    for old in directory.glob("callgrind.out*"):
        old.unlink()
    run("valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={directory}/callgrind.out", str(directory / "bench"))
    counted, begin = {}, "desc: Trigger: Client Request: "
    for dump in directory.glob("callgrind.out.*"):
        lines = dump.read_text().splitlines()
        names = [line.removeprefix(begin) for line in lines if line.startswith(begin)]
        if names:
            counted[names[0]] = int(next(line for line in lines if line.startswith("totals: ")).split()[1])
    return counted


def variables(directory, program):
    """Addresses and sizes of the core's global variables and of the shim's global locks."""
    objects = sorted(str(path) for path in directory.glob("core/*/*.o"))
    names = {line.split()[0] for line in run("nm", "--defined-only", "--format=posix", *objects).splitlines() if len(line.split()) > 1 and line.split()[1] in "bBdDuV"}
    names.add(LOCKS)
    symbols = {}
    for line in run("nm", "--defined-only", "--format=posix", str(program)).splitlines():
        name, _, address, size = (line.split() + ["0"])[:4]
        symbols[name] = int(address, 16), int(size, 16)
    assert LOCKS in symbols and "bench_phase" in symbols, "a symbol was not found"
    return {name: symbols[name] for name in names if name in symbols}, symbols["bench_phase"][0]


def written_lines(directory):
    """For each pair of phases: the cache lines of arrays, of the core, and of the shim's locks that both phases write to."""
    program = directory / "bench"
    trace = directory / "lackey.out"
    told = run("valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-file={trace}", str(program), "lines").split()
    watched, phase_address = variables(directory, program)
    phase = int(told[told.index("bench_phase") + 1], 16)
    moved = phase - phase_address
    ranges = [(address + moved, size) for address, size in watched.values()]
    # The memory of an array begins with its lock.
    ranges += [(int(told[i + 1], 16) - 64, int(told[i + 2]) + 64) for i, word in enumerate(told) if word == "array"]
    lines = {line for address, size in ranges if size for line in range(address // 64, (address + size - 1) // 64 + 1)}
    phases, inside = [], False
    with trace.open() as accesses:
        for access in accesses:
            if not access.startswith((" S ", " M ")):
                continue
            address, size = access[3:].split(",")
            address, last = int(address, 16), int(address, 16) + int(size) - 1
            if address == phase:
                inside = not inside
                if inside:
                    phases.append(set())
            elif inside:
                phases[-1].update(line for line in (address // 64, last // 64) if line in lines)
    trace.unlink()
    assert len(phases) == 4 and all(phases), "the phases were not found"
    return phases[0] & phases[1], phases[2] & phases[3]


def look_ups(directory):
    """Yields a line if the cost depends on the number of live arrays."""
    costs = count(directory)
    if len(costs) < 3 or len(set(costs.values())) != 1 or not all(costs.values()):
        yield ", ".join(f"{step}: {cost}" for step, cost in costs.items())


def shared(directory):
    between, whole = written_lines(directory)
    if between:
        yield f"two arrays both write to {len(between)} cache lines between creation and end: {', '.join(hex(line * 64) for line in sorted(between))}"
    if not whole:
        yield "two creations and ends write to no line both: what is counted is not what is written"


DIRECTORY = pathlib.Path(sys.argv[1])
ktap.report({
    "a_look_up_costs_the_same_among_any_number_of_arrays": lambda: look_ups(DIRECTORY),
    "two_arrays_write_to_no_line_both_between_creation_and_end": lambda: shared(DIRECTORY),
})
