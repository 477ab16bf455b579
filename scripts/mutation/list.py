#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Applies faults of kunit/user/mutants, which somebody chose, to a copy of the core, builds it, runs the suites in user
space and explores a little: the tests have to notice every one (make mutate LIST=...). Ends with "caught N of N" and the
names of survivors.

usage: list.py TOP NUMBER [WORDS...]        NUMBER: a sample of so many, or "all". WORDS: only faults whose description
       contains one of them
"""
import concurrent.futures
import hashlib
import os
import pathlib
import queue
import random
import re
import shutil
import subprocess
import sys
import time

TOP = pathlib.Path(sys.argv[1])
NUMBER = sys.argv[2]
WORDS = sys.argv[3:]
WORK = TOP / "build" / "mutants"
WORKERS = len(os.sched_getaffinity(0))
POLICIES = ([], ["page_by_page", "invalid_resumption", "pw_mce", "no_clflush"], ["no_features"])
# Optimised little and without sanitizers: most of the time goes into building.
VARIABLES = ["SANITIZE=", "EXTRA=-g0 -Wno-error -w", "suites", "explore"]
PROOF = re.compile(r"static assertion failed|non-constant condition|not a constant expression")


def read_mutants(path):
    mutants = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = [part.strip() for part in line.split("@@")]
        if len(parts) != 4:
            sys.exit(f"{path}:{number}: four parts are needed, here are {len(parts)}")
        mutants.append(parts)
    return mutants


def pattern_of(text):
    """The text with any white space between its words."""
    return re.compile(r"\s+".join(re.escape(word) for word in text.split()))


class Worker:
    """A copy of the sources, which somebody may edit meanwhile, and of their objects."""

    def __init__(self, number):
        self.tree, self.objects = WORK / f"tree{number}", WORK / f"objects{number}"
        shutil.rmtree(self.tree, ignore_errors=True)
        self.tree.mkdir(parents=True)
        for name in ("include", "shim", "cxx", "kunit"):
            shutil.copytree(TOP / name, self.tree / name, ignore=shutil.ignore_patterns("*.o", "*.cmd"))
        shutil.rmtree(self.objects, ignore_errors=True)
        self.objects.mkdir()
        self.build()
        self.pristine = WORK / f"pristine{number}"
        shutil.rmtree(self.pristine, ignore_errors=True)
        shutil.copytree(self.objects, self.pristine)

    def make(self):
        command = ["make", "-s", "-C", self.objects, "-f", self.tree / "kunit/user/user.mk", f"TOP={self.tree}", *VARIABLES]
        return subprocess.run(command, capture_output=True, text=True)

    def build(self):
        built = self.make()
        if built.returncode:
            sys.exit(f"the core does not build without a fault:\n{built.stderr}")

    def restore(self, path, source, times):
        path.write_text(source)
        os.utime(path, ns=times)
        for kept in self.pristine.rglob("*"):
            there = self.objects / kept.relative_to(self.pristine)
            if kept.is_dir():
                continue
            if not there.exists() or there.stat().st_mtime_ns != kept.stat().st_mtime_ns:
                shutil.copy2(kept, there)

    def suites_fail(self):
        for policies in POLICIES:
            command = [self.objects / "suites", "--gtest_fail_fast", "--gtest_brief=1", *policies]
            try:
                run = subprocess.run(command, capture_output=True, text=True, timeout=60)
            except subprocess.TimeoutExpired:
                return "the suites hang"
            if run.returncode:
                failed = re.search(r"\[  FAILED  \] (\S+)", run.stdout)
                return failed.group(1) if failed else "the program dies"
        return self.explorer_fails()

    def explorer_fails(self):
        """Failing allocations are the explorer's: no suite in user space makes one fail."""
        command = [self.objects / "explore", "3", "5"]
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        except subprocess.TimeoutExpired:
            return "the explorer hangs"
        return "the explorer" if run.returncode else None

    def try_mutant(self, mutant):
        description, file, text, replacement = mutant
        path = self.tree / "cxx" / file
        source = path.read_text()
        if len(pattern_of(text).findall(source)) != 1:
            return description, "error", f"'{text}' stands {len(pattern_of(text).findall(source))} times in {file}"
        times = (path.stat().st_atime_ns, path.stat().st_mtime_ns)
        path.write_text(pattern_of(text).sub(lambda _: replacement, source))
        try:
            built = self.make()
            if built.returncode:
                if PROOF.search(built.stderr):
                    return description, "caught", "by the compiler"
                return description, "error", "it does not build: " + built.stderr[:600]
            failed = self.suites_fail()
            return (description, "caught", "by " + failed) if failed else (description, "SURVIVED", file)
        finally:
            self.restore(path, source, times)


def main():
    mutants = read_mutants(TOP / "kunit/user/mutants")
    for word in WORDS:
        if not any(word in mutant[0] for mutant in mutants):
            sys.exit(f"error: WORDS: no mutant's description has '{word}'")
    if not mutants:
        sys.exit("error: kunit/user/mutants has no mutant")
    if WORDS:
        mutants = [mutant for mutant in mutants if any(word in mutant[0] for word in WORDS)]
    if NUMBER != "all":
        if not NUMBER.isdigit() or not int(NUMBER):
            sys.exit(f"error: LIST={NUMBER}: wanted is a number of mutants, or all")
        # Another sample for another list or another core, the same for the same ones.
        digest = hashlib.sha256()
        for path in [TOP / "kunit/user/mutants", *sorted((TOP / "cxx").rglob("*.?*"))]:
            digest.update(path.read_bytes() if path.is_file() else b"")
        mutants = random.Random(digest.hexdigest()).sample(mutants, min(int(NUMBER), len(mutants)))
    started = time.time()
    workers = queue.SimpleQueue()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for worker in pool.map(Worker, range(WORKERS)):
            workers.put(worker)
        first = workers.get()
        failed = first.suites_fail()
        if failed:
            sys.exit(f"the suites fail without a fault: {failed}")
        workers.put(first)

        def run(mutant):
            worker = workers.get()
            try:
                return worker.try_mutant(mutant)
            finally:
                workers.put(worker)

        results = []
        for done in concurrent.futures.as_completed([pool.submit(run, mutant) for mutant in mutants]):
            results.append(done.result())
            print("%-10s%s (%s)" % (results[-1][1], results[-1][0], results[-1][2]), flush=True)
    caught = sum(result[1] == "caught" for result in results)
    for description, verdict, detail in results:
        if verdict != "caught":
            print(f"{verdict}: {description} ({detail})")
    print(f"caught {caught} of {len(results)} in {time.time() - started:.0f} s")
    sys.exit(caught != len(results))


main()
