#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Tells what the guest job "kvm" reported, scenario by scenario; and compares two reports.

usage: kvm-table.py REPORT [REPORT]
       Two reports are of two kernels: what their scenarios answered user space has to be the same, step by step. Ends
       non-zero if it is not, or if a scenario of one is missing in the other.
"""
import pathlib
import re
import sys

ERRNO = re.compile(r" E[A-Z0-9]+$")
CALL = re.compile(r"(\S+)=(\d+)")
PAGES = re.compile(r"owned: (-?\d+) held: (-?\d+) findings: (\d+)$")


class Scenario:
    def __init__(self):
        self.steps = []
        self.calls = {}
        self.pages = None

    def total(self):
        return sum(self.calls.values())

    def errors(self):
        return sum(bool(ERRNO.search(step)) for step in self.steps)


def read(path):
    """The scenarios of one report, by their names."""
    scenarios, current = {}, None
    for line in pathlib.Path(path).read_text().replace("\r", "").splitlines():
        if line.startswith("== "):
            current = None if line == "== end" else scenarios.setdefault(line[3:], Scenario())
        elif not current or line.startswith(("off: ", "trace: ")):
            continue
        elif line.startswith("calls:"):
            current.calls = {leaf: int(count) for leaf, count in CALL.findall(line)}
        elif PAGES.match(line):
            current.pages = tuple(map(int, PAGES.match(line).groups()))
        else:
            current.steps.append(line)
    if not scenarios or any(scenario.pages is None for scenario in scenarios.values()):
        sys.exit(f"error: {path} is no report of the job kvm, or one that stopped early")
    return scenarios


def head(columns, widths):
    print(" | ".join(f"{column:{width}}" for column, width in zip(columns, widths)))
    print("-+-".join("-" * abs(int(width.strip("<>"))) for width in widths))


def tell(scenarios):
    widths = ["<20", ">5", ">6", ">9", ">5", ">5", ">8"]
    head(["scenario", "steps", "errnos", "SEAMCALLs", "owned", "held", "findings"], widths)
    for name, scenario in scenarios.items():
        row = [name, len(scenario.steps), scenario.errors(), scenario.total(), *scenario.pages]
        print(" | ".join(f"{cell:{width}}" for cell, width in zip(row, widths)))
    print()
    leaves = {}
    for scenario in scenarios.values():
        for leaf, count in scenario.calls.items():
            leaves[leaf] = leaves.get(leaf, 0) + count
    print("SEAMCALLs: " + ", ".join(f"{leaf} {count}" for leaf, count in sorted(leaves.items())))


def compare(one, other):
    """False if user space could tell the two kernels apart."""
    same = True
    widths = ["<20", ">5", "<9", ">9", ">9", "<40"]
    head(["scenario", "steps", "answers", "SEAMCALLs", "the other", "leaves that differ"], widths)
    for name in [*one, *(name for name in other if name not in one)]:
        if name not in one or name not in other:
            print(f"{name}: only one of the two ran it")
            same = False
            continue
        first, second = one[name], other[name]
        answers = "the same" if first.steps == second.steps else "DIFFER"
        leaves = [leaf for leaf in {**first.calls, **second.calls} if first.calls.get(leaf, 0) != second.calls.get(leaf, 0)]
        differ = ", ".join(f"{leaf} {first.calls.get(leaf, 0)}/{second.calls.get(leaf, 0)}" for leaf in sorted(leaves))
        print(" | ".join(f"{cell:{width}}" for cell, width in zip([name, len(first.steps), answers, first.total(), second.total(), differ], widths)))
        same &= first.steps == second.steps
        for before, after in zip(first.steps, second.steps):
            if before != after:
                print(f"    {before}\n    {after}")
    return same


if len(sys.argv) == 2:
    tell(read(sys.argv[1]))
elif len(sys.argv) == 3:
    sys.exit(0 if compare(*map(read, sys.argv[1:])) else "error: user space can tell the two kernels apart")
else:
    sys.exit(__doc__)
