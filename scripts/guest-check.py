#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks make guest: exactly follows the driver guide, and then runs a shell and a script that fails. Writes a KTAP document.

usage: guest-check.py
"""
import functools
import os
import pathlib
import re
import subprocess
import tempfile

import ktap

TOP = pathlib.Path(__file__).resolve().parent.parent
GUIDE = TOP / "docs/driver-guide.md"
HEADING = "## Your driver in the guest\n"
INDENT = "    "
# Variables that the caller may have set for its own make.
OF_THE_CALLER = ("GUEST_QUIET", "TIME_LIMIT", "KERNEL", "FLAVOUR", "KSRC", "JOB", "EXTRA", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")


def blocks(text):
    """The code blocks of the section, each with the paragraph before it."""
    section = text.split(HEADING, 1)[1].split("\n## ", 1)[0]
    paragraph, block, before = "", [], ""
    for line in section.splitlines() + ["end"]:
        if line.startswith(INDENT) or (block and not line):
            block.append(line[len(INDENT) :])
        elif line:
            if block:
                yield paragraph, "\n".join(block).rstrip("\n") + "\n"
                paragraph, block = "", []
            paragraph = f"{paragraph} {line}" if before else line
        before = line


def run(command, home, more=None, **options):
    """Runs a command with @home as home directory, but the same cache."""
    cache = os.environ.get("TDX_PAGE_ARRAY_CACHE") or pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "tdx_page_array"
    environment = {name: value for name, value in os.environ.items() if name not in OF_THE_CALLER}
    environment |= {"HOME": str(home), "TDX_PAGE_ARRAY_CACHE": str(cache)} | {name: str(value) for name, value in (more or {}).items()}
    return subprocess.run(command, cwd=TOP, env=environment, text=True, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)


def the_driver_of_the_guide_runs_as_the_guide_says(home):
    """A paragraph before a file begins with the file's name; the two other blocks are commands and their output."""
    (home / "first").mkdir()
    rest = []
    for paragraph, block in blocks(GUIDE.read_text()):
        name = re.match(r"`([\w.]+)` ", paragraph)
        if name:
            (home / "first" / name[1]).write_text(block)
        else:
            rest.append(block)
    commands, printed = rest
    done = run(["bash", "-ec", commands], home)
    said = done.stdout.splitlines()
    wanted = printed.splitlines()
    begin = said.index(wanted[0]) if wanted[0] in said else 0
    if done.returncode or said[begin : begin + len(wanted)] != wanted:
        yield f"status {done.returncode}\n{done.stdout}"


# Name, the script (or the input of a shell), its status, and its output. The note is an extra file of the guest.
JOBS = [
    ("a_script_ends_with_its_own_status", "cat /files/note; exit 7\n", None, 7, ["brought along\nguest: job job_2.x ended with status 7\n"]),
    ("a_kernel_that_panics_fails_the_job", "echo c >/proc/sysrq-trigger\n", None, 1, ["Kernel panic", "did not come to its end"]),
    ("a_shell_takes_what_comes_from_a_pipe", None, "cat /sys/kernel/debug/seam_emulator/verdict\nexit 3\n", 3, ["findings: 0"]),
    ("a_shell_ends_with_its_input", None, "", 0, []),
]


def job(home, script, typed, status, words):
    (home / "job_2.x").write_text(script or "")
    (home / "note").write_text("brought along\n")
    more = {"JOB": home / "job_2.x", "EXTRA": home / "note"} if script else {}
    done = run(["scripts/target.sh", "guest"], home, more, input=typed)
    if done.returncode != status or not all(word in done.stdout for word in words):
        yield f"status {done.returncode}\n{done.stdout}"


def a_module_for_another_kernel_is_refused(home):
    """The driver of the guide, changed to name another kernel release."""
    built = (home / "first/first.ko").read_bytes()
    release = re.search(rb"vermagic=(\S+) ", built)[1]
    (home / "other.ko").write_bytes(built.replace(b"vermagic=" + release, b"vermagic=" + b"9" * len(release)))
    done = run(["make", "guest"], home, more={"JOB": home / "first/job", "EXTRA": home / "other.ko"})
    if not done.returncode or "error: " not in done.stdout or f"was built for Linux {'9' * len(release)}, and the guest runs {release.decode()}" not in done.stdout:
        yield f"status {done.returncode}\n{done.stdout}"


CHECKS = {check.__name__: check for check in (the_driver_of_the_guide_runs_as_the_guide_says, a_module_for_another_kernel_is_refused)}
CHECKS |= {name: functools.partial(job, script=script, typed=typed, status=status, words=words) for name, script, typed, status, words in JOBS}


with tempfile.TemporaryDirectory() as directory:
    ktap.report({name: functools.partial(check, pathlib.Path(directory)) for name, check in CHECKS.items()})
