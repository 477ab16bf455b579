# SPDX-License-Identifier: GPL-2.0
"""The faults of core and model: the programs of user space with all of them, and what notices one: the recordings of the real TDX
module, the suites and the explorer, as far as they reach it, or the compiler.
"""
import concurrent.futures
import hashlib
import itertools
import os
import pathlib
import pickle
import re
import shutil
import subprocess
import sys
import tempfile

from generate import Source, Tree, put

PARTS = {"core": ["cxx/*/*.hpp", "cxx/*/*.cc"], "model": ["kunit/seam/model/*.c"]}
INCLUDE = ("include", "shim", "cxx")
WORKERS = len(os.sched_getaffinity(0))
# Ends the program at an index that is not one of its array.
BOUNDS = "-fsanitize=bounds -fsanitize-trap=bounds -fstrict-flex-arrays=3"
# Few tests need a second of CPU time; on a shared machine they may have to wait.
LIMITS = ("timeout", "-s", "KILL", "90", "prlimit", "--cpu=15", f"--as={16 << 30}", f"--fsize={1 << 28}")
POLICIES = [line.split() for line in subprocess.run(["scripts/user.sh", "policies"], cwd=pathlib.Path(__file__).parents[2],
                                                    stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()]
EXPLORER = ("3", "5")
FIRST_TESTS = 20
SLOW_MS = 100


class Hang(Exception):
    pass


def language_of(name):
    """The compiler of a source, and the options of its language."""
    cxx = ["clang++-19", "-w", "-x", "c++", "-std=gnu++23", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-Wno-narrowing"]
    return cxx if name.endswith((".cc", ".hpp")) else ["clang-19", "-w", "-x", "c", "-std=c11"]


def read_source(top, name):
    return Source(top / name, name, [*language_of(name)[1:], *(f"-I{top / room}" for room in INCLUDE)])


def compile_command(place, name):
    """Checks a source with faults."""
    return [*language_of(name), "-include", place / "fault.h", *(f"-I{place / room}" for room in INCLUDE), place / name,
            "-fsyntax-only", "-ferror-limit=0", "-fno-caret-diagnostics"]


def copy_sources(top, place, but):
    """Copies the sources without @but, those with faults, and removes what is gone. Unchanged files keep their time."""
    names = {str(path.relative_to(top)) for room in ("include", "shim", "cxx", "kunit") for path in (top / room).rglob("*")
             if path.is_file() and path.suffix not in (".o", ".cmd")}
    for path in list(place.rglob("*")):
        if path.is_file() and str(path.relative_to(place)) not in names | {"fault.h"}:
            path.unlink()
    for name in names.difference(but):
        put(place / name, (top / name).read_bytes().decode("latin-1"))


def make_tree(top, work, parts):
    """The sources of @parts with all faults that compile; those of an earlier run, if the sources are unchanged."""
    def names(*patterns):
        return [str(path.relative_to(top)) for pattern in patterns for path in sorted(top.glob(pattern))]

    chosen = [name for part in parts for name in names(*PARTS[part])]
    read = names(*itertools.chain(*PARTS.values()), "include/*", "shim/*.h", "kunit/seam/model/*.h", "scripts/mutation/*.py")
    digest = hashlib.sha256(b"".join([repr(parts).encode(), *((top / name).read_bytes() for name in read)])).hexdigest()
    place, kept = work / "tree", work / "tree.pickle"
    copy_sources(top, place, chosen)
    tree, made_of = pickle.loads(kept.read_bytes()) if kept.exists() else (None, None)
    if made_of != digest:
        kept.unlink(missing_ok=True)
        with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
            tree = Tree(place, list(pool.map(read_source, itertools.repeat(top), chosen)), compile_command)
        kept.write_bytes(pickle.dumps((tree, digest)))
    return tree


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
        if errors := self.build(objects, "suites", "explore", "replay"):
            sys.exit(f"error: the sources with faults do not build:\n{errors[:3000]}")
        self.tests = [self.reach(["suites", "--gtest_brief=1", *policy]) for policy in POLICIES]
        # With a fault only some tests run: no test may depend on earlier ones.
        for policy in POLICIES:
            self.must_pass(["suites", "--gtest_brief=1", "--gtest_shuffle", *policy], {})
        self.explored = self.reach(["explore", *EXPLORER])["-"][1]
        self.recordings = [str(path) for path in sorted((top / "kunit/replay/vectors").rglob("*.vec"))]
        self.replayed = self.reach(["replay", *self.recordings])["-"][1]
        self.proofs = [name for name, source in tree.sources.items() if "static_assert" in source.text and name.startswith("cxx/")]
        for name in self.proofs:
            if self.is_refused(name, 0):
                sys.exit(f"error: {name} does not compile without a fault")

    def build(self, objects, *targets, extra=""):
        """Returns the errors."""
        objects.mkdir(parents=True, exist_ok=True)
        variables = ["FAULTS=1", "CC=clang-19", "CXX=clang++-19", f"SANITIZE={BOUNDS}",
                     f"EXTRA=-g0 -w -Wno-error -Wno-narrowing -include {self.tree.place}/fault.h {extra}"]
        made = subprocess.run(["make", "-s", f"-j{1 if extra else WORKERS}", "-C", objects, "-f", self.tree.place / "kunit/user/user.mk",
                               f"TOP={self.tree.place}", *variables, *targets], capture_output=True, text=True)
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
        for policy, tests in zip(POLICIES, self.tests):
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

    # Faults in constant expressions cannot be chosen at run time.

    def is_refused(self, name, number):
        command = [*compile_command(self.tree.place, name), f"-DTDX_FAULT_AT_COMPILE_TIME={number}"]
        return subprocess.run(command, capture_output=True).returncode != 0

    def notice_compiled_in(self, number):
        """What notices the fault in suites with a core of their own: the compiler, or the suites; or None."""
        objects = self.objects.with_name(f"constant{number}")
        shutil.rmtree(objects, ignore_errors=True)
        shutil.copytree(self.objects, objects, ignore=shutil.ignore_patterns("core", "suites"))
        try:
            if self.build(objects, "suites", extra=f"-DTDX_FAULT_AT_COMPILE_TIME={number}"):
                return "the compiler"
            commands = ([objects / "suites", "--gtest_fail_fast", "--gtest_brief=1", *policy] for policy in POLICIES)
            return "the suites" if any(run(command, {"TDX_FAULT": str(number)})[0] for command in commands) else None
        finally:
            shutil.rmtree(objects)

    def judge(self, fault):
        """Returns the verdict on a fault, and what noticed it."""
        is_reached, is_cxx = self.is_reached(fault.number), fault.file.startswith("cxx/")
        try:
            noticed = self.notice(fault.number) if is_reached else None
            if not noticed and is_cxx and fault.constexpr:
                # A static assertion fails, or the code does not compile.
                own_first = sorted(self.proofs, key=lambda name: name != fault.file)
                noticed = "the compiler" if any(self.is_refused(name, fault.number) for name in own_first) else None
            if not noticed and is_cxx and fault.compile_time:
                noticed = self.notice_compiled_in(fault.number)
        except Hang:
            return "unknown", "it hangs"
        if noticed:
            return "noticed", noticed
        return "survived" if fault.compile_time or is_reached else "not reached", ""


def prepare(top, work, parts):
    """Returns the sources of @parts with all their faults, and a function that yields given faults with their verdicts."""
    tree = make_tree(top, work, parts)
    trial = Trial(top, tree, work / "objects")

    def try_all(faults):
        # More threads than processors, because many tests wait.
        with concurrent.futures.ThreadPoolExecutor(3 * WORKERS) as pool:
            pending = {pool.submit(trial.judge, fault): fault for fault in faults}
            for done in concurrent.futures.as_completed(pending):
                yield pending[done], *done.result()
    return tree, try_all
