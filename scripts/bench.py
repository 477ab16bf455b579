#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the counts of the bench (kunit/bench) with the yardstick, and reports missed goals.

Takes the kernel logs of two boots of each machine, which have to agree: first the logs of all first boots. The yardstick is a
plain C module with the algorithms of the second posted version of the series, counted in such a guest by others; if it has
no figure, the cost of kunit/bench/posted.c in this guest is used ("as posted").

usage: bench.py [--json FILE] LOG... LOG...
"""
import argparse
import json
import pathlib
import re
import sys

ROW = re.compile(r"bench: (\{.*\})$")
AGREE = 0.01

CALIBRATION = {
    "alloc_page": 458,
    "put_page": 265,
    "kzalloc(4096)": 802,
    "kfree(4096)": 74,
    "kzalloc(32)": 114,
    "clflush of 4096 bytes": 271,
}
# Instructions by number of pages, without those of the bare SEAMCALLs.
YARDSTICK = {
    "create": {1: 1583, 2: 1571, 16: 3237, 128: 16607, 512: 62447, 12800: 1425906},
    "populate": {1: 38, 2: 55, 16: 293, 128: 2197, 512: 8725, 12800: 218221},
    "validate": {1: 30, 2: 72, 16: 268, 128: 1836, 512: 7212},
    "release": {1: 608, 2: 971, 16: 5661, 128: 42925, 512: 170797},
    "free": {1: 517, 2: 786, 16: 4536, 128: 34424, 512: 136952, 12800: 3419031},
    "lifecycle": {1: 2617, 2: 3259, 16: 13591, 128: 96033, 512: 378801},
}
DESCRIPTOR = {12800: 106528}
# The largest permitted fraction of the yardstick, by number of pages.
GOALS = {
    "create": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.15, 12800: 0.15},
    # No goal for one or two pages: the posted function does little more than follow its caller's pointer.
    "populate": {16: 1.0, 512: 0.5, 12800: 0.5},
    "release": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.35},
    "free": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.05, 12800: 0.05},
    "lifecycle": {1: 1.25, 2: 1.25, 16: 1.0},
}
# On a platform whose TDX module needs no flush before pages are handed over. The yardstick flushes there, too.
NO_FLUSH = ", no flush needed"
GOALS_WITHOUT_FLUSH = {16: 0.35, 128: 0.15, 512: 0.12}
IOMMU_GOAL_WITHOUT_FLUSH = {512: 0.15}
# Own instructions per page of a large array, relative to those at 12,800 pages; and with a hundred thousand pages in quarantine,
# relative to those with ten.
SCALE_GOAL, SCALE_FROM = 1.1, 12800
QUARANTINE_GOAL, QUARANTINE_FROM = 1.25, 10
# The cost with other live arrays or threads, relative to the cost without.
BUSY_GOAL = 1.1
ON_FRAGMENTED_MEMORY = {"every second page taken": 1.1}
DESCRIPTOR_GOAL = 0.1
# Instructions between two scheduling points: those of the page allocator for one block of 4 MiB, and some more.
LONGEST_STRETCH = 20000


def rows_of(path):
    """All counts of the bench, of each time it was loaded. Its last line shows that the log is complete."""
    lines = path.read_text(errors="replace").replace("\r", "").splitlines()
    starts = [i for i, line in enumerate(lines) if line.endswith("bench: begin")]
    ends = [i for i, line in enumerate(lines) if line.endswith("bench: end")]
    if not starts or len(starts) != len(ends):
        sys.exit(f"error: {path}: the bench did not come to its end:\n" + "\n".join(lines[-5:]))
    counted = [line for start, end in zip(starts, ends) for line in lines[start:end]]
    rows = [json.loads(match.group(1)) for line in counted if (match := ROW.search(line))]
    return rows or sys.exit(f"error: {path}: the bench counted nothing")


def rows_of_all(paths):
    """The rows of several machines; a row that more than one has is taken from the first."""
    rows = {}
    for path in paths:
        for row in rows_of(path):
            rows.setdefault(key(row), row)
    return list(rows.values())


def key(row):
    return (row.get("operation") or row["number"], row["memory"], row["pages"])


def agreeing(first, second):
    """The rows of the first boot, and a line for each row that differs in the second boot."""
    other = {key(row): row for row in second}
    differences = []
    for row in first:
        a, b = (side.get("own", side.get("value")) for side in (row, other[key(row)]))
        if abs(a - b) > AGREE * max(a, b):
            differences.append(f"{', '.join(map(str, key(row)))}: {a} in one boot, {b} in the other")
    return {key(row): row for row in first}, differences


class Table:
    """The rows that are shown, and the missed goals."""

    def __init__(self, measured):
        self.measured = measured
        self.rows = []
        self.missed = []

    def own(self, operation, memory, pages):
        return self.measured[operation, memory, pages]["own"]

    def number(self, name, memory, pages):
        return self.measured[name, memory, pages]["value"]

    def add(self, operation, memory, pages, own, yardstick=None, goal=None, limit=None, **more):
        ratio = own / yardstick if yardstick else None
        bound = limit if limit is not None else yardstick * goal if yardstick and goal else None
        missed = bound is not None and own > bound
        row = {"operation": operation, "memory": memory, "pages": pages, "own": own, "yardstick": yardstick, "ratio": ratio, "goal": goal, "limit": limit, "missed": missed, **more}
        self.rows.append(row)
        if missed:
            self.missed.append(f"{operation}, {memory}, {pages} pages: {own}, and at most {bound:.0f} is the goal")

    def calibration(self):
        for name, yardstick in CALIBRATION.items():
            self.add(name, "fresh", 1, self.own(name, "fresh", 1), yardstick)

    def sizes(self, operation, memory):
        return sorted(pages for name, state, pages in self.measured if name == operation and state == memory)

    def operations(self, memory):
        """The operations of the yardstick, by its names."""
        # The cost for any number of live arrays; the column of pages has that number.
        for live in self.sizes("look up", memory):
            self.add("look up, live arrays", memory, live, self.own("look up", memory, live), limit=self.own("look up", memory, 1))
        for operation in ("create", "populate", "free"):
            for pages in self.sizes(operation, memory):
                row = self.measured[operation, memory, pages]
                posted = self.measured.get((f"{operation} as posted", memory, pages), {}).get("own")
                figure = YARDSTICK[operation].get(pages) if memory == "fresh" else posted
                goal = GOALS[operation].get(pages) if memory == "fresh" else ON_FRAGMENTED_MEMORY.get(memory) if posted else None
                self.add(operation, memory, pages, row["own"], figure, goal, posted=posted)
        for pages in self.sizes("lifecycle", memory):
            # A DELETE that succeeds validates the list, one that is refused does not; there is no other difference.
            validate = self.own("SPDM.DELETE", memory, pages) - self.own("SPDM.DELETE, refused", memory, pages)
            release = self.measured["release alone", memory, pages]
            lifecycle = self.measured["lifecycle", memory, pages]
            figures = {name: YARDSTICK[name].get(pages) if memory == "fresh" else None for name in ("validate", "release", "lifecycle")}
            goals = {name: GOALS.get(name, {}).get(pages) if memory == "fresh" else None for name in figures}
            self.add("validate", memory, pages, validate, figures["validate"])
            self.add("release", memory, pages, release["own"] + validate, figures["release"], goals["release"], seamcalls=release["seamcalls"], bare=release["bare"])
            self.add("lifecycle", memory, pages, lifecycle["own"], figures["lifecycle"], goals["lifecycle"], seamcalls=lifecycle["seamcalls"], bare=lifecycle["bare"])

    def busy_host(self):
        """The cost for any number of live arrays or threads; the column of pages has that number."""
        # A single thread is not the base: it does not switch with another one.
        for name, first in (("create and free 16 pages, live arrays", 1), ("create, list and free 16 pages, threads", 2)):
            for number in self.sizes(name, "fresh"):
                base = self.own(name, "fresh", first)
                self.add(name, "fresh", number, self.own(name, "fresh", number), base, BUSY_GOAL if number > first else None)

    def without_flush(self):
        for pages in self.sizes("lifecycle" + NO_FLUSH, "fresh"):
            lifecycle = self.measured["lifecycle" + NO_FLUSH, "fresh", pages]
            self.add("lifecycle" + NO_FLUSH, "fresh", pages, lifecycle["own"], YARDSTICK["lifecycle"].get(pages), GOALS_WITHOUT_FLUSH.get(pages), seamcalls=lifecycle["seamcalls"], bare=lifecycle["bare"])
        for words, goals in (("", {}), (NO_FLUSH, IOMMU_GOAL_WITHOUT_FLUSH)):
            for entries in self.sizes("lifecycle of an IOMMU" + words, "fresh"):
                posted = self.own("lifecycle of an IOMMU as posted" + words, "fresh", entries)
                self.add("lifecycle of an IOMMU" + words, "fresh", entries, self.own("lifecycle of an IOMMU" + words, "fresh", entries), posted, goals.get(entries))

    def growth(self, prefix, first, goal):
        """The cost per page for large numbers, relative to that for the smallest number."""
        for name, memory, pages in [row for row in self.measured if row[0].startswith(prefix) and "own" in self.measured[row]]:
            each = 1 if name == "quarantine: add a page" else pages
            base = self.own(name, memory, min(self.sizes(name, memory)))
            base_each = 1 if each == 1 else min(self.sizes(name, memory))
            own = self.own(name, memory, pages)
            yardstick = round(base / base_each * each)
            # Not a goal: the page allocator's own work for a hundred thousand pages that are freed in a row.
            is_goal = pages > first + 1 and name != "quarantine: retry and free"
            self.add(name, memory, pages, own, yardstick, goal if is_goal else None, each=own / each)

    def numbers(self):
        for _, memory, pages in [row for row in self.measured if row[0] == "descriptor"]:
            posted = DESCRIPTOR.get(pages) if memory == "fresh" else None
            self.add("descriptor, bytes", memory, pages, self.number("descriptor", memory, pages), posted, DESCRIPTOR_GOAL if posted else None)
        for name, memory, pages in list(self.measured):
            if name.startswith("longest stretch"):
                # Not a goal: the page allocator's own work for a single page or one of the descriptor, with long free lists.
                is_goal = memory == "fresh" or not name.endswith(("create", "free", "leak"))
                self.add(name, memory, pages, self.number(name, memory, pages), limit=LONGEST_STRETCH if is_goal else None)
        self.add("exception around a SEAMCALL", "fresh", 1, self.number("exception around a SEAMCALL", "fresh", 1))

    def show(self):
        print(f"{'operation':44} {'memory':27} {'pages':>6} {'own':>9} {'yardstick':>9} {'ratio':>6} {'goal':>6} {'SEAMCALLs':>9} {'their cost':>10}")
        for row in self.rows:
            goal = f"{row['goal']:.2f}x" if row["goal"] else f"{row['limit']}" if row["limit"] is not None else ""
            ratio = f"{row['ratio']:.2f}x" if row["ratio"] is not None else ""
            print(
                f"{row['operation']:44} {row['memory']:27} {row['pages']:6} {row['own']:9} {row['yardstick'] or '':>9} {ratio:>6} {goal:>6}"
                f" {row.get('seamcalls') or '':>9} {row.get('bare') or '':>10}{'  MISSED' if row['missed'] else ''}"
            )


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--json", type=pathlib.Path, metavar="FILE")
    arguments.add_argument("logs", nargs="+", type=pathlib.Path, metavar="LOG")
    options = arguments.parse_args()
    boot = len(options.logs) // 2
    measured, differences = agreeing(rows_of_all(options.logs[:boot]), rows_of_all(options.logs[boot:]))
    table = Table(measured)
    table.calibration()
    for memory in dict.fromkeys(memory for _, memory, _ in measured):
        table.operations(memory)
    table.busy_host()
    table.without_flush()
    table.growth("scale: ", SCALE_FROM, SCALE_GOAL)
    table.growth("quarantine: ", QUARANTINE_FROM, QUARANTINE_GOAL)
    table.numbers()
    table.show()
    for line in differences:
        print(f"DIFFERS {line}")
    for line in table.missed:
        print(f"MISSED {line}")
    goals = sum(1 for row in table.rows if row["goal"] or row["limit"] is not None)
    print(f"{goals} goals, {len(table.missed)} missed; {len(differences)} rows differ between two boots")
    if options.json:
        options.json.write_text(json.dumps({"rows": table.rows, "missed": table.missed, "differences": differences}, indent=1) + "\n")
    return 1 if table.missed or differences else 0


if __name__ == "__main__":
    sys.exit(main())
