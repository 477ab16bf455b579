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
TREE, OBJECTS = TOP / "build/races/tree", TOP / "build/races/objects"
VARIABLES = ["SANITIZE=", "RACES=-fsanitize=thread", "EXTRA=-g1 -Wno-error -w", f"-j{os.cpu_count()}", "races"]
ROUNDS = 200
# A run may miss a race, because its threads did not meet: another run may see it.
RUNS = 10
RUN_SECONDS = "120"

# Every way in which the core takes a lock. Any other way is an error.
TAKEN = re.compile(r"^\t+(?:const (?:LockGuard|ArrayLock) lock\((\w+)\);|lock\.emplace\((\w+)\);)$")
DECLARED = re.compile(r"^\tstd::optional<KillableLock> lock;$")
MENTIONED = re.compile(r"\b(?:LockGuard|KillableLock|ArrayLock|tdx_shim_(?:un)?lock(?:_array)?)\b|\block\.emplace\b")
FUNCTION = re.compile(r"^(?!extern|template)[\w:<>*& ]*?((?:\w+::)?~?\w+)\(")
SEEN = re.compile(r"WARNING: ThreadSanitizer: (data race|heap-use-after-free)")


def places():
    """Name, file and number of the line, in the order of the files."""
    for path in sorted((TREE / "cxx").rglob("*.[ch][cp]*")):
        name, function = path.relative_to(TREE / "cxx"), ""
        if str(name) == "base/lock.hpp":
            continue
        for number, line in enumerate(path.read_text().splitlines()):
            if begins := FUNCTION.match(line):
                function = begins[1]
            if taken := TAKEN.match(line):
                yield f"{name} {function} {taken[1] or taken[2]}", path, number
            elif MENTIONED.search(line) and not DECLARED.match(line):
                sys.exit(f"error: {name}, {function}: takes a lock in a way that is not known here: {line.strip()}")


def build():
    command = ["make", "-s", "-C", OBJECTS, "-f", TREE / "kunit/user/user.mk", f"TOP={TREE}", *VARIABLES]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, f"it does not build: {built.stderr[-2000:]}"


def run(halt):
    """The output of the program, and its exit status."""
    # setarch -R: ThreadSanitizer fails to start if address space randomisation uses too many bits.
    command = ["timeout", RUN_SECONDS, "setarch", platform.machine(), "-R", OBJECTS / "races", str(ROUNDS)]
    environment = os.environ | {"TSAN_OPTIONS": f"halt_on_error={halt} exitcode=66 report_signal_unsafe=0"}
    ended = subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment, check=False)
    return ended.stdout + ended.stderr, ended.returncode


def silent():
    build()
    said, status = run(0)
    worked = re.search(rf"^{ROUNDS} rounds, [1-9]\d* service calls$", said, re.M)
    assert status == 0 and worked and not SEEN.search(said), f"it ended with {status}: {said[-4000:]}"


def seen_without(path, number):
    """Builds without the lock in this line, and runs that."""
    source = path.read_text()
    lines = source.splitlines(keepends=True)
    lines[number] = "{}\n"
    path.write_text("".join(lines))
    try:
        build()
        for _ in range(RUNS):
            said, status = run(1)
            if SEEN.search(said):
                return
        raise AssertionError(f"{RUNS} runs saw no race; the last ended with {status}: {said[-1000:]}")
    finally:
        path.write_text(source)


# Everything is built anew: an earlier run may have left a core without a lock.
shutil.rmtree(TOP / "build/races", ignore_errors=True)
OBJECTS.mkdir(parents=True)
for room in ("include", "shim", "cxx", "kunit"):
    shutil.copytree(TOP / room, TREE / room, ignore=shutil.ignore_patterns("*.o", "*.cmd", "vectors", "corpus"))
locks = list(places())
for word in WORDS:
    if not any(word in name for name, _, _ in locks):
        sys.exit(f"error: WORDS: no lock's name has '{word}'")
checks = {"callers_viewers_retries_and_starts_do_not_race": silent}
for name, path, number in locks:
    if not WORDS or any(word in name for word in WORDS):
        test = re.sub(r"[^0-9A-Za-z_]+", "_", f"without the lock in {name} they race")
        checks[test] = functools.partial(seen_without, path, number)
ktap.report(checks)
