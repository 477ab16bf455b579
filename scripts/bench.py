#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the counts of the bench (kunit/bench) with the yardstick, and reports missed goals.

Takes the kernel logs of two boots of each machine, which have to agree: first the logs of all first boots. The yardstick is a
plain C module with the algorithms of the second posted version of the series, counted in such a guest by others; if it has
no figure, the cost of kunit/bench/posted.c in this guest is used ("as posted").

usage: bench.py [--json] [--plot SVG] LOG... LOG...       --json: rows instead of the table      --plot: draws the counts with gnuplot
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

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
    "release": {1: 608, 2: 971, 16: 5661, 128: 42925, 512: 170797},
    "free": {1: 517, 2: 786, 16: 4536, 128: 34424, 512: 136952, 12800: 3419031},
    "lifecycle": {1: 2617, 2: 3259, 16: 13591, 128: 96033, 512: 378801},
    # Counted in our guest, with the posted algorithms (kunit/bench/posted.c in the repository's history).
    "lifecycle of an IOMMU": {16: 30533, 128: 107407, 512: 370975},
    # Bytes.
    "descriptor": {12800: 106528},
}
# The largest permitted fraction of the yardstick, by number of pages.
GOALS = {
    "create": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.15, 12800: 0.15},
    # No goal for one or two pages: the posted function does little more than follow its caller's pointer.
    "populate": {16: 1.0, 512: 0.5, 12800: 0.5},
    "release": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.35},
    "free": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.05, 12800: 0.05},
    "lifecycle": {1: 1.25, 2: 1.25, 16: 1.0},
    "descriptor": {12800: 0.1},
    # On a platform whose TDX module needs no flush before pages are handed over. The yardstick flushes there, too.
    "lifecycle, no flush needed": {16: 0.35, 128: 0.15, 512: 0.12},
    "lifecycle of an IOMMU, no flush needed": {512: 0.15},
}
# Own instructions per page of a large array, relative to those at 12,800 pages; and with a hundred thousand pages in quarantine,
# relative to those with ten.
GROWTH = {"scale: ": 1.1, "quarantine: ": 1.25}
# The cost with other live arrays or threads, relative to the cost without.
BUSY_GOAL = 1.1
SECOND, EIGHTH = "every second page taken", "seven of eight pages taken"
FRAGMENTED_GOAL = 1.1
# Instructions between two scheduling points: those of the page allocator for one block of 4 MiB, and some more.
LONGEST_STRETCH = 20000


def rows_of(paths):
    """The rows of several machines, of each time the bench was loaded; the first of equal ones."""
    rows = {}
    for path in paths:
        text = path.read_text(errors="replace").replace("\r", "")
        if not text.count("bench: begin\n") == text.count("bench: end\n") > 0:
            sys.exit(f"error: {path}: the bench did not come to its end:\n{text[-500:]}")
        for row in map(json.loads, re.findall(r"bench: (\{.*\})$", text, re.M)):
            rows.setdefault((row.get("operation") or row["number"], row["memory"], row["pages"]), row)
    return rows


