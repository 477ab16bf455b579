#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints what the guest job "kvm" reported, scenario by scenario and leaf by leaf, side by side for several kernels.

usage: kvm-table.py REPORT...
       What user space was answered has to be the same in all reports, step by step: ends non-zero if it is not.
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


def row(cells):
    print("| " + " | ".join(map(str, cells)) + " |")


def head(*columns):
    row(columns)
    row(["---"] * len(columns))


def sums(scenarios):
    """How often each leaf was called."""
    leaves = {}
    for scenario in scenarios.values():
        for leaf, count in scenario.calls.items():
            leaves[leaf] = leaves.get(leaf, 0) + count
    return leaves


def differences(scenarios, name):
    """What differs between the reports: steps of a scenario, line by line."""
    steps = [report[name].steps for report in scenarios]
    for others in steps[1:]:
        for i in range(max(len(steps[0]), len(others))):
            one, other = (lines[i] if i < len(lines) else "nothing" for lines in (steps[0], others))
            if one != other:
                yield f"{name}: '{one}' and '{other}'"


def main(reports):
    """Returns what is wrong."""
    labels = [report.parent.name for report in map(pathlib.Path, reports)]
    scenarios = [read(report) for report in reports]
    if any(list(scenarios[0]) != list(other) for other in scenarios):
        return ["the reports are of different scenarios"]
    head("scenario", "steps", "with an errno", *(f"SEAMCALLs, {label}" for label in labels), "owned", "not freed", "findings")
    wrong = []
    for name, first in scenarios[0].items():
        those = [report[name] for report in scenarios]
        pages = [" / ".join(map(str, cells)) if len(set(cells)) > 1 else cells[0] for cells in zip(*(scenario.pages for scenario in those))]
        row([name, len(first.steps), first.errors(), *(scenario.total() for scenario in those), *pages])
        wrong += differences(scenarios, name)
    print()
    head("leaf", *labels)
    counts = [sums(report) for report in scenarios]
    for leaf in sorted({leaf for count in counts for leaf in count}):
        row([leaf, *(count.get(leaf, 0) for count in counts)])
    return wrong


if len(sys.argv) < 2:
    sys.exit(__doc__)
complaints = main(sys.argv[1:])
for complaint in complaints:
    print(f"error: user space can tell the kernels apart: {complaint}", file=sys.stderr)
sys.exit(1 if complaints else 0)
