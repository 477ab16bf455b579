#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares what the tests do not reach with what is explained.

Prints a table of lines and branches by file, and each line that is not reached, with the reason. Ends non-zero when a
line has none, or when a reason is given for a line that is reached, so that reasons do not outlive what they explain.

A reason is a row of the table in docs/coverage.md: | file | the text of the line | reason |

usage: coverage-check.py GCOVR_JSON DOCUMENT
"""
import json
import pathlib
import sys


def reasons(document):
    """By file and text of the line."""
    found = {}
    for row in pathlib.Path(document).read_text().splitlines():
        cells = [cell.strip() for cell in row.replace("\\|", "\0").split("|")]
        if len(cells) == 5 and cells[1].startswith("`") and cells[2].startswith("`"):
            text = cells[2].strip("`").replace("\0", "|").strip()
            found[cells[1].strip("`"), text] = cells[3]
    return found


def main():
    data = json.loads(pathlib.Path(sys.argv[1]).read_text())
    explained = reasons(sys.argv[2])
    used, unexplained, sums = set(), 0, {}
    for entry in sorted(data["files"], key=lambda entry: entry["file"]):
        name = entry["file"]
        source = pathlib.Path(name).read_text().splitlines()
        lines = [line for line in entry["lines"] if not line.get("gcovr/noncode")]
        branches = [branch for line in lines for branch in line["branches"]]
        room = sums.setdefault(name.split("/")[0], [0, 0, 0, 0])
        counts = [sum(line["count"] > 0 for line in lines), len(lines), sum(branch["count"] > 0 for branch in branches), len(branches)]
        for i, count in enumerate(counts):
            room[i] += count
        print(f"{name:34} {counts[0]:5} of {counts[1]:5} lines {counts[2]:5} of {counts[3]:5} branches")
        for line in lines:
            if line["count"]:
                continue
            text = source[line["line_number"] - 1].strip()
            reason = explained.get((name, text))
            used.add((name, text))
            unexplained += reason is None
            print(f"    {line['line_number']:4} {text}\n         {reason or 'NOT EXPLAINED'}")
    for name, counts in sums.items():
        print(f"{name + '/':34} {counts[0]:5} of {counts[1]:5} lines {counts[2]:5} of {counts[3]:5} branches")
    stale = sorted(set(explained) - used)
    for name, text in stale:
        print(f"{name}: this is reached, or not there, but docs/coverage.md explains why it is not: {text}")
    print(f"{unexplained} lines not reached and not explained, {len(stale)} reasons too many")
    return 1 if unexplained or stale or not sums else 0


if __name__ == "__main__":
    sys.exit(main())
