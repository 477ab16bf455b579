#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs many threads in the core in user space under ThreadSanitizer (kunit/user/races.cc), which must find nothing. Then leaves
out each lock of the core once, in a copy below build/: ThreadSanitizer must find that (make races). Writes a KTAP document.

usage: races.py TOP [WORDS...]        WORDS: leave out only locks whose name (file, function, lock) has one of these words
"""
import functools
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

import ktap

TOP = pathlib.Path(sys.argv[1]).resolve()
WORDS = sys.argv[2:]
WORK = TOP / "build" / "races"
VARIABLES = ["SANITIZE=", "RACES=-fsanitize=thread", "EXTRA=-g1 -Wno-error -w", f"-j{os.cpu_count()}", "races"]
ROUNDS = 200
# A run may miss a race, because its threads did not meet: another run may see it.
RUNS = 10
RUN_SECONDS = 120

# Every way in which the core takes a lock. Any other way is an error.
TAKEN = re.compile(r"^\t+(?:const (?:LockGuard|ArrayLock) lock\((\w+)\);|lock\.emplace\((\w+)\);)$")
DECLARED = re.compile(r"^\tstd::optional<KillableLock> lock;$")
MENTIONED = re.compile(r"\b(?:LockGuard|KillableLock|ArrayLock|tdx_shim_(?:un)?lock(?:_array)?)\b|\block\.emplace\b")
FUNCTION = re.compile(r"^[\w:<>*& ]*?((?:\w+::)?~?\w+)\(")
SEEN = re.compile(r"WARNING: ThreadSanitizer: (data race|heap-use-after-free)[^\n]*")


def places(tree):
    """(name, file, number of the line), in the order of the files."""
    found = []
    for path in sorted((tree / "cxx").rglob("*.[ch][cp]*")):
        name = path.relative_to(tree / "cxx")
        if str(name) == "base/lock.hpp":
            continue
        function = ""
        for number, line in enumerate(path.read_text().splitlines()):
            if (begins := FUNCTION.match(line)) and not line.startswith(("extern", "template")):
                function = begins[1]
            if taken := TAKEN.match(line):
                found.append((f"{name} {function} {taken[1] or taken[2]}", path, number))
            elif MENTIONED.search(line) and not DECLARED.match(line):
                sys.exit(f"error: {name}, {function}: takes a lock in a way that is not known here: {line.strip()}")
    return found


def build(tree, objects):
    command = ["make", "-s", "-C", objects, "-f", tree / "kunit/user/user.mk", f"TOP={tree}", *VARIABLES]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"it does not build: {built.stderr[-2000:]}"] if built.returncode else []


def run(objects, halt):
    """The output of the program, and its exit status."""
    # setarch -R: ThreadSanitizer fails to start if address space randomisation uses too many bits.
    command = ["setarch", platform.machine(), "-R", objects / "races", str(ROUNDS)]
    environment = os.environ | {"TSAN_OPTIONS": f"halt_on_error={halt} exitcode=66 report_signal_unsafe=0"}
    try:
        ended = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, timeout=RUN_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it did not end in {RUN_SECONDS} s", -1
    return ended.stdout + ended.stderr, ended.returncode


def silent(objects):
    said, status = run(objects, 0)
    worked = re.search(rf"^{ROUNDS} rounds, [1-9]\d* service calls$", said, re.M)
    return [] if status == 0 and worked and not SEEN.search(said) else [f"it ended with {status}: {said[-4000:]}"]


def left_out(tree, objects, place):
    """Builds without one lock and runs it. Returns complaints."""
    _, path, number = place
    source = path.read_text()
    lines = source.splitlines(keepends=True)
    lines[number] = "{}\n"
    path.unlink()
    path.write_text("".join(lines))
    try:
        if wrong := build(tree, objects):
            return wrong
        for _ in range(RUNS):
            said, status = run(objects, 1)
            if SEEN.search(said):
                return []
        return [f"the lock is left out, and {RUNS} runs saw no race; the last ended with {status}: {said[-1000:]}"]
    finally:
        path.write_text(source)


def main():
    tree, objects = WORK / "tree", WORK / "objects"
    # Everything is built anew: an earlier run left a core without a lock.
    shutil.rmtree(WORK, ignore_errors=True)
    tree.mkdir(parents=True)
    objects.mkdir()
    for name in ("include", "shim", "cxx", "kunit"):
        shutil.copytree(TOP / name, tree / name, ignore=shutil.ignore_patterns("*.o", "*.cmd", "vectors", "corpus"))
    found = places(tree)
    for word in WORDS:
        if not any(word in name for name, _, _ in found):
            sys.exit(f"error: WORDS: no lock's name has '{word}'")
    chosen = [place for place in found if not WORDS or any(word in place[0] for word in WORDS)]
    if not chosen:
        sys.exit("error: the core takes no lock")
    checks = {"callers_viewers_retries_and_starts_do_not_race": lambda: build(tree, objects) or silent(objects)}
    for place in chosen:
        name = re.sub(r"[^0-9A-Za-z_]+", "_", f"without the lock in {place[0]} they race")
        checks[name] = functools.partial(left_out, tree, objects, place)
    ktap.report(checks)


main()
