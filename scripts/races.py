#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs many threads in the core in user space under ThreadSanitizer (kunit/user/races.cc): it has to find nothing. Then each
lock of the core is left out once, in a copy below build/, and it has to find that (make races). Writes a KTAP document.

usage: races.py TOP [WORDS...]        WORDS: of the locks to leave out, only those whose row has one of them
"""
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(sys.argv[1]).resolve()
WORDS = sys.argv[2:]
WORK = TOP / "build" / "races"
VARIABLES = ["SANITIZE=", "RACES=-fsanitize=thread", "EXTRA=-g1 -Wno-error -w", f"-j{os.cpu_count()}", "races"]
ROUNDS = 200
# A race that one run does not see, because its threads did not meet, another one may.
RUNS = 10
RUN_SECONDS = 120

# Every place where the core takes a lock: file and function, and what it takes. A place that is not here, or is gone, is an
# error.
LOCKS = {
    "array/ledger.cc begin": "TDX_SHIM_LOCK_ARRAYS",
    "array/ledger.cc end": "TDX_SHIM_LOCK_ARRAYS",
    "array/ledger.cc quarantine_page": "TDX_SHIM_LOCK_ARRAYS",
    "array/ledger.cc free_quarantined": "TDX_SHIM_LOCK_ARRAYS",
    "array/ledger.cc snapshot": "TDX_SHIM_LOCK_ARRAYS",
    "array/ledger.cc Viewer::Viewer": "TDX_SHIM_LOCK_ARRAYS",
    "array/ledger.cc Viewer::~Viewer": "TDX_SHIM_LOCK_ARRAYS",
    "array/ledger.cc Viewer::next": "TDX_SHIM_LOCK_ARRAYS",
    "array/page_array.cc PageArray::snapshot": "this",
    "array/page_array.cc PageArray::record": "this",
    "host/extensions.cc start": "TDX_SHIM_LOCK_EXTENSIONS",
    "release/quarantine.cc record_retry": "TDX_SHIM_LOCK_QUARANTINE",
    "release/quarantine.cc take": "TDX_SHIM_LOCK_QUARANTINE",
    "release/quarantine.cc first_record": "TDX_SHIM_LOCK_QUARANTINE",
    "release/quarantine.cc add": "TDX_SHIM_LOCK_QUARANTINE",
    "release/quarantine.cc copy_to": "TDX_SHIM_LOCK_QUARANTINE",
    "release/quarantine.cc retry": "TDX_SHIM_LOCK_RETRY",
    "release/quarantine.cc retry_by_itself": "TDX_SHIM_LOCK_QUARANTINE",
    "seamcall/seamcall.cc issue": "TDX_SHIM_LOCK_SERVICE",
}

TAKEN = re.compile(r"^\t+(?:const (?:LockGuard|ArrayLock) lock\((\w+)\);|lock\.emplace\((\w+)\);)$")
DECLARED = re.compile(r"^\tstd::optional<KillableLock> lock;$")
MENTIONED = re.compile(r"\b(?:LockGuard|KillableLock|ArrayLock|tdx_shim_(?:un)?lock(?:_array)?)\b|\block\.emplace\b")
FUNCTION = re.compile(r"^[\w:<>*& ]*?((?:\w+::)?~?\w+)\(")
SEEN = re.compile(r"WARNING: ThreadSanitizer: (data race|heap-use-after-free)[^\n]*")


def places(tree):
    """(row, taken, file, number of the line), in the order of the files."""
    found = []
    for path in sorted((tree / "cxx").rglob("*.[ch][cp]*")):
        name = str(path.relative_to(tree / "cxx"))
        if name == "base/lock.hpp":
            continue
        function = ""
        for number, line in enumerate(path.read_text().splitlines()):
            if (begins := FUNCTION.match(line)) and not line.startswith(("extern", "template")):
                function = begins[1]
            if taken := TAKEN.match(line):
                found.append((f"{name} {function}", taken[1] or taken[2], path, number))
            elif MENTIONED.search(line) and not DECLARED.match(line):
                found.append((f"{name} {function}", f"in a way that is not known here: {line.strip()}", path, number))
    return found


def table_is_complete(found):
    complaints = [f"{row}: takes {taken}, which is not in the table" for row, taken, _, _ in found if LOCKS.get(row) != taken]
    rows = [row for row, _, _, _ in found]
    complaints += [f"{row}: stands in the table, and takes no lock" for row in LOCKS if row not in rows]
    complaints += [f"{row}: takes {rows.count(row)} locks; the table has room for one" for row in set(rows) if rows.count(row) > 1]
    return complaints


def build(tree, objects):
    command = ["make", "-s", "-C", objects, "-f", tree / "kunit/user/user.mk", f"TOP={tree}", *VARIABLES]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"it does not build: {built.stderr[-2000:]}"] if built.returncode else []


def run(objects, halt):
    """What was said, and how it ended."""
    # Where the addresses of a process are spread wider than ThreadSanitizer can stand, it dies before it begins.
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
    """Builds without one lock and runs it. Returns complaints, and what was seen."""
    _, _, path, number = place
    source = path.read_text()
    lines = source.splitlines(keepends=True)
    lines[number] = "{}\n"
    path.unlink()
    path.write_text("".join(lines))
    try:
        if wrong := build(tree, objects):
            return wrong, ""
        for attempt in range(1, RUNS + 1):
            said, status = run(objects, 1)
            if seen := SEEN.search(said):
                return [], f"{seen[1]}, run {attempt}"
        return [f"the lock is left out, and {RUNS} runs saw no race; the last ended with {status}: {said[-1000:]}"], ""
    finally:
        path.write_text(source)


class Document:
    """A KTAP document, a row at a time."""

    def __init__(self, rows):
        self.number, self.failed = 0, False
        print(f"KTAP version 1\n1..{rows}", flush=True)

    def row(self, name, complaints, said=""):
        self.number += 1
        self.failed |= bool(complaints)
        for line in complaints:
            print("#", line.replace("\n", "\n# "))
        if said:
            print(f"# {said}")
        print(f"{'not ok' if complaints else 'ok'} {self.number} {re.sub(r'[^0-9A-Za-z_]+', '_', name)}", flush=True)


def main():
    started = time.time()
    tree, objects = WORK / "tree", WORK / "objects"
    # All of it anew: what an earlier run left is of a core without a lock.
    shutil.rmtree(WORK, ignore_errors=True)
    tree.mkdir(parents=True)
    objects.mkdir()
    for name in ("include", "shim", "cxx", "kunit"):
        shutil.copytree(TOP / name, tree / name, ignore=shutil.ignore_patterns("*.o", "*.cmd", "vectors", "corpus"))
    found = places(tree)
    chosen = [place for place in found if not WORDS or any(word in f"{place[0]} {place[1]}" for word in WORDS)]
    for word in WORDS:
        if not any(word in f"{row} {taken}" for row, taken, _, _ in found):
            sys.exit(f"error: WORDS: no lock's row has '{word}'")
    if not chosen:
        sys.exit("error: the core takes no lock")
    document = Document(2 + len(chosen))
    document.row("every lock of the core stands in the table", table_is_complete(found))
    wrong = build(tree, objects)
    document.row("callers viewers retries and starts do not race", wrong or silent(objects))
    for place in chosen:
        complaints, seen = left_out(tree, objects, place)
        document.row(f"without the lock in {place[0]} they race", complaints, seen)
    print(f"# {len(chosen)} locks in {time.time() - started:.0f} s")
    sys.exit(document.failed)


main()
