#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the documents with the tree: links, paths, make targets, tests of defects, excerpts, exported functions and their
kernel-doc. Writes a KTAP document.

usage: docs-check.py KERNEL_SOURCE
"""
import functools
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

import ktap

TOP = pathlib.Path(__file__).resolve().parent.parent
KERNEL = pathlib.Path(sys.argv[1])
ROOMS = ("include", "shim", "cxx", "kunit", "scripts", "companion", "docs", "samples", ".ci")


def documents(top):
    return {path.relative_to(top): path.read_text() for path in sorted(top.rglob("*.md")) if "build" not in path.relative_to(top).parts}


def sources(top):
    suffixes = (".c", ".h", ".cc", ".hpp")
    return [path for room in ROOMS if room != "docs" for path in (top / room).rglob("*") if path.suffix in suffixes]


def prose_and_code(text):
    """The lines of a document outside of code blocks, and those inside."""
    prose, code, fenced, before = [], [], False, ""
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or (line.startswith("    ") and (not before.strip() or code and code[-1] == before)):
            code.append(line)
        else:
            prose.append(line)
        before = line
    return "\n".join(prose), "\n".join(code)


def anchors(text):
    """The anchors that GitHub makes of headings."""
    prose, _ = prose_and_code(text)
    titles = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)) for title in re.findall(r"^#+ +(.*)", prose, re.M)]
    return {title.strip().lower().replace(" ", "-") for title in titles}


def dead_links(top):
    for document, text in documents(top).items():
        for target in re.findall(r"\]\(([^)\s]+)\)", prose_and_code(text)[0]):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = top / document.parent / name if name else top / document
            if not file.exists():
                yield f"{document}: no file {target}"
            elif anchor and anchor not in anchors(file.read_text()):
                yield f"{document}: no heading {target}"


def dead_paths(top):
    for document, text in documents(top).items():
        for path in re.findall(r"`([\w.]+/[\w./*-]+)`", prose_and_code(text)[0]):
            # A word in capitals stands for any name. The kernel has directories of the same names.
            ours = path.startswith(tuple(f"{room}/" for room in ROOMS)) and not any((KERNEL / name).exists() for name in (path, path + ".c"))
            if ours and not any(top.glob(re.sub(r"[A-Z]{4,}", "*", path).rstrip("/"))):
                yield f"{document}: no {path}"


def targets(top):
    return set(" ".join(re.findall(r"^\.PHONY:(.*)", (top / "Makefile").read_text(), re.M)).split())


def unknown_commands(top):
    # "make" begins a command, after variables, or follows one. Some commands are for the kernel's tree.
    word = re.compile(r"(?:^|`|&& |; |\| )(?:[A-Z_]+=\S+ )*make ([a-z][a-z_-]*)")
    known = targets(top) | set(re.findall(r"^([a-z_]+):", (KERNEL / "Makefile").read_text(), re.M))
    for document, text in documents(top).items():
        prose, code = prose_and_code(text)
        for command in re.findall(r"`[^`]*`", prose) + code.splitlines():
            yield from (f"{document}: no target for 'make {target}'" for target in word.findall(command.strip()) if target not in known)


def targets_without_help(top):
    lines = re.findall(r"@echo 'make (.*)'", (top / "Makefile").read_text())
    # Also a second target on a line: "make dkms-install ...; dkms-uninstall: ..."
    helped = {name for line in lines for name in re.findall(r"^[a-z_-]+(?= )|(?<=; )[a-z_-]+(?=:)", line)}
    # Without the default target, and help itself.
    return [f"make help says nothing of {target}" for target in sorted(targets(top) - helped - {"modules", "help"})]


def unknown_tests(top):
    """The last column of the tables of defects: suite / case, case; suite / case."""
    known = "".join(path.read_text() for path in [*sources(top), *top.glob("scripts/guest/jobs/*")])
    text = (top / "docs/defects.md").read_text()
    for row, cell in re.findall(r"^\| (T\d+) \|.*\| (.*?) \|$", text, re.M):
        for case in re.split(r"; [\w ]+ / |, ", re.sub(r"^[\w ]+ / ", "", cell)):
            if not re.search(rf"\b{case}\b", known) and not re.search(rf"^{row}: ", text, re.M):
                yield f"docs/defects.md: {row}: no test '{case}', and nothing says why"


def changed_excerpts(top):
    """An indented block after a link and a colon, ([`a/file.c`](../a/file.c)): the file has all of its lines, in one piece."""
    for document, text in documents(top).items():
        lines = text.splitlines()
        for i, line in enumerate(lines):
            if link := re.search(r"\[`[^`]+`\]\(([^)]+)\)\):$", line):
                block = itertools.takewhile(lambda text: not text or text.startswith("    "), lines[i + 2 :])
                excerpt = "\n".join(text[4:] for text in block).rstrip("\n")
                if not excerpt or f"\n{excerpt}\n" not in "\n" + (top / document.parent / link[1]).read_text():
                    yield f"{document}:{i + 3}: no excerpt of {link[1]}"


def kernel_doc(*arguments):
    tool = next(path for path in (KERNEL / "tools/docs/kernel-doc", KERNEL / "scripts/kernel-doc") if path.exists())
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)


def kernel_doc_warnings(top):
    done = kernel_doc("-Wall", "-none", *(path for path in sources(top) if "/**\n" in path.read_text()))
    return (done.stdout + done.stderr).splitlines() + ([f"it ended with {done.returncode}"] if done.returncode else [])


def undocumented(top):
    exported = set(re.findall(r"^EXPORT(?:_FOR_KVM)?\((\w+)\)", (top / "shim/exports.c").read_text(), re.M))
    described = set(re.findall(r"^\.\. c:function:: .*?\b(\w+) \(", kernel_doc("-rst", *(top / "include").glob("*.h")).stdout, re.M))
    yield from (f"{name} is exported and has no kernel-doc" for name in sorted(exported - described))
    yield from (f"{name} has kernel-doc and is not exported" for name in sorted(described - exported))
    if not exported:
        yield "shim/exports.c exports nothing"


def unseen_mistakes(top):
    """Checks a document that has a mistake of each kind."""
    with tempfile.TemporaryDirectory() as directory:
        bad = pathlib.Path(directory)
        (bad / "Makefile").write_text("")
        (bad / "README.md").write_text("[a](gone.md) [b](#nowhere) `make nonsense` `cxx/gone.cc`\n")
        said = "\n".join(line for look in (dead_links, dead_paths, unknown_commands) for line in look(bad))
    return [f"'{word}' is not reported" for word in ("gone.md", "#nowhere", "make nonsense", "cxx/gone.cc") if word not in said]


CHECKS = {
    "every_link_leads_somewhere": dead_links,
    "every_path_in_the_documents_exists": dead_paths,
    "every_command_in_the_documents_is_a_target": unknown_commands,
    "make_help_lists_every_target": targets_without_help,
    "every_test_of_a_defect_exists": unknown_tests,
    "every_excerpt_stands_in_its_file": changed_excerpts,
    "kernel_doc_has_no_warning": kernel_doc_warnings,
    "every_exported_function_has_kernel_doc_and_no_other": undocumented,
    "mistakes_are_found": unseen_mistakes,
}

if not documents(TOP) or not sources(TOP):
    sys.exit("error: no documents, or no sources, to look at")
ktap.report({name: functools.partial(look, TOP) for name, look in CHECKS.items()})
