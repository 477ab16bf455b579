#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Mutation testing (make mutate): puts faults into core and model, one at a time, and checks whether the tests in user space, or
the recordings of the real TDX module, notice them; or into the shim, for the tests in guests (--part shim, by hand). The faults
are generated (scripts/mutation/generate.py) and all compiled once. kunit/user/survivors has the known faults that are not
noticed. Fails if too few faults are noticed, or if that file is wrong.

usage: mutate.py TOP [--part PART] [--all | --number N] [--seed SEED] [WORDS...]
       --part: core, model or shim; default: core and model. --all: every fault. --number N: a sample of N (300), as many of each part
       WORDS: only faults whose description (file, function, changed text) has one of these words
"""
import argparse
import collections
import concurrent.futures
import hashlib
import os
import pathlib
import pickle
import random
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "mutation"))
from generate import Source    # noqa: E402
from schema import C, CXX, Tree    # noqa: E402
from shim import Guests, make_modules    # noqa: E402
from trial import Hang, Trial, copied_objects, run, POLICIES    # noqa: E402

PARTS = {"core": ["cxx/*/*.hpp", "cxx/*/*.cc"], "model": ["kunit/seam/model/*.c"]}
PLACES = {"core": "cxx/", "model": "kunit/", "shim": "shim/"}
# Per cent of faults that must be noticed: the measured share less three standard deviations of a sample of 150 (core), four
# of 150 (model) or of 100 (shim).
FLOORS = {"core": 95, "model": 88, "shim": 80}
SAMPLE = 300
# Ends the program at an index that is not one of its array.
BOUNDS = "-fsanitize=bounds -fsanitize-trap=bounds -fstrict-flex-arrays=3"
WORKERS = len(os.sched_getaffinity(0))
INCLUDE = ("include", "shim", "cxx")


def part_of(fault):
    return next(part for part, place in PLACES.items() if fault.file.startswith(place))


def read_source(top, path):
    language = ["-x", "c++", *CXX[1:]] if path.suffix in (".cc", ".hpp") else ["-x", "c", *C[1:]]
    return Source(path, str(path.relative_to(top)), [*language, "-w", *(f"-I{top / name}" for name in INCLUDE)])


def copy_sources(top, place, but):
    """Copies the sources without @but, the files with faults. Unchanged files keep their time."""
    wanted = {path.relative_to(top) for name in ("include", "shim", "cxx", "kunit") for path in (top / name).rglob("*")
              if path.is_file() and path.suffix not in (".o", ".cmd") and "corpus" not in path.parts}
    kept = wanted | {pathlib.Path("fault.h")}
    for old in [path for path in place.rglob("*") if path.is_file() and path.relative_to(place) not in kept]:
        old.unlink()
    for name in wanted - but:
        source, target = top / name, place / name
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def make_tree(top, work, parts):
    """The sources of @parts with all faults that compile; those of an earlier run, if the sources are unchanged."""
    paths = [path for part in parts for pattern in PARTS[part] for path in sorted(top.glob(pattern))]
    names = {path.relative_to(top) for path in paths}
    place, kept = work / "tree", work / "faults"
    digest = hashlib.sha256(repr(parts).encode())
    others = ("include/*", "shim/*.h", "kunit/seam/model/*.h", "scripts/mutation/*.py")
    for path in [*paths, *(path for pattern in others for path in sorted(top.glob(pattern)))]:
        digest.update(path.read_bytes())
    if kept.exists():
        tree = pickle.loads(kept.read_bytes())
        if tree.digest == digest.hexdigest():
            copy_sources(top, place, names)
            return tree
    kept.unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)
    copy_sources(top, place, set())
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        sources = list(pool.map(read_source, [top] * len(paths), paths))
    tree = Tree(place, sources, [f"-I{place / name}" for name in INCLUDE])
    tree.drop_what_does_not_compile()
    tree.digest = digest.hexdigest()
    kept.write_bytes(pickle.dumps(tree))
    return tree


def build(tree, objects, extra=""):
    objects.mkdir(parents=True, exist_ok=True)
    variables = ["FAULTS=1", "CC=clang-19", "CXX=clang++-19", f"SANITIZE={BOUNDS}",
                 f"EXTRA=-g0 -w -Wno-error -Wno-narrowing -include {tree.place}/fault.h {extra}"]
    targets = ["suites"] if extra else ["suites", "explore", "replay"]
    made = subprocess.run(["make", "-s", f"-j{WORKERS if not extra else 1}", "-C", objects, "-f",
                           tree.place / "kunit/user/user.mk", f"TOP={tree.place}", *variables, *targets],
                          capture_output=True, text=True)
    return made.stderr if made.returncode else None


class Compiler:
    """Tries faults in constant expressions, which cannot be chosen at run time."""

    def __init__(self, tree, objects, work):
        self.tree, self.objects, self.work = tree, objects, work
        self.proofs = [name for name, source in tree.sources.items()
                       if "static_assert" in source.text and name.startswith("cxx/")]

    def refuses(self, name, number):
        command = [*self.tree.compile_command(name), "-fsyntax-only", "-w", f"-DTDX_FAULT_AT_COMPILE_TIME={number}"]
        run = subprocess.run(command, capture_output=True, text=True)
        return run.stderr if run.returncode else None

    def check(self):
        for name in self.proofs:
            errors = self.refuses(name, 0)
            if errors:
                sys.exit(f"error: {name} does not compile without a fault:\n{errors[:3000]}")

    def notices(self, fault):
        """True if a static assertion fails, or the code does not compile."""
        own_first = sorted(self.proofs, key=lambda name: name != fault.file)
        return any(self.refuses(name, fault.number) for name in own_first)

    def suites_notice(self, fault):
        """What notices a fault that is compiled in: the compiler, or the suites with a core of its own; or None."""
        objects = copied_objects(self.objects, self.work / f"constant{fault.number}")
        try:
            if build(self.tree, objects, f"-DTDX_FAULT_AT_COMPILE_TIME={fault.number}"):
                return "the compiler"
            for policy in POLICIES:
                command = [objects / "suites", "--gtest_fail_fast", "--gtest_brief=1", *policy]
                if run(command, {"TDX_FAULT": str(fault.number)})[0]:
                    return "the suites"
            return None
        finally:
            shutil.rmtree(objects)


def judge(fault, trial, compiler):
    """Returns the verdict on a fault, and what noticed it."""
    is_cxx = part_of(fault) == "core"
    try:
        noticed = trial.notice(fault) if trial.is_reached(fault.number) else None
        if not noticed and is_cxx and fault.constexpr and compiler.notices(fault):
            noticed = "the compiler"
        if not noticed and is_cxx and fault.compile_time:
            noticed = compiler.suites_notice(fault)
    except Hang:
        return "unknown", "it hangs"
    if noticed:
        return "noticed", noticed
    return ("survived" if fault.compile_time or trial.is_reached(fault.number) else "not reached"), ""


def read_known(path):
    """The known faults that nothing notices: kind and reason by key."""
    known = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        kind, *key, reason = [part.strip() for part in line.split(" @@ ")]
        if kind not in ("equivalent", "open") or len(key) != 3 or not reason:
            sys.exit(f"error: {path}:{number}: wanted are 'equivalent' or 'open', file, function, change and reason")
        known[" @@ ".join(key)] = (kind, reason)
    return known


def seed_of(top):
    """The seed of the sample: equal sources have equal samples."""
    digest = hashlib.sha256()
    for pattern in ("cxx/*/*", "kunit/suites/*", "kunit/user/*.c*", "kunit/seam/model/*"):
        for path in sorted(top.glob(pattern)):
            digest.update(path.read_bytes())
    return int(digest.hexdigest()[:8], 16)


def count(results, known):
    """Prints one line for each part; returns the parts that are below their floor."""
    below = []
    for part, floor in FLOORS.items():
        mine = [(fault, verdict) for fault, verdict, _ in results if part_of(fault) == part]
        equivalent = [fault for fault, verdict in mine
                      if verdict != "noticed" and known.get(fault.key, ("",))[0] == "equivalent"]
        verdicts = collections.Counter(verdict for fault, verdict in mine if fault not in equivalent)
        counted = sum(verdicts.values())
        if not counted:
            continue
        share = 100 * verdicts["noticed"] / counted
        print(f"{part}: noticed {verdicts['noticed']} of {counted} ({share:.1f} %, {floor} wanted), "
              f"survived {verdicts['survived']}, not reached {verdicts['not reached']}, unknown {verdicts['unknown']}; "
              f"equivalent {len(equivalent)} ({100 * len(equivalent) / len(mine):.1f} %)")
        if share < floor:
            below.append(part)
    return below


def in_user_space(top, work, parts):
    """Returns the sources of @parts with all their faults, and a function that yields the verdicts on given faults."""
    tree = make_tree(top, work, parts)
    objects = work / "objects"
    errors = build(tree, objects)
    if errors:
        sys.exit(f"error: the sources with faults do not build:\n{errors[:3000]}")
    trial = Trial(top, objects)
    compiler = Compiler(tree, objects, work)
    compiler.check()

    def try_all(faults):
        # More threads than processors, because many tests wait.
        with concurrent.futures.ThreadPoolExecutor(3 * WORKERS) as pool:
            pending = {pool.submit(judge, fault, trial, compiler): fault for fault in faults}
            for done in concurrent.futures.as_completed(pending):
                yield pending[done], *done.result()
    return tree, try_all


def in_guests(top, work):
    """As in_user_space(), for the shim."""
    subprocess.run([top / "scripts/deps.sh", "module", "source", "kernel", "guest"], check=True)
    kdir = subprocess.run([top / "scripts/kernel-build.sh", "plain"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    modules = work / "shim"
    tree = make_modules(top, modules, kdir)
    guests = Guests(top, modules, kdir, work / "guests")
    reached = guests.reach()

    def try_all(faults):
        by_number = {fault.number: fault for fault in faults}
        plan = [(fault.number, [name for name, numbers in reached.items() if fault.number in numbers]) for fault in faults]
        unnoticed = {number: "not reached" for number, checks in plan if not checks}
        for number, verdict, what in guests.verdicts([(number, checks) for number, checks in plan if checks]):
            if verdict == "survived":
                unnoticed[number] = verdict
            else:
                yield by_number[number], verdict, what
        for number, verdict, what in guests.judge_all_by_jobs(unnoticed):
            yield by_number[number], verdict, what
    return tree, try_all


def main():
    parser = argparse.ArgumentParser(add_help=False)
    parser.error = lambda message: sys.exit(f"error: {message}")
    parser.add_argument("top", type=pathlib.Path)
    parser.add_argument("--part", choices=list(PLACES))
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--number", type=int, default=SAMPLE)
    parser.add_argument("--seed", type=int)
    parser.add_argument("words", nargs="*")
    options = parser.parse_intermixed_args()
    top, started = options.top.resolve(), time.time()
    work = top / "build" / "mutate"
    known = read_known(top / "kunit/user/survivors")

    parts = [options.part] if options.part else list(PARTS)
    if parts == ["shim"]:
        tree, try_all = in_guests(top, work)
    else:
        tree, try_all = in_user_space(top, work, parts)
    alive = [fault for fault in tree.faults if fault.number]
    constant = [fault for fault in tree.faults if not fault.number and fault.compile_time]
    faults = [fault for fault in alive if not fault.log]
    print(f"{len(tree.faults)} faults: left out are {len(alive) - len(faults)} in texts of logs and traces, "
          f"{len(constant)} in constants of C, and {len(tree.dropped)} that do not compile ({time.time() - started:.0f} s)")
    places = tuple(PLACES[part] for part in parts)
    stale = {key for key in known if key.startswith(places)} - {fault.key for fault in tree.faults}
    for word in options.words:
        if not any(word in fault.key for fault in faults):
            sys.exit(f"error: WORDS: no fault's description has '{word}'")
    if options.words:
        faults = [fault for fault in faults if any(word in fault.key for word in options.words)]
    seed = options.seed if options.seed is not None else seed_of(top)
    chosen = []
    for part in parts:
        mine = [fault for fault in faults if part_of(fault) == part]
        number = len(mine) if options.all or options.words else min(options.number // len(parts), len(mine))
        print(f"{part}: {number} of {len(mine)} faults, SEED={seed}", flush=True)
        chosen += random.Random(seed).sample(mine, number)
    faults = chosen
    if not faults:
        sys.exit("error: there is no fault to try")

    results = []
    wrong = [f"gone: {key}: there is no such fault, but it stands in kunit/user/survivors" for key in sorted(stale)]
    for fault, verdict, what in try_all(faults):
        results.append((fault, verdict, what))
        place = f"{fault.file}:{fault.line}: {fault.function} @@ {fault.change}"
        print(f"{verdict:<12}{place}" + (f" ({what})" if what else ""), flush=True)
    for fault, verdict, _ in sorted(results, key=lambda result: (result[0].file, result[0].line)):
        if verdict == "noticed" and fault.key in known:
            wrong.append(f"noticed: {fault.key}: it stands in kunit/user/survivors")
        elif verdict != "noticed":
            why = ": ".join(known.get(fault.key, ("no reason is known",)))
            print(f"{verdict}: {fault.file}:{fault.line}: {fault.function} @@ {fault.change} ({why})")
    for line in wrong:
        print(line)
    below = count(results, known)
    print(f"tried {len(results)} faults in {time.time() - started:.0f} s" + (f"; too few are noticed: {', '.join(below)}" if below else ""))
    sys.exit(bool(wrong or below))


main()
