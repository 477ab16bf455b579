#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the reports of the guest job "kvm" side by side: for KVM without patches, with the patches, and with page arrays.

usage: kvm-table.py steps|faults PLAIN_REPORT PATCHED_REPORT ARRAYS_REPORT
       steps: by scenario and by leaf. The job compares what user space saw with kunit/kvm/expected.
       faults: for each fault the first step that user space saw fail, what became of pages, what the judge found, whether the next
       TD works, and whether KVM warned. With the patches, user space must not see a worse result (a new error, another errno,
       a next TD that fails), and the judge must find nothing; with page arrays, no page may be lost. Pages of the S-EPT are
       KVM's own in each case, and do not count. The exit status is not 0 otherwise.
"""
import collections
import pathlib
import re
import sys

NAMES = ("as it is", "patched", "page arrays")
ERRNO = re.compile(r"^(\S+) .*?(E[A-Z0-9]+)$")
CALL = re.compile(r"(\S+)=(\d+)")
NUMBER = re.compile(r"(\w+): (-?\d+)")


class Part:
    """The report of a scenario or a fault: lines that begin with a known word; all others are steps."""

    def __init__(self, text):
        self.steps, self.calls, self.numbers, self.findings = [], None, {}, []
        self.next, self.warned = None, False
        for line in text.splitlines():
            if line.startswith("calls:"):
                self.calls = collections.Counter({leaf: int(count) for leaf, count in CALL.findall(line)})
            elif line.startswith(("owned: ", "lost: ")):
                self.numbers = {name: int(value) for name, value in NUMBER.findall(line)}
            elif line.startswith("finding: "):
                self.findings.append(line.removeprefix("finding: "))
            elif line.startswith("next: "):
                self.next = line.removeprefix("next: ").strip()
            elif line.startswith("warned: "):
                self.warned = True
            elif not line.startswith(("off: ", "trace: ", "reason: ")):
                self.steps.append(line)

    def errors(self):
        return [match for match in map(ERRNO.match, self.steps) if match]

    def answer(self):
        return " ".join(self.errors()[0].groups()).removeprefix("KVM_TDX_") if self.errors() else "works"

    def lost(self):
        return self.numbers["lost"]

    def fault_cells(self):
        pages = [f"{self.numbers[name]} {words}" for name, words in (("quarantined", "in quarantine"), ("lost", "lost")) if self.numbers[name]]
        return self.answer(), ", ".join(pages) or "-", "; ".join(self.findings) or "-", self.next, "yes" if self.warned else "no"


def read(path):
    """The parts of a report, by their names."""
    _, *parts = re.split(r"^== (.*)\n", pathlib.Path(path).read_text().replace("\r", ""), flags=re.M)
    return {name: Part(text) for name, text in zip(parts[::2], parts[1::2]) if name != "end"} or sys.exit(f"error: {path} is no report of the job kvm")


def row(*cells):
    print(f"| {' | '.join(map(str, cells))} |")


def head(*columns):
    row(*columns)
    row(*["---"] * len(columns))


def steps(reports):
    head("scenario", "steps", "with an errno", *(f"SEAMCALLs, {name}" for name in NAMES), "owned", "not freed", "findings")
    for name, first in reports[0].items():
        those = [report[name] for report in reports]
        pages = []
        for what in ("owned", "held", "findings"):
            values = [part.numbers[what] for part in those]
            pages.append(" / ".join(map(str, values)) if len(set(values)) > 1 else values[0])
        row(name, len(first.steps), len(first.errors()), *(part.calls.total() for part in those), *pages)
    print()
    sums = [sum((part.calls for part in report.values()), collections.Counter()) for report in reports]
    head("leaf", *NAMES)
    for leaf in sorted(set().union(*sums)):
        row(leaf, *(count[leaf] for count in sums))
    return []


def worse(plain, other, arrays):
    """Yields each respect in which the other report is worse."""
    sept = other.calls["MEM.SEPT.ADD"]
    if arrays and other.lost() > sept:
        yield f"{other.lost()} pages are lost, and the S-EPT has {sept}"
    for finding in other.findings:
        yield f"the judge: {finding}"
    if other.answer() not in (plain.answer(), "works"):
        yield f"user space sees {other.answer()} instead of {plain.answer()}"
    if other.next != "works":
        yield f"the next TD: {other.next}"


def faults(reports):
    head("fault", "KVM", "answer", "pages", "judge", "next TD", "warns")
    for fault, plain in reports[0].items():
        before = plain.fault_cells()
        row(fault, NAMES[0], *before)
        for name, report in zip(NAMES[1:], reports[1:]):
            row("", name, *("same" if one == other else other for one, other in zip(before, report[fault].fault_cells())))
            yield from (f"{fault}, {name}: {flaw}" for flaw in worse(plain, report[fault], name == NAMES[-1]))
    print()
    for name, report in zip(NAMES, reports):
        rows = report.values()
        print(f"KVM {name}: {len(rows)} faults; {sum(part.lost() for part in rows)} pages lost, {sum(part.numbers['quarantined'] for part in rows)} in quarantine; "
              f"{sum(bool(part.findings) for part in rows)} with findings, {sum(part.next != 'works' for part in rows)} after which the next TD fails, "
              f"{sum(part.warned for part in rows)} with a warning")


def main():
    wrong = list({"steps": steps, "faults": faults}[sys.argv[1]](list(map(read, sys.argv[2:]))))
    for complaint in wrong:
        print(f"error: {complaint}", file=sys.stderr)
    sys.exit(bool(wrong))


main()
