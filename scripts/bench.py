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

# Instructions by number of pages, without those of the bare SEAMCALLs.
YARDSTICK = {
    "alloc_page": {1: 458},
    "put_page": {1: 265},
    "kzalloc(4096)": {1: 802},
    "kfree(4096)": {1: 74},
    "kzalloc(32)": {1: 114},
    "clflush of 4096 bytes": {1: 271},
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
# It always flushes pages before they are handed over.
for operation in ("lifecycle", "lifecycle of an IOMMU"):
    YARDSTICK[f"{operation}, no flush needed"] = YARDSTICK[operation]
# The largest permitted fraction of the yardstick, by number of pages.
GOALS = {
    "create": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.15, 12800: 0.15},
    # No goal for one or two pages: the posted function does little more than follow its caller's pointer.
    "populate": {16: 1.0, 512: 0.5, 12800: 0.5},
    "release": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.35},
    "free": {1: 1.25, 2: 1.25, 16: 1.0, 512: 0.05, 12800: 0.05},
    "lifecycle": {1: 1.25, 2: 1.25, 16: 1.0},
    "descriptor": {12800: 0.1},
    # On a platform whose TDX module needs no flush before pages are handed over.
    "lifecycle, no flush needed": {16: 0.35, 128: 0.15, 512: 0.12},
    "lifecycle of an IOMMU, no flush needed": {512: 0.15},
}
# The cost with any number of live arrays or threads, relative to that with this number. A single thread does not switch to another.
BUSY = {
    "look up": (1, 1.0),
    "create and free 16 pages, live arrays": (1, 1.1),
    "create, list and free 16 pages, threads": (2, 1.1),
}
# Own instructions per page of a large array, relative to those at 12,800 pages; and with a hundred thousand pages in quarantine,
# relative to those with ten.
GROWTH = {"scale: ": 1.1, "quarantine: ": 1.25}
SECOND, EIGHTH = "every second page taken", "seven of eight pages taken"
FRAGMENTED_GOAL = 1.1
# Instructions between two scheduling points: those of the page allocator for one block of 4 MiB, and some more.
LONGEST_STRETCH = 20000


class Costs(dict):
    """What was counted on several machines, each time the bench was loaded: by operation, state of memory, number of pages."""

    def __init__(self, paths):
        super().__init__()
        for path in paths:
            text = path.read_text(errors="replace").replace("\r", "")
            if not text.count("bench: begin\n") == text.count("bench: end\n") > 0:
                sys.exit(f"error: {path}: the bench did not come to its end:\n{text[-500:]}")
            for row in map(json.loads, re.findall(r"bench: (\{.*\})$", text, re.M)):
                key = row.get("operation") or row["number"], row["memory"], row["pages"]
                self.setdefault(key, row.get("own", row.get("value")))
        for pages in self.sizes("release alone"):
            # A DELETE that succeeds validates the list, one that is refused does not; there is no other difference.
            validate = self["SPDM.DELETE", "fresh", pages] - self["SPDM.DELETE, refused", "fresh", pages]
            self["release", "fresh", pages] = self["release alone", "fresh", pages] + validate

    def sizes(self, name, memory="fresh"):
        return sorted(pages for other, state, pages in self if other == name and state == memory)

    def series(self, beginning):
        """Name, state of memory and numbers of pages of the rows with such names."""
        names = dict.fromkeys((name, memory) for name, memory, _ in self if name.startswith(beginning))
        return [(*one, self.sizes(*one)) for one in names]

    def compared(self):
        """Yields for each row of the table its key, its yardstick and its goal."""
        for name, yardstick in YARDSTICK.items():
            for pages in self.sizes(name):
                yield (name, "fresh", pages), yardstick.get(pages), GOALS.get(name, {}).get(pages)
            for memory in (SECOND, EIGHTH):
                for pages in self.sizes(name, memory):
                    yield (name, memory, pages), self.get((f"{name} as posted", memory, pages)), FRAGMENTED_GOAL
        # The number of live arrays or threads is in the column of pages.
        for name, (first, goal) in BUSY.items():
            for number in self.sizes(name):
                yield (name, "fresh", number), self[name, "fresh", first], goal if number > first else None
        for beginning, goal in GROWTH.items():
            for name, memory, sizes in self.series(beginning):
                for pages in sizes:
                    ratio = 1 if name == "quarantine: add a page" else pages / sizes[0]
                    # Not a goal: the page allocator's own work for a hundred thousand pages that are freed in a row.
                    is_goal = pages > sizes[0] and name != "quarantine: retry and free"
                    yield (name, memory, pages), round(self[name, memory, sizes[0]] * ratio), goal if is_goal else None
        for name, memory, sizes in self.series("longest stretch"):
            # Not a goal: the page allocator's own work for a single page or one of the descriptor, with long free lists.
            is_goal = memory == "fresh" or name.endswith("hand over")
            for pages in sizes:
                yield (name, memory, pages), LONGEST_STRETCH, 1.0 if is_goal else None
        yield ("exception around a SEAMCALL", "fresh", 1), None, None

    def rows(self):
        for key, yardstick, goal in self.compared():
            ratio = self[key] / yardstick if yardstick else None
            goal = goal if yardstick else None
            yield {"operation": key[0], "memory": key[1], "pages": key[2], "own": self[key], "yardstick": yardstick, "ratio": ratio,
                   "goal": goal, "missed": bool(goal) and ratio > goal}

    def plot(self, svg):
        """The cost of a page, on a busy host, and in the worst case."""
        def each(*names, memory="fresh"):
            """The cost of these operations together, by page."""
            sizes = set.intersection(*(set(self.sizes(name, memory)) for name in names))
            return [(pages, sum(self[name, memory, pages] for name in names) / pages) for pages in sorted(sizes)]

        def whole(name):
            return [(number, self[name, "fresh", number]) for number in self.sizes(name)]

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


def show(rows):
    line = "{:44} {:27} {:>6} {:>9} {:>9} {:>6} {:>6} {}"
    print(line.format("operation", "memory", "pages", "own", "yardstick", "ratio", "goal", ""))
    for row in rows:
        ratio, goal = (f"{row[name]:.2f}x" if row[name] else "" for name in ("ratio", "goal"))
        print(line.format(row["operation"], row["memory"], row["pages"], row["own"], row["yardstick"] or "", ratio, goal,
                          "MISSED" if row["missed"] else ""))


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--plot", type=pathlib.Path, metavar="SVG")
    arguments.add_argument("logs", nargs="+", type=pathlib.Path, metavar="LOG")
    options = arguments.parse_args()
    boot = len(options.logs) // 2
    costs, second = Costs(options.logs[:boot]), Costs(options.logs[boot:])
    differences = [f"{', '.join(map(str, key))}: {cost} in one boot, {second[key]} in the other" for key, cost in costs.items()
                   if abs(cost - second[key]) > AGREE * max(cost, second[key])]
    rows = list(costs.rows())
    missed = sum(row["missed"] for row in rows)
    if options.json:
        print(json.dumps({"rows": rows, "differences": differences}, indent=1))
    else:
        show(rows)
        print(*(f"DIFFERS {line}" for line in differences), f"{sum(bool(row['goal']) for row in rows)} goals, {missed} missed; "
              f"{len(differences)} rows differ between two boots", sep="\n")
    if options.plot:
        costs.plot(options.plot)
    return 1 if missed or differences else 0


if __name__ == "__main__":
    sys.exit(main())
