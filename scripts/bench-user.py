#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Counts the instructions of the core, function by function, without a guest (make bench-user).

The core runs in user space under callgrind, optimised as in the kernel. What each step costs in the core's own functions
is compared with the recorded baseline: a function, or a step as a whole, that has grown by more than 5 % is a failure.
Then two things that hold without a baseline: to look an array up costs the same however many are live, and between
creation and end two arrays write to no cache line both, nor take a lock of the shim both.

usage: bench-user.py DIRECTORY BASELINE [--record] [--ktap]
       DIRECTORY: where kunit/user/bench was built      --record: writes the baseline
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys

MAY_GROW = 1.05
# The global mutexes of kunit/user/shim.cc.
LOCKS = "_ZN12_GLOBAL__N_15locksE"
NAME = re.compile(r"\((\d+)\)(?: (.*))?")
# "calls" lines are followed by the line with the cost of the callee, which is not the function's own.
COST = re.compile(r"(?:[+-]?\d+|\*) (\d+)$")


def run(*command, **options):
    return subprocess.run(command, check=True, text=True, capture_output=True, **options).stdout


def functions_of_core(directory):
    """The names that the core's object files define, as the linker knows them."""
    objects = sorted(str(path) for path in directory.glob("core/*/*.o"))
    lines = run("nm", "--defined-only", "--format=posix", *objects).splitlines()
    return {line.split()[0] for line in lines if len(line.split()) > 1 and line.split()[1] in "TtWw"}


def steps(directory):
    """Own instructions of each function in each step, from callgrind's dumps."""
    for old in directory.glob("callgrind.out*"):
        old.unlink()
    run("valgrind", "--tool=callgrind", "--instr-atstart=no", "--demangle=no", f"--callgrind-out-file={directory}/callgrind.out", str(directory / "bench"))
    for dump in sorted(directory.glob("callgrind.out.*"), key=lambda path: int(path.suffix[1:])):
        names, costs, name, function, skip = {}, collections.Counter(), None, None, False
        for line in dump.read_text().splitlines():
            if line.startswith("desc: Trigger: Client Request: "):
                name = line.removeprefix("desc: Trigger: Client Request: ")
            elif line.startswith(("fn=", "cfn=")):
                number, text = NAME.match(line.split("=", 1)[1]).groups()
                if text:
                    names[number] = text.split("'")[0]
                if line.startswith("fn="):
                    function = names[number]
            elif line.startswith("calls="):
                skip = True
            elif match := COST.match(line):
                if not skip:
                    costs[function] += int(match.group(1))
                skip = False
        if name:
            yield name, costs


def count(directory):
    core = functions_of_core(directory)
    counted = {name: {function: cost for function, cost in costs.items() if function in core} for name, costs in steps(directory)}
    mangled = sorted({function for costs in counted.values() for function in costs})
    readable = dict(zip(mangled, run("c++filt", input="\n".join(mangled)).replace("(anonymous namespace)::", "").splitlines()))
    return {name: {readable[function]: cost for function, cost in sorted(costs.items(), key=lambda item: (-item[1], item[0]))} for name, costs in counted.items()}


def variables(directory, program):
    """Addresses and sizes of what the core keeps for all arrays, and of the shim's global locks."""
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
    """For the two pairs of phases: the cache lines of arrays, of the core, and of the shim's locks that both write to."""
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


def look_ups(counted):
    """A line if it matters how many arrays are live."""
    costs = {step: sum(functions.values()) for step, functions in counted.items() if step.startswith("look up")}
    if len(costs) < 3 or len(set(costs.values())) != 1:
        yield ", ".join(f"{step}: {cost}" for step, cost in costs.items())


def shared(directory):
    between, whole = written_lines(directory)
    if between:
        yield f"two arrays both write to {len(between)} cache lines between creation and end: {', '.join(hex(line * 64) for line in sorted(between))}"
    if not whole:
        yield "two creations and ends write to no line both: what is counted is not what is written"


def grown(name, now, before):
    if now > before * MAY_GROW:
        yield f"{name}: {before} instructions became {now}, {now / before - 1:+.1%}" if before else f"{name}: {now} instructions, and none before"


def compare(counted, baseline):
    """A line for each growth. A function that is new counts in the sum of its step alone."""
    for step, costs in counted.items():
        if step not in baseline:
            yield f"{step}: not in the baseline"
            continue
        yield from grown(f"{step}, all of the core", sum(costs.values()), sum(baseline[step].values()))
        for function, cost in costs.items():
            if function in baseline[step]:
                yield from grown(f"{step}, {function}", cost, baseline[step][function])
    yield from (f"{step}: in the baseline, but not counted" for step in baseline if step not in counted)


def show(counted, baseline):
    print(f"{'step':28} {'instructions':>12} {'recorded':>12}")
    for step, costs in counted.items():
        before = sum(baseline.get(step, {}).values())
        print(f"{step:28} {sum(costs.values()):12} {before:12}  mostly {', '.join(f'{name.split(chr(40))[0]} {cost}' for name, cost in list(costs.items())[:3])}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("directory", type=pathlib.Path)
    arguments.add_argument("baseline", type=pathlib.Path)
    arguments.add_argument("--record", action="store_true")
    arguments.add_argument("--ktap", action="store_true")
    options = arguments.parse_args()

    counted = count(options.directory)
    if not counted:
        sys.exit("error: callgrind counted nothing")
    if options.record:
        options.baseline.write_text(json.dumps(counted, indent=1) + "\n")
        return 0
    baseline = json.loads(options.baseline.read_text())
    findings = {
        "no_function_of_the_core_has_grown": list(compare(counted, baseline)),
        "a_look_up_costs_the_same_among_any_number_of_arrays": list(look_ups(counted)),
        "two_arrays_write_to_no_line_both_between_creation_and_end": list(shared(options.directory)),
    }
    if options.ktap:
        print(f"KTAP version 1\n1..{len(findings)}")
        for number, (name, lines) in enumerate(findings.items(), 1):
            for line in lines:
                print(f"# {line}")
            print(f"{'not ok' if lines else 'ok'} {number} {name}")
    else:
        show(counted, baseline)
        for name, lines in findings.items():
            print(f"{'FAILED' if lines else 'ok    '} {name}")
            for line in lines:
                print(f"       {line}")
    return 1 if any(findings.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
