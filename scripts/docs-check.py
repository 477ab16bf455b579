#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Compares the documents with the tree: links, paths, make targets, tests of defects, excerpts, exported functions and their kernel-doc. The last
test runs it on a tree of mistakes, each of which has to be found. Writes a KTAP document.

usage: docs-check.py KERNEL_SOURCE
"""
import itertools
import pathlib
import re
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parent.parent
KERNEL = pathlib.Path(sys.argv[1])
ROOMS = ("include", "shim", "cxx", "kunit", "scripts", "companion", "docs", "samples", ".ci")
CODE = (".c", ".h", ".cc", ".hpp")


def documents(top):
    return sorted(path for path in top.rglob("*.md") if "build" not in path.relative_to(top).parts)


def sources(top):
    return [path for room in ("include", "shim", "cxx", "kunit", "companion", "samples") for path in (top / room).rglob("*") if path.suffix in CODE]


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
    """As GitHub makes them of headings."""
    prose, _ = prose_and_code(text)
    titles = [re.sub(r"[^\w\- ]", "", re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title)) for title in re.findall(r"^#+ +(.*)", prose, re.M)]
    return {title.strip().lower().replace(" ", "-") for title in titles}


def dead_links(top):
    for document in documents(top):
        prose, _ = prose_and_code(document.read_text())
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = document.parent / name if name else document
            if not file.exists():
                yield f"{document.relative_to(top)}: no file {target}"
            elif anchor and anchor not in anchors(file.read_text()):
                yield f"{document.relative_to(top)}: no heading {target}"


def dead_paths(top):
    for document in documents(top):
        prose, _ = prose_and_code(document.read_text())
        for path in re.findall(r"`([\w.]+/[\w./*-]+)`", prose):
            # A word in capitals stands for any name. The kernel has such rooms, too.
            names = [path, path + ".c"]
            if not path.startswith(tuple(f"{room}/" for room in ROOMS)) or any((KERNEL / name).exists() for name in names):
                continue
            if not any(top.glob(re.sub(r"[A-Z]{4,}", "*", path).rstrip("/"))):
                yield f"{document.relative_to(top)}: no {path}"


def targets(top):
    makefile = (top / "Makefile").read_text()
    return set(" ".join(re.findall(r"^\.PHONY:(.*)", makefile, re.M)).split())


def unknown_commands(top):
    # What begins a command, after variables, or follows one. Some commands are for the kernel's tree.
    word = re.compile(r"(?:^|`|&& |; |\| )(?:[A-Z_]+=\S+ )*make ([a-z][a-z_-]*)")
    known = targets(top) | set(re.findall(r"^([a-z_]+):", (KERNEL / "Makefile").read_text(), re.M))
    for document in documents(top):
        prose, code = prose_and_code(document.read_text())
        spoken = re.findall(r"`[^`]*`", prose) + code.splitlines()
        for command in spoken:
            for target in word.findall(command.strip()):
                if target not in known:
                    yield f"{document.relative_to(top)}: no target for 'make {target}'"


def targets_without_help(top):
    lines = re.findall(r"@echo 'make (.*)'", (top / "Makefile").read_text())
    # Also one that undoes another: "make install ...; uninstall: ..."
    helped = {name for line in lines for name in re.findall(r"^[a-z_-]+(?= )|(?<=; )[a-z_-]+(?=:)", line)}
    # What make does without a word, and help itself.
    return [f"make help says nothing of {target}" for target in sorted(targets(top) - helped - {"modules", "help"})]


def kernel_doc(*arguments):
    tool = next(path for path in (KERNEL / "tools/docs/kernel-doc", KERNEL / "scripts/kernel-doc") if path.exists())
    return subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)


def commented(top):
    return [path for path in sources(top) if "/**\n" in path.read_text()]


def kernel_doc_warnings(top):
    done = kernel_doc("-Wall", "-none", *commented(top))
    return (done.stdout + done.stderr).splitlines() + ([f"it ended with {done.returncode}"] if done.returncode else [])


def undocumented(top):
    exported = set(re.findall(r"^EXPORT(?:_FOR_KVM)?\((\w+)\)", (top / "shim/exports.c").read_text(), re.M))
    described = set(re.findall(r"^\.\. c:function:: .*?\b(\w+) \(", kernel_doc("-rst", *(top / "include").glob("*.h")).stdout, re.M))
    yield from (f"{name} is exported and has no kernel-doc" for name in sorted(exported - described))
    yield from (f"{name} has kernel-doc and is not exported" for name in sorted(described - exported))
    if not exported:
        yield "shim/exports.c exports nothing"


def suites_and_jobs(top):
    """The names of the tests of each suite, and those of the checks of each guest job."""
    tests = {}
    for path in sorted((top / "kunit").glob("*/*.c")):
        text = path.read_text()
        for suite in re.findall(r'(?:kunit_suite \w+ = \{\s*\.name = |TEST_SUITE\()"(\w+)"', text):
            tests[suite] = set(re.findall(r"KUNIT_CASE(?:_\w+)?\(\s*(\w+)", text))
    for path in (top / "scripts/guest/jobs").iterdir():
        tests[f"job {path.name}"] = set(re.findall(r"\bcheck '?(\w+)", path.read_text()))
    return tests


def unknown_tests(top):
    """The last column of the tables of defects: suite / case, case; suite / case. A row without one has a paragraph instead."""
    document = top / "docs/defects.md"
    text = document.read_text()
    rows = re.findall(r"^\| (T\d+) \|.*\| (.*?) \|$", text, re.M)
    known = suites_and_jobs(top)
    for row, cell in rows:
        if cell == "none":
            if not re.search(rf"^{row}: ", text, re.M):
                yield f"docs/defects.md: {row} has no test, and nothing says why"
            continue
        for part in cell.split("; "):
            suite, _, cases = part.partition(" / ")
            if suite not in known:
                yield f"docs/defects.md: {row}: no suite or job {suite}"
                continue
            for case in cases.split(", "):
                if case not in known[suite]:
                    yield f"docs/defects.md: {row}: no test '{case}' in {suite}"
    numbers = [int(row[1:]) for row, _ in rows]
    if numbers != list(range(1, len(numbers) + 1)) or not numbers:
        yield f"docs/defects.md: the rows are not T1 to T{len(numbers)}, in order"


def changed_excerpts(top):
    """An indented block after a link and a colon, ([`a/file.c`](../a/file.c)): all of its lines stand in the file, in one piece."""
    for document in documents(top):
        lines = document.read_text().splitlines()
        for i, line in enumerate(lines):
            if link := re.search(r"\[`[^`]+`\]\(([^)]+)\)\):$", line):
                block = itertools.takewhile(lambda text: not text or text.startswith("    "), lines[i + 2 :])
                excerpt = "\n".join(text[4:] for text in block).rstrip("\n")
                if not excerpt or f"\n{excerpt}\n" not in "\n" + (document.parent / link[1]).read_text():
                    yield f"{document.relative_to(top)}:{i + 3}: no excerpt of {link[1]}"


# File, and what is wrong there.
MISTAKES = {
    "README.md": "# Title\n[a](gone.md) [b](#nowhere) `make nonsense` `cxx/gone.cc` of ([`a.h`](include/a.h)):\n\n    int other(void);\n",
    "docs/defects.md": "| T1 | a | b | c | known / a_test, gone_test |\n| T2 | a | b | c | gone_suite / a_test |\n"
    "| T3 | a | b | c | job test / gone_check |\n| T5 | a | b | c | none |\n",
    "kunit/suites/known_test.c": 'KUNIT_CASE(a_test),\nTEST_SUITE("known", cases);\n',
    "scripts/guest/jobs/test": "check known_check\n",
    "Makefile": ".PHONY: modules forgotten\n",
    "shim/exports.c": "EXPORT(tdx_known);\nEXPORT_FOR_KVM(tdx_forgotten);\n",
    "include/a.h": "/**\n * tdx_known() - a function\n * @other: not an argument\n *\n * Return: a value.\n */\nint tdx_known(int argument);\n",
}
FOUND = ["gone.md", "#nowhere", "make nonsense", "cxx/gone.cc", "help says nothing of forgotten", "no excerpt of include/a.h", "'other'", "tdx_forgotten", "gone_test", "gone_suite", "gone_check", "T5 has no test", "not T1 to T4"]

CHECKS = {
    "every_link_leads_somewhere": dead_links,
    "every_path_in_the_documents_exists": dead_paths,
    "every_command_in_the_documents_is_a_target": unknown_commands,
    "make_help_lists_every_target": targets_without_help,
    "every_test_of_a_defect_exists": unknown_tests,
    "every_excerpt_stands_in_its_file": changed_excerpts,
    "kernel_doc_has_no_warning": kernel_doc_warnings,
    "every_exported_function_has_kernel_doc_and_no_other": undocumented,
}


def not_found():
    """The mistakes that no check reports."""
    with tempfile.TemporaryDirectory() as directory:
        bad = pathlib.Path(directory)
        for name, content in MISTAKES.items():
            (bad / name).parent.mkdir(parents=True, exist_ok=True)
            (bad / name).write_text(content)
        said = "\n".join(line for look in CHECKS.values() for line in look(bad))
    return [f"'{mistake}' is not reported" for mistake in FOUND if mistake not in said]


def main():
    if not documents(TOP) or not sources(TOP):
        sys.exit("error: no documents, or no sources, to look at")
    results = {name: list(look(TOP)) for name, look in CHECKS.items()} | {"mistakes_are_found": not_found()}
    print(f"KTAP version 1\n1..{len(results)}")
    for number, (name, complaints) in enumerate(results.items(), 1):
        for line in complaints:
            print("#", line.replace("\n", "\n# "))
        print(f"{'not ok' if complaints else 'ok'} {number} {name}")
    sys.exit(any(results.values()))


if __name__ == "__main__":
    main()