class Table:
    """The rows that are shown."""

    def __init__(self, measured):
        self.measured = measured
        self.rows = []

    def value(self, name, memory, pages):
        row = self.measured[name, memory, pages]
        return row.get("own", row.get("value"))

    def sizes(self, name, memory="fresh"):
        return sorted(pages for other, state, pages in self.measured if other == name and state == memory)

    def series(self, beginning):
        """Name, state of memory and numbers of pages of the rows with such names."""
        names = dict.fromkeys((name, memory) for name, memory, _ in self.measured if name.startswith(beginning))
        return [(name, memory, self.sizes(name, memory)) for name, memory in names]

    def add(self, name, memory, pages, yardstick=None, goal=None):
        row, own = self.measured[name, memory, pages], self.value(name, memory, pages)
        ratio = own / yardstick if yardstick else None
        self.rows.append({"operation": name, "memory": memory, "pages": pages, "own": own, "yardstick": yardstick,
                          "ratio": ratio, "goal": goal if yardstick else None, "missed": bool(ratio and goal and ratio > goal),
                          "seamcalls": row.get("seamcalls"), "bare": row.get("bare")})

    def fill(self):
        for name, yardstick in CALIBRATION.items():
            self.add(name, "fresh", 1, yardstick)
        for name in ("create", "populate", "free", "lifecycle", "lifecycle, no flush needed", "lifecycle of an IOMMU",
                     "lifecycle of an IOMMU, no flush needed", "descriptor"):
            for pages in self.sizes(name):
                self.add(name, "fresh", pages, YARDSTICK[name.split(",")[0]].get(pages), GOALS.get(name, {}).get(pages))
            for memory, goal in ((SECOND, FRAGMENTED_GOAL), (EIGHTH, None)):
                for pages in self.sizes(name, memory):
                    posted = self.measured.get((f"{name} as posted", memory, pages), {}).get("own")
                    self.add(name, memory, pages, posted, goal)
        for pages in self.sizes("release alone"):
            # A DELETE that succeeds validates the list, one that is refused does not; there is no other difference.
            validate = self.value("SPDM.DELETE", "fresh", pages) - self.value("SPDM.DELETE, refused", "fresh", pages)
            alone = self.measured["release alone", "fresh", pages]
            self.measured["release", "fresh", pages] = {**alone, "own": alone["own"] + validate}
            self.add("release", "fresh", pages, YARDSTICK["release"].get(pages), GOALS["release"].get(pages))
        # For any number of live arrays or threads, which is in the column of pages. A single thread is not the base: it does not
        # switch with another one.
        for name, first, goal in (("look up", 1, 1.0), ("create and free 16 pages, live arrays", 1, BUSY_GOAL),
                                  ("create, list and free 16 pages, threads", 2, BUSY_GOAL)):
            for number in self.sizes(name):
                self.add(name, "fresh", number, self.value(name, "fresh", first), goal if number > first else None)
        # Per page for large numbers, relative to that for the smallest number.
        for beginning, goal in GROWTH.items():
            for name, memory, sizes in self.series(beginning):
                for pages in sizes:
                    ratio = 1 if name == "quarantine: add a page" else pages / sizes[0]
                    # Not a goal: the page allocator's own work for a hundred thousand pages that are freed in a row.
                    is_goal = pages > 2 * sizes[0] and name != "quarantine: retry and free"
                    self.add(name, memory, pages, round(self.value(name, memory, sizes[0]) * ratio), goal if is_goal else None)
        for name, memory, sizes in self.series("longest stretch"):
            # Not a goal: the page allocator's own work for a single page or one of the descriptor, with long free lists.
            is_goal = memory == "fresh" or not name.endswith(("create", "free", "leak"))
            for pages in sizes:
                self.add(name, memory, pages, LONGEST_STRETCH, 1.0 if is_goal else None)
        for leaf in self.sizes("exception around a SEAMCALL"):
            self.add("exception around a SEAMCALL", "fresh", leaf)

    def show(self):
        print(f"{'operation':44} {'memory':27} {'pages':>6} {'own':>9} {'yardstick':>9} {'ratio':>6} {'goal':>6} {'SEAMCALLs':>9} {'their cost':>10}")
        for row in self.rows:
            goal = f"{row['goal']:.2f}x" if row["goal"] else ""
            ratio = f"{row['ratio']:.2f}x" if row["ratio"] is not None else ""
            print(
                f"{row['operation']:44} {row['memory']:27} {row['pages']:6} {row['own']:9} {row['yardstick'] or '':>9} {ratio:>6} {goal:>6}"
                f" {row['seamcalls'] or '':>9} {row['bare'] or '':>10}{'  MISSED' if row['missed'] else ''}"
            )

    def plot(self, svg):
        """The cost of a page, on a busy host, and in the worst case."""
        def each(*names, memory="fresh"):
            """The cost of these operations together, by page."""
            sizes = set.intersection(*(set(self.sizes(name, memory)) for name in names))
            return [(pages, sum(self.value(name, memory, pages) for name in names) / pages) for pages in sorted(sizes)]

        def whole(name):
            return [(number, self.value(name, "fresh", number)) for number in self.sizes(name)]

        scale = ("scale: create", "scale: free")
        dots, dashes = "with linespoints pt 7 ps 0.5 lc", "with linespoints pt 7 ps 0.5 dt 2 lc"
        plots = [
            ("What does a page cost?", "pages of the array", "instructions per page", "[0.8:350000]", "[*:*]", [
                ("session, as posted", 'with linespoints pt 6 lc "black"', [(pages, cost / pages) for pages, cost in YARDSTICK["lifecycle"].items()]),
                ("session, flush needed", f'{dots} "blue"', each("lifecycle")),
                ("session, no flush needed", f'{dots} "web-green"', each("lifecycle, no flush needed")),
                ("create and free, as posted", 'with lines dt 2 lc "black"', each("create as posted", "free as posted")),
                ("create and free", f'{dashes} "blue"', each("create", "free") + each(*scale)[1:])]),
            ("What does a busy host cost?", "live arrays, or threads on one CPU", "instructions", "[0.8:20000]", "[10:10000]", [
                ("16 pages: create, free; beside arrays", f'{dots} "blue"', whole("create and free 16 pages, live arrays")),
                ("the same with a list; in threads", f'{dots} "red"', whole("create, list and free 16 pages, threads")),
                ("find and claim; beside arrays", f'{dashes} "blue"', whole("look up"))]),
            ("What does the worst case cost?", "pages of the array, or in quarantine", "instructions per page", "[8:350000]", "[*:*]", [
                ("create and free, fresh", f'{dots} "web-green"', each(*scale)),
                ("every second page taken", f'{dots} "blue"', each(*scale, memory=SECOND)),
                ("seven of eight taken", f'{dots} "dark-blue"', each(*scale, memory=EIGHTH)),
                ("as posted, every second", 'with points pt 6 lc "black"', each("create as posted", "free as posted", memory=SECOND)[-1:]),
                ("quarantine: add", f'{dots} "red"', whole("quarantine: add a page")),
                ("quarantine: show", f'{dashes} "red"', each("quarantine: show")),
                ("quarantine: retry, free", f'{dashes} "dark-red"', each("quarantine: retry and free"))]),
        ]
        script = f'''set terminal svg size 960,1020 font "sans-serif,13" background "white"
            set output "{svg}"
            set multiplot layout 3,1
            set key outside right
            set grid ytics
            set logscale xy
            set format x "%.0f"\n'''
        for title, x, y, x_range, y_range, curves in plots:
            for i, (_, _, points) in enumerate(curves):
                script += f"$curve{i} << END\n" + "".join(f"{a} {b}\n" for a, b in points) + "END\n"
            script += f'set title "{title}" font ",16"\nset xlabel "{x}"\nset ylabel "{y}"\nset xrange {x_range}\nset yrange {y_range}\n'
            script += "plot " + ", ".join(f'$curve{i} {style} title "{name}"' for i, (name, style, _) in enumerate(curves)) + "\n"
        subprocess.run([pathlib.Path(__file__).parent / "deps.sh", "plot"], check=True)
        subprocess.run("gnuplot", input=script, text=True, check=True)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--plot", type=pathlib.Path, metavar="SVG")
    arguments.add_argument("logs", nargs="+", type=pathlib.Path, metavar="LOG")
    options = arguments.parse_args()
    boot = len(options.logs) // 2
    table, second = Table(rows_of(options.logs[:boot])), Table(rows_of(options.logs[boot:]))
    differences = []
    for key in table.measured:
        one, other = table.value(*key), second.value(*key)
        if abs(one - other) > AGREE * max(one, other):
            differences.append(f"{', '.join(map(str, key))}: {one} in one boot, {other} in the other")
    table.fill()
    missed = [row for row in table.rows if row["missed"]]
    goals = [row for row in table.rows if row["goal"]]
    if options.json:
        print(json.dumps({"rows": table.rows, "missed": missed, "differences": differences}, indent=1))
    else:
        table.show()
        print(*(f"DIFFERS {line}" for line in differences),
              f"{len(goals)} goals, {len(missed)} missed; {len(differences)} rows differ between two boots", sep="\n")
    if options.plot:
        table.plot(options.plot)
    return 1 if missed or differences else 0


if __name__ == "__main__":
    sys.exit(main())
