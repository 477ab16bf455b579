#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks what the documents say against the code: links, paths, commands, guest jobs, names in pictures, kernel-doc. Then it
is shown a tree full of mistakes, and has to see them. Writes a KTAP document.

usage: docs-check.py KERNEL_SOURCE
"""
import hashlib
import html
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


def unknown_jobs(top):
    jobs = {path.name for path in (top / "scripts/guest/jobs").iterdir()}
    for document in documents(top):
        for list_ in re.findall(r"guest jobs? ((?:`\w+`(?:, and |, | and )?)+)", document.read_text()):
            for job in re.findall(r"`(\w+)`", list_):
                if job not in jobs:
                    yield f"{document.relative_to(top)}: no guest job {job}"


def unknown_kernels(top):
    """Rows of the matrix: a series and a flavour, which has a configuration."""
    for path in [*documents(top), top / "Makefile", top / "scripts/test-matrix.sh"]:
        if not path.exists():
            continue
        for row, flavour in re.findall(r"\b(\d\.\d+-([a-z]{3,}))\b", path.read_text()):
            if not (top / f"scripts/guest/{flavour}.config").exists():
                yield f"{path.relative_to(top)}: no kernel {row}"


def unknown_names(top):
    """In pictures: functions, enumerators, leaves, files, and lists of stems of files of the core."""
    files = sources(top)
    text = "\n".join(path.read_text() for path in files)
    paths = {str(path.relative_to(top)) for path in files}
    stems = {path.stem for path in files}
    core = {path.stem for path in files if path.parent.parent == top / "cxx"}
    for picture in sorted((top / "docs/pictures").glob("*.svg")):
        for line in re.findall(r"<text[^>]*>(.*?)</text>", picture.read_text()):
            line = html.unescape(line).replace("\xa0", " ").strip()
            unknown = [name for name in re.findall(r"\b(\w+)\(\)", line) if not re.search(rf"\b{name}\(", text)]
            unknown += [name for name in re.findall(r"\bk[A-Z]\w+", line) if not re.search(rf"\b{name}\b", text)]
            unknown += [name for name in re.findall(r"TDH(?:\.[A-Z]+)+", line) if f'"{name}"' not in text]
            for name in re.findall(r"[\w/]+\.(?:cc|c|hpp|h)\b", line):
                if not any(path == name or path.endswith("/" + name) for path in paths):
                    unknown.append(name)
            for name in re.findall(r"\b[\w/]+/(?=[\s,:]|$)", line):
                if not any((top / room / name).is_dir() for room in ("", "kunit", "cxx")):
                    unknown.append(name)
            unknown += [name for name in re.findall(r"\b\w+_\w+\b", line) if name not in stems and not re.search(rf"\b{name}\b", text)]
            if re.fullmatch(r"[\w*]+(, [\w*]+)*", line):
                words = line.split(", ")
                if core & set(words):
                    unknown += [word for word in words if word not in core]
            yield from (f"{picture.name}: '{name}' is nowhere in the code" for name in unknown)


def first_cells(top, name, heading):
    """The quoted words in the first column of the tables below a heading."""
    document = top / "docs" / name
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", document.read_text(), re.M | re.S) if document.exists() else None
    if not section:
        return []
    return [word for row in re.findall(r"^\| (`.*?) \|", section[1], re.M) if "own line" not in row for word in re.findall(r"`([^`]+)`", row)]


def unknown_messages(top):
    """Lines of the log: what stands between "..." and numbers is in a string of the module."""
    strings = re.sub(r'"\s*\n\s*"', "", "\n".join(path.read_text() for room in ("shim", "cxx") for path in (top / room).rglob("*") if path.suffix in CODE))
    messages = first_cells(top, "hardware.md", "When it does not load")
    for message in messages:
        for part in re.split(r"\.\.\.|\b[NM]\b", message):
            if part.strip(" ,") not in strings:
                yield f"docs/hardware.md: no message says '{part.strip()}'"
    if not messages:
        yield "docs/hardware.md: no messages found"


def unknown_knobs(top):
    made = (top / "kunit/seam/door/debugfs.c").read_text()
    knobs = first_cells(top, "testing.md", "By hand")
    yield from (f"docs/testing.md: no file {knob} in seam_emulator/" for knob in knobs if f'("{knob}",' not in made and f"KNOB({knob})" not in made)
    if not knobs:
        yield "docs/testing.md: no files found"


def stale_pictures(top):
    for source in sorted((top / "docs/pictures").iterdir()):
        if source.suffix not in (".dot", ".cc"):
            continue
        graph = subprocess.run([top / "scripts/pictures.sh", "--graph", source.stem], capture_output=True, check=False)
        if graph.returncode:
            yield f"{source.name}: {graph.stderr.decode()[-2000:]}"
            continue
        said = re.search(r"<!-- graph (\w+)", source.with_suffix(".svg").read_text())
        if not said or said[1] != hashlib.sha256(graph.stdout).hexdigest()[:12]:
            yield f"{source.stem}.svg is not drawn from today's graph: run scripts/pictures.sh"


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


MISTAKES = {
    "README.md": "# Title\n[a](gone.md) [b](#nowhere) `make nonsense` guest job `nobody` `cxx/gone.cc` `7.3-nothing`\n",
    "docs/hardware.md": "## When it does not load\n\n| `nobody says this` | why |\n",
    "docs/testing.md": "## By hand\n\n| `no_such_knob` | why |\n",
    "kunit/seam/door/debugfs.c": "",
    "Makefile": ".PHONY: modules forgotten\n",
    "docs/pictures/a.svg": "<svg>\n<!-- graph 000000000000, -->\n<text>gone_function()</text><text>kGone</text><text>gone.hpp</text><text>gone/</text><text>custody, gone_file</text></svg>\n",
    "docs/pictures/a.dot": "digraph a {}\n",
    "scripts/guest/jobs/test": "",
    "shim/exports.c": "EXPORT(tdx_known);\nEXPORT_FOR_KVM(tdx_forgotten);\n",
    "include/a.h": "/**\n * tdx_known() - a function\n * @other: not an argument\n *\n * Return: a value.\n */\nint tdx_known(int argument);\n",
}

CHECKS = [
    # what holds, who looks, words of what it says about the mistakes
    ("every_link_leads_somewhere", dead_links, ["gone.md", "#nowhere"]),
    ("every_path_in_the_documents_exists", dead_paths, ["cxx/gone.cc"]),
    ("every_command_in_the_documents_is_a_target", unknown_commands, ["nonsense"]),
    ("make_help_tells_every_target", targets_without_help, ["forgotten"]),
    ("every_guest_job_in_the_documents_exists", unknown_jobs, ["nobody"]),
    ("every_kernel_in_the_documents_has_a_configuration", unknown_kernels, ["7.3-nothing"]),
    ("every_message_on_hardware_is_in_the_code", unknown_messages, ["nobody says this"]),
    ("every_knob_of_the_emulator_is_there", unknown_knobs, ["no_such_knob"]),
    ("every_name_in_a_picture_is_in_the_code", unknown_names, ["gone_function", "kGone", "gone.hpp", "gone/", "gone_file"]),
    ("every_picture_is_drawn_from_its_graph", stale_pictures, ["a.svg"]),
    ("kernel_doc_has_nothing_to_say", kernel_doc_warnings, ["other", "argument"]),
    ("every_exported_function_has_kernel_doc_and_no_other", undocumented, ["tdx_forgotten"]),
]


def main():
    print(f"KTAP version 1\n1..{2 * len(CHECKS)}")
    failed = False
    if not documents(TOP) or not sources(TOP):
        sys.exit("error: no documents, or no sources, to look at")
    with tempfile.TemporaryDirectory() as directory:
        bad = pathlib.Path(directory)
        for name, content in MISTAKES.items():
            (bad / name).parent.mkdir(parents=True, exist_ok=True)
            (bad / name).write_text(content)
        for script in ("pictures.sh", "lib.sh"):
            (bad / "scripts" / script).symlink_to(TOP / "scripts" / script)
        for number, (name, look, words) in enumerate(CHECKS, 1):
            complaints = list(look(TOP))
            said = "\n".join(look(bad))
            blind = [f"it does not see '{word}' in: {said}" for word in words if word not in said]
            for half, (title, wrong) in enumerate(((name, complaints), (f"{name}: mistakes are seen", blind))):
                for line in wrong:
                    print("#", line.replace("\n", "\n# "))
                print(f"{'not ok' if wrong else 'ok'} {2 * number - 1 + half} {title.replace(': ', '_').replace(' ', '_')}")
                failed |= bool(wrong)
    sys.exit(failed)


if __name__ == "__main__":
    main()
