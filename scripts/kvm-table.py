#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the reports of the guest job "kvm" side by side: for KVM without patches, with the patches, and with page arrays.

usage: kvm-table.py steps|faults PLAIN_REPORT PATCHED_REPORT ARRAYS_REPORT
       steps: SEAMCALLs by scenario. The job compares what user space saw with kunit/kvm/expected.
       faults: for each fault the first step that user space saw fail, what became of pages, what the judge found, whether the next
       TD works, and whether KVM warned. With the patches, user space must not see a worse result (a new error, another errno,
       a next TD that fails), and the judge must find nothing; with page arrays, no page may be lost. Pages of the S-EPT are
       KVM's own in each case, and do not count. The exit status is not 0 otherwise.
"""
import pathlib
import re
import sys

NAMES = ("as it is", "patched", "page arrays")
# The lines of the job; all others are steps of the program.
OF_THE_JOB = re.compile(r"^(?:calls|lost|finding|next|warned|off|trace|reason):.*\n", re.M)


class Part:
    """The report of a scenario or a fault."""

    def __init__(self, text):
        steps = OF_THE_JOB.sub("", text)
        error = re.search(r"^(\S+) .*?(E[A-Z0-9]+)$", steps, re.M)
        numbers = {name: int(number) for name, number in re.findall(r"\b(lost|quarantined): (-?\d+)", text)}
        self.steps = len(steps.splitlines())
        self.calls = {leaf: int(count) for leaf, count in re.findall(r"(\S+)=(\d+)", re.search("^calls:(.*)", text, re.M)[1])}
        self.lost = numbers.get("lost", 0)
        self.findings = re.findall("^finding: (.*)", text, re.M)
        self.answer = f"{error[1]} {error[2]}".removeprefix("KVM_TDX_") if error else "works"
        self.next = "".join(re.findall("^next: *(.*)", text, re.M))
        pages = [f"{numbers[name]} {words}" for name, words in (("quarantined", "in quarantine"), ("lost", "lost")) if numbers.get(name)]
        self.cells = (self.answer, ", ".join(pages) or "-", "; ".join(self.findings) or "-", self.next,
                      "yes" if "\nwarned: " in text else "no")


def read(path):
    """The parts of a report, by their names."""
    _, *parts = re.split(r"^== (.*)\n", pathlib.Path(path).read_text().replace("\r", ""), flags=re.M)
    return {name: Part(text) for name, text in zip(parts[::2], parts[1::2]) if name != "end"} or sys.exit(f"error: {path} is no report of the job kvm")


def row(*cells):
    print(f"| {' | '.join(map(str, cells))} |")


def steps(reports):
    row("scenario", "steps", *(f"SEAMCALLs, {name}" for name in NAMES))
    row(*["---"] * 5)
    for name, first in reports[0].items():
        row(name, first.steps, *(sum(report[name].calls.values()) for report in reports))
    return []


def worse(plain, other, arrays):
    """Yields each respect in which the other report is worse."""
    sept = other.calls.get("MEM.SEPT.ADD", 0)
    if arrays and other.lost > sept:
        yield f"{other.lost} pages are lost, and the S-EPT has {sept}"
    for finding in other.findings:
        yield f"the judge: {finding}"
    if other.answer not in (plain.answer, "works"):
        yield f"user space sees {other.answer} instead of {plain.answer}"
    if other.next != "works":
        yield f"the next TD: {other.next}"


def faults(reports):
    row("fault", "KVM", "answer", "pages", "judge", "next TD", "warns")
    row(*["---"] * 7)
    for fault, plain in reports[0].items():
        row(fault, NAMES[0], *plain.cells)
        for name, report in zip(NAMES[1:], reports[1:]):
            row("", name, *("same" if one == other else other for one, other in zip(plain.cells, report[fault].cells)))
            yield from (f"{fault}, {name}: {flaw}" for flaw in worse(plain, report[fault], name == NAMES[-1]))


wrong = list({"steps": steps, "faults": faults}[sys.argv[1]](list(map(read, sys.argv[2:]))))
for complaint in wrong:
    print(f"error: {complaint}", file=sys.stderr)
sys.exit(bool(wrong))
