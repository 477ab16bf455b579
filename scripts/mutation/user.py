# SPDX-License-Identifier: GPL-2.0
"""The faults of core and model: the programs of user space with all of them, and what notices one: the recordings of the real TDX
module, the suites and the explorer, as far as they reach it, or the compiler.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from generate import Source, write

PARTS = {"core": ["cxx/*/*.hpp", "cxx/*/*.cc"], "model": ["kunit/seam/model/*.c"]}
ROOMS = ("include", "shim", "cxx", "kunit")
WORKERS = len(os.sched_getaffinity(0))
# More threads than processors, because many tests wait.
THREADS = 3 * WORKERS
# Ends the program at an index that is not one of its array.
BOUNDS = "-fsanitize=bounds -fsanitize-trap=bounds -fstrict-flex-arrays=3"
# Few tests need a second of CPU time; on a shared machine they may have to wait.
LIMITS = ("timeout", "-s", "KILL", "90", "prlimit", "--cpu=15", f"--as={16 << 30}", f"--fsize={1 << 28}")
EXPLORER = ("3", "5")
FIRST_TESTS = 20
SLOW_MS = 100


def read_source(top, path):
    language = ["-x", "c++", "-std=gnu++23", "-ffreestanding"] if path.suffix in (".cc", ".hpp") else ["-x", "c", "-std=c11"]
    return Source(path, str(path.relative_to(top)), [*language, "-w", *(f"-I{top / room}" for room in ROOMS)])


def make_tree(top, place, parts):
    """A copy of the sources, those of @parts with all faults. Unchanged files keep their time. Returns the faults."""
    paths = [path for part in parts for pattern in PARTS[part] for path in sorted(top.glob(pattern))]
    mutated = {place / path.relative_to(top) for path in paths}

    def copy(source, target):
        if pathlib.Path(target) not in mutated:
            shutil.copy2(source, target)

    for path in list(place.rglob("*")):
        if path.is_file() and path not in mutated and path.name != "fault.h":
            path.unlink()
    for room in ROOMS:
        shutil.copytree(top / room, place / room, copy_function=copy, ignore=shutil.ignore_patterns("*.o", "*.cmd", "corpus"),
                        dirs_exist_ok=True)
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        return write(place, list(pool.map(read_source, [top] * len(paths), paths)))


class Hang(Exception):
    pass


def run(command, environment, limits=LIMITS):
    """Returns the exit status and what was printed; raises Hang."""
    # A file: a child that the program leaves behind would keep a pipe open.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run([*limits, *command], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                              env={**os.environ, **environment})
        # SIGKILL, also as the status of timeout, SIGXCPU or SIGXFSZ: it reached a limit.
        if done.returncode in (-9, 137, -24, -25):
            raise Hang
        output.seek(0)
        return done.returncode, output.read().decode("latin-1")


class Trial:
    """The programs in @objects, and which faults each of their tests reaches without any fault."""

    def __init__(self, top, tree, objects):
        self.tree, self.objects = tree, objects
        policies = subprocess.run([top / "scripts/user.sh", "policies"], capture_output=True, text=True, check=True)
        self.policies = [line.split() for line in policies.stdout.splitlines()]
        if errors := self.build(objects, "suites", "explore", "replay"):
            sys.exit(f"error: the sources with faults do not build:\n{errors[:3000]}")
        self.tests = [self.reach(["suites", "--gtest_brief=1", *policy]) for policy in self.policies]
        # With a fault only some tests run: no test may depend on earlier ones.
        for policy in self.policies:
            self.must_pass(["suites", "--gtest_brief=1", "--gtest_shuffle", *policy], {})
        self.explored = self.reach(["explore", *EXPLORER])["-"][1]
        self.recordings = [str(path) for path in sorted((top / "kunit/replay/vectors").rglob("*.vec"))]
        self.replayed = self.reach(["replay", *self.recordings])["-"][1]

    def build(self, objects, *targets, extra=""):
        """Returns the errors."""
        objects.mkdir(parents=True, exist_ok=True)
        variables = ["FAULTS=1", "CC=clang-19", "CXX=clang++-19", f"SANITIZE={BOUNDS}",
                     f"EXTRA=-g0 -w -Wno-error -Wno-narrowing -include {self.tree}/fault.h {extra}"]
        made = subprocess.run(["make", "-s", f"-j{1 if extra else WORKERS}", "-C", objects, "-f", self.tree / "kunit/user/user.mk",
                               f"TOP={self.tree}", *variables, *targets], capture_output=True, text=True)
        return made.stderr if made.returncode else None

    def reach(self, command):
        """For each test its milliseconds and the faults that it reaches; "-" has those that every test reaches."""
        note = self.objects / "reach"
        note.unlink(missing_ok=True)
        self.must_pass(command, {"TDX_FAULT_REACH": str(note)})
        found = {"-": (0, set())}
        for line in note.read_text().splitlines():
            name, milliseconds, *numbers = line.split(" ")
            before = found.get(name, (0, set()))
            found[name] = (before[0] + int(milliseconds), before[1] | set(map(int, numbers)))
        return found

    def must_pass(self, command, environment):
        status, output = run([self.objects / command[0], *command[1:]], environment, limits=())
        if status:
            sys.exit(f"error: {' '.join(command)} fails without a fault:\n{output[-3000:]}")

    def is_reached(self, number):
        return number in self.explored | self.replayed or any(number in reached for tests in self.tests for _, reached in tests.values())

    def batches(self, number):
        """The tests to run, in this order: a few that reach few other faults, the other quick tests, slow tests."""
        groups = ([], [], [])
        for policy, tests in zip(self.policies, self.tests):
            everywhere = number in tests["-"][1]
            names = [name for name, (_, reached) in tests.items() if name != "-" and (everywhere or number in reached)]
            names.sort(key=lambda name: len(tests[name][1]))
            quick = [name for name in names if tests[name][0] < SLOW_MS]
            slow = [name for name in names if tests[name][0] >= SLOW_MS]
            for group, some in zip(groups, (quick[:FIRST_TESTS], quick[FIRST_TESTS:], slow)):
                group.append((policy, some))
        return [(policy, some) for group in groups for policy, some in group if some]

    def notice(self, number):
        """What notices a fault that is chosen at run time, or None; raises Hang."""
        environment = {"TDX_FAULT": str(number)}
        # The recordings have the answers of the real TDX module, and take little time.
        if number in self.replayed and run([self.objects / "replay", *self.recordings], environment)[0]:
            return "the recordings"
        for policy, batch in self.batches(number):
            command = [self.objects / "suites", "--gtest_fail_fast", "--gtest_brief=1", *policy]
            status, output = run(command, {**environment, "GTEST_FILTER": ":".join(batch)})
            if status:
                failed = re.search(r"\[  FAILED  \] (\S+?),? ", output + " ")
                return failed.group(1) if failed else "the program dies" if status < 0 else "the program does not start"
        if number in self.explored and run([self.objects / "explore", *EXPLORER], environment)[0]:
            return "the explorer"
        return None

    def notice_compiled_in(self, number):
        """What notices a fault in a constant expression, which cannot be chosen at run time: the compiler, by a static assertion,
        or the suites with a core of their own; or None."""
        objects = self.objects.with_name(f"constant{number}")
        shutil.rmtree(objects, ignore_errors=True)
        shutil.copytree(self.objects, objects, ignore=shutil.ignore_patterns("core", "suites"))
        try:
            if self.build(objects, "suites", extra=f"-DTDX_FAULT_AT_COMPILE_TIME={number}"):
                return "the compiler"
            for policy in self.policies:
                command = [objects / "suites", "--gtest_fail_fast", "--gtest_brief=1", *policy]
                if run(command, {"TDX_FAULT": str(number)})[0]:
                    return "the suites"
            return None
        finally:
            shutil.rmtree(objects)

    def judge(self, fault):
        """Returns the verdict on a fault, and what noticed it."""
        is_reached = self.is_reached(fault.number)
        try:
            noticed = self.notice(fault.number) if is_reached else None
            if not noticed and fault.constant:
                noticed = self.notice_compiled_in(fault.number)
        except Hang:
            return "unknown", "it hangs"
        if noticed:
            return "noticed", noticed
        return "survived" if fault.constant or is_reached else "not reached", ""


def prepare(top, work, parts):
    """Returns the faults of @parts, the function that judges one, and how many may be judged at once."""
    tree = work / "tree"
    faults = make_tree(top, tree, parts)
    return faults, Trial(top, tree, work / "objects").judge, THREADS
