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
import pathlib
import random
import sys
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "mutation"))
import shim    # noqa: E402
import user    # noqa: E402

PLACES = {"core": "cxx/", "model": "kunit/", "shim": "shim/"}
# Per cent of faults that must be noticed: the measured share less three standard deviations of a sample of 150 (core), four
# of 150 (model) or of 100 (shim).
FLOORS = {"core": 95, "model": 88, "shim": 80}
SAMPLE = 300


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


def choose(tree, parts, options):
    """The faults to try."""
    faults = [fault for fault in tree.faults if fault.number]
    print(f"{len(tree.faults)} faults, {len(tree.faults) - len(faults)} of which are in constants of C or do not compile")
    for word in options.words:
        if not any(word in fault.key for fault in faults):
            sys.exit(f"error: WORDS: no fault's description has '{word}'")
    if options.words:
        faults = [fault for fault in faults if any(word in fault.key for word in options.words)]
    # Equal faults have equal samples.
    seed = options.seed if options.seed is not None else zlib.crc32("".join(fault.key for fault in tree.faults).encode())
    chosen = []
    for part in parts:
        mine = [fault for fault in faults if fault.file.startswith(PLACES[part])]
        number = len(mine) if options.all or options.words else min(options.number // len(parts), len(mine))
        print(f"{part}: {number} of {len(mine)} faults, SEED={seed}", flush=True)
        chosen += random.Random(seed).sample(mine, number)
    return chosen


def is_enough(part, results, known):
    """Prints a line about a part; returns whether as many faults are noticed as must be."""
    mine = [(fault, verdict) for fault, verdict, _ in results if fault.file.startswith(PLACES[part])]
    counted = [verdict for fault, verdict in mine if verdict == "noticed" or known.get(fault.key, ("",))[0] != "equivalent"]
    verdicts = collections.Counter(counted)
    share = 100 * verdicts["noticed"] / max(1, len(counted))
    print(f"{part}: noticed {verdicts['noticed']} of {len(counted)} ({share:.1f} %, {FLOORS[part]} wanted), survived {verdicts['survived']}, "
          f"not reached {verdicts['not reached']}, unknown {verdicts['unknown']}; equivalent {len(mine) - len(counted)}")
    return share >= FLOORS[part] or not counted


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
    known = read_known(top / "kunit/user/survivors")

    parts = [options.part] if options.part else ["core", "model"]
    tree, try_all = (shim if parts == ["shim"] else user).prepare(top, top / "build" / "mutate", parts)
    results = []
    for fault, verdict, what in try_all(choose(tree, parts, options)):
        results.append((fault, verdict, what))
        print(f"{verdict:<12}{fault.place}" + (f" ({what})" if what else ""), flush=True)

    stale = {key for key in known if key.startswith(tuple(PLACES[part] for part in parts))} - {fault.key for fault in tree.faults}
    wrong = [f"gone: {key}: there is no such fault, but it stands in kunit/user/survivors" for key in sorted(stale)]
    for fault, verdict, _ in sorted(results, key=lambda result: (result[0].file, result[0].line)):
        if verdict == "noticed" and fault.key in known:
            wrong.append(f"noticed: {fault.key}: it stands in kunit/user/survivors")
        elif verdict != "noticed":
            print(f"{verdict}: {fault.place} ({': '.join(known.get(fault.key, ('no reason is known',)))})")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    below = [part for part in parts if not is_enough(part, results, known)]
    print(f"tried {len(results)} faults in {time.time() - started:.0f} s" + (f"; too few are noticed: {', '.join(below)}" if below else ""))
    sys.exit(bool(wrong or below))


main()
