#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares what KVM makes of a TDX module that fails: reports of the guest job "kvm" with the word "faults".

Prints for each fault the first step that user space saw fail, what became of pages, what the judge found, whether the next
TD works, and whether KVM warned: for KVM as it is, with the patches, and with page arrays. Ends non-zero if the patches
answer user space worse (an error where there was none, another errno, a next TD that fails) or let the judge find
something, or if a page is lost with page arrays. Pages of the S-EPT are KVM's own in each case, and do not count there.

usage: kvm-faults-table.py PLAIN_REPORT PATCHED_REPORT ARRAYS_REPORT
"""
import pathlib
import re
import sys

ERRNO = re.compile(r"^(\S+) +(E[A-Z0-9]+)$")
PAGES = re.compile(r"lost: (-?\d+) quarantined: (\d+) owned: (\d+)$")
SEPT = re.compile(r"MEM\.SEPT\.ADD=(\d+)")
NAMES = ("as it is", "patched", "page arrays")
# Of what stands in the table: that of the row above is not said again.
SAME = "same"


class Row:
    def __init__(self):
        self.answer = "works"
        self.steps = []
        self.calls = ""
        self.lost = self.quarantined = None
        self.findings = []
        self.warned = False
        self.next = None

    def read(self, line):
        if line.startswith("calls:"):
            self.calls = line[6:]
        elif match := PAGES.match(line):
            self.lost, self.quarantined = int(match[1]), int(match[2])
        elif line.startswith("finding: "):
            self.findings.append(line[9:])
        elif line.startswith("warned: "):
            self.warned = True
        elif line.startswith("next: "):
            self.next = line[6:].strip()
        elif match := ERRNO.match(line):
            self.steps.append(line)
            if self.answer == "works":
                self.answer = f"{match[1].removeprefix('KVM_TDX_')} {match[2]}"

    def is_complete(self):
        return self.next is not None and self.lost is not None and self.calls != ""

    def sept(self):
        """Pages of the S-EPT."""
        match = SEPT.search(self.calls)
        return int(match[1]) if match else 0

    def cells(self):
        pages = [f"{self.quarantined} in quarantine"] if self.quarantined else []
        pages += [f"{self.lost} lost"] if self.lost else []
        return self.answer, ", ".join(pages) or "-", "; ".join(self.findings) or "-", self.next, "yes" if self.warned else "no"


def read(path):
    """The rows of a report, by the names of the faults."""
    rows, row, ended = {}, None, False
    for line in pathlib.Path(path).read_text().replace("\r", "").splitlines():
        if line.startswith("== "):
            ended |= line == "== end"
            row = None if ended else rows.setdefault(line[3:], Row())
        elif row is not None and not line.startswith("off: "):
            row.read(line)
    if not ended or not rows or not all(row.is_complete() for row in rows.values()):
        sys.exit(f"error: {path} is no report of faults, one that stopped early, or one in which nothing reached the TDX module")
    return rows


def worse(plain, other, arrays):
    """In which respects the other one is worse."""
    if arrays and other.lost > other.sept():
        yield f"{other.lost} pages are lost, and the S-EPT has {other.sept()}"
    for finding in other.findings:
        yield f"the judge: {finding}"
    if other.answer not in (plain.answer, "works"):
        yield f"user space sees {other.answer} instead of {plain.answer}"
    if other.next != "works":
        yield f"the next TD: {other.next}"


def main(reports):
    plain, *others = reports
    if any(list(plain) != list(rows) for rows in others):
        sys.exit("error: the reports are of different faults")
    print("| fault | KVM | answer | pages | judge | next TD | warns |")
    print("|---|---|---|---|---|---|---|")
    bad = 0
    for fault in plain:
        before = plain[fault].cells()
        print(f"| {fault} | {NAMES[0]} | {' | '.join(before)} |")
        for name, rows in zip(NAMES[1:], others):
            cells = rows[fault].cells()
            print(f"| | {name} | {' | '.join(SAME if one == other else other for one, other in zip(before, cells))} |")
            for flaw in worse(plain[fault], rows[fault], name == NAMES[-1]):
                print(f"error: {fault}, {name}: {flaw}", file=sys.stderr)
                bad += 1
    print()
    for name, report in zip(NAMES, reports):
        rows = report.values()
        print(f"KVM {name}: {len(rows)} faults; {sum(row.lost for row in rows)} pages lost, {sum(row.quarantined for row in rows)} in quarantine; "
              f"{sum(bool(row.findings) for row in rows)} with findings, {sum(row.next != 'works' for row in rows)} after which the next TD fails, "
              f"{sum(row.warned for row in rows)} with a warning")
    return bad


if len(sys.argv) != 4:
    sys.exit(__doc__)
sys.exit(1 if main([read(path) for path in sys.argv[1:]]) else 0)
