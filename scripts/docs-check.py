#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the documents with the tree: links, paths, make targets, tests of defects, excerpts, reasons of the quarantine,
exported functions and their kernel-doc. Writes a KTAP document.

usage: docs-check.py KERNEL_SOURCE
"""
import itertools
import pathlib
import re
import subprocess
import sys

import ktap

TOP = pathlib.Path(__file__).resolve().parent.parent
KERNEL = pathlib.Path(sys.argv[1])
ROOMS = ("include", "shim", "cxx", "kunit", "scripts", "companion", "docs", "samples", ".ci")
DOCUMENTS = {path.relative_to(TOP): path.read_text() for path in sorted(TOP.rglob("*.md")) if "build" not in path.relative_to(TOP).parts}
SOURCES = [path for room in ROOMS if room != "docs" for path in (TOP / room).rglob("*") if path.suffix in (".c", ".h", ".cc", ".hpp")]
MAKEFILE = (TOP / "Makefile").read_text()
TARGETS = set(" ".join(re.findall(r"^\.PHONY:(.*)", MAKEFILE, re.M)).split())


def prose_and_code(text):
    """The lines of a document outside of code blocks, and those inside."""
    prose, code, before = [], [], ""
    for line in text.splitlines():
        is_code = line.startswith("    ") and (not before.strip() or code and code[-1] == before)
        (code if is_code else prose).append(line)
        before = line
    return "\n".join(prose), "\n".join(code)


def anchors(text):
    """The anchors that GitHub makes of headings."""
    titles = [re.sub(r"[^\w\- ]", "", title) for title in re.findall(r"^#+ +(.*)", prose_and_code(text)[0], re.M)]
    return {title.strip().lower().replace(" ", "-") for title in titles}


def every_link_leads_somewhere():
    for document, text in DOCUMENTS.items():
        for target in re.findall(r"\]\(([^)\s]+)\)", prose_and_code(text)[0]):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = TOP / document.parent / name if name else TOP / document
            if not file.exists():
                yield f"{document}: no file {target}"
            elif anchor and anchor not in anchors(file.read_text()):
                yield f"{document}: no heading {target}"


def every_path_in_the_documents_exists():
    for document, text in DOCUMENTS.items():
        for path in re.findall(r"`([\w.]+/[\w./*-]+)`", prose_and_code(text)[0]):
            # A word in capitals stands for any name. The kernel has directories of the same names.
            ours = path.startswith(tuple(f"{room}/" for room in ROOMS)) and not any((KERNEL / name).exists() for name in (path, path + ".c"))
            if ours and not any(TOP.glob(re.sub(r"[A-Z]{4,}", "*", path).rstrip("/"))):
                yield f"{document}: no {path}"


def every_command_in_the_documents_is_a_target():
    # "make" begins a command, after variables, or follows one. Some commands are for the kernel's tree.
    word = re.compile(r"(?:^|`|&& |; |\| )(?:[A-Z_]+=\S+ )*make ([a-z][a-z_-]*)")
    known = TARGETS | set(re.findall(r"^([a-z_]+):", (KERNEL / "Makefile").read_text(), re.M))
    for document, text in DOCUMENTS.items():
        prose, code = prose_and_code(text)
        for command in re.findall(r"`[^`]*`", prose) + code.splitlines():
            yield from (f"{document}: no target for 'make {target}'" for target in word.findall(command.strip()) if target not in known)


def make_help_lists_every_target():
    lines = re.findall(r"@echo 'make (.*)'", MAKEFILE)
    # Also a second target on a line: "make dkms-install ...; dkms-uninstall: ..."
    helped = {name for line in lines for name in re.findall(r"^[a-z_-]+(?= )|(?<=; )[a-z_-]+(?=:)", line)}
    # Without the default target, and help itself.
    return [f"make help says nothing of {target}" for target in sorted(TARGETS - helped - {"modules", "help"})]


def every_test_of_a_defect_exists():
    """The last column of the tables of defects: suite / case, case; suite / case."""
    known = "".join(path.read_text() for path in [*SOURCES, *TOP.glob("scripts/guest/jobs/*")])
    text = (TOP / "docs/defects.md").read_text()
    for row, cell in re.findall(r"^\| (T\d+) \|.*\| (.*?) \|$", text, re.M):
        for case in re.split(r"; [\w ]+ / |, ", re.sub(r"^[\w ]+ / ", "", cell)):
            if not re.search(rf"\b{case}\b", known) and not re.search(rf"^{row}: ", text, re.M):
                yield f"docs/defects.md: {row}: no test '{case}', and nothing says why"


def every_excerpt_stands_in_its_file():
    """An indented block after a link and a colon, ([`a/file.c`](../a/file.c)): the file has all of its lines, in one piece."""
    for document, text in DOCUMENTS.items():
        lines = text.splitlines()
        for i, line in enumerate(lines):
            if link := re.search(r"\[`[^`]+`\]\(([^)]+)\)\):$", line):
                block = itertools.takewhile(lambda text: not text or text.startswith("    "), lines[i + 2 :])
                excerpt = "\n".join(text[4:] for text in block).rstrip("\n")
                if not excerpt or f"\n{excerpt}\n" not in "\n" + (TOP / document.parent / link[1]).read_text():
                    yield f"{document}:{i + 3}: no excerpt of {link[1]}"


def every_reason_of_the_quarantine_is_explained():
    """The names in name_of(Reason), and the table of what a reader of the views makes of them."""
    names = re.findall(r'return "(..+)";', (TOP / "cxx/array/progress.hpp").read_text())
    rows = "\n".join(re.findall(r'^\| (".*)', (TOP / "docs/observing.md").read_text(), re.M))
    return [f'docs/observing.md: no "{name}"' for name in names if f'"{name}"' not in rows] or ([] if names else ["there are none"])


def kernel_doc(*arguments):
    tool = next(path for path in (KERNEL / "tools/docs/kernel-doc", KERNEL / "scripts/kernel-doc") if path.exists())
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)


def kernel_doc_has_no_warning():
    done = kernel_doc("-Wall", "-none", *(path for path in SOURCES if "/**\n" in path.read_text()))
    return (done.stdout + done.stderr).splitlines() + ([f"it ended with {done.returncode}"] if done.returncode else [])


def every_exported_function_has_kernel_doc_and_no_other():
    exported = set(re.findall(r"^EXPORT(?:_FOR_KVM)?\((\w+)\)", (TOP / "shim/exports.c").read_text(), re.M))
    described = set(re.findall(r"^\.\. c:function:: .*?\b(\w+) \(", kernel_doc("-rst", *(TOP / "include").glob("*.h")).stdout, re.M))
    return [f"{name} is not both exported and described" for name in sorted(exported ^ described)] or ([] if exported else ["there are none"])


ktap.report({check.__name__: check for check in (
    every_link_leads_somewhere,
    every_path_in_the_documents_exists,
    every_command_in_the_documents_is_a_target,
    make_help_lists_every_target,
    every_test_of_a_defect_exists,
    every_excerpt_stands_in_its_file,
    every_reason_of_the_quarantine_is_explained,
    kernel_doc_has_no_warning,
    every_exported_function_has_kernel_doc_and_no_other,
)})
