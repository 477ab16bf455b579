#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the excerpts of a document with the files that they are from.

An excerpt is an indented block after a paragraph that ends with a link and a colon, ([`a/file.c`](../a/file.c)): all of its
lines have to stand in the file, one after the other.

usage: excerpts.py DOCUMENT...
"""
import pathlib
import re
import sys

LINK = re.compile(r"\[`[^`]+`\]\(([^)]+)\)\):$")
INDENT = "    "


def excerpts(lines):
    """Yields the number of the first line, the file and the lines of each excerpt."""
    for i, line in enumerate(lines):
        link = LINK.search(line)
        if link:
            end = i + 2
            while end < len(lines) and (lines[end].startswith(INDENT) or not lines[end]):
                end += 1
            excerpt = [text[len(INDENT) :] for text in lines[i + 2 : end]]
            while excerpt and not excerpt[-1]:
                excerpt.pop()
            yield i + 3, link.group(1), excerpt


def stands_in(excerpt, text):
    return bool(excerpt) and "\n" + "\n".join(excerpt) + "\n" in "\n" + text


def main():
    wrong = 0
    if not sys.argv[1:]:
        sys.exit("error: no document is named")
    for name in sys.argv[1:]:
        document = pathlib.Path(name)
        found = list(excerpts(document.read_text().splitlines()))
        for number, link, excerpt in found:
            if not stands_in(excerpt, (document.parent / link).read_text()):
                print(f"{document}:{number}: no excerpt of {link}")
                wrong += 1
        if not found:
            print(f"{document}: there are no excerpts")
            wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
