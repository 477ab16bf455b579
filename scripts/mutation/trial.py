# SPDX-License-Identifier: GPL-2.0
"""Runs the programs of a mutated build with one fault at a time, on the tests that reach the fault."""
import os
import re
import resource
import shutil
import subprocess
import tempfile

# Few tests need a second of CPU time; on a shared machine they may have to wait.
CPU_SECONDS, WALL_SECONDS = 15, 90
POLICIES = ((), ("page_by_page", "invalid_resumption", "pw_mce", "no_clflush"), ("no_features",))
EXPLORER = ("3", "5")
FIRST_TESTS = 20
SLOW_MS = 100


class Hang(Exception):
    pass


def run(command, environment, limits=True):
    """Returns the exit status and what was printed; raises Hang."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                                   env={**os.environ, **environment})
        if limits:
            for what, limit in ((resource.RLIMIT_CPU, CPU_SECONDS), (resource.RLIMIT_AS, 16 << 30), (resource.RLIMIT_FSIZE, 1 << 28)):
                resource.prlimit(process.pid, what, (limit, limit))
        try:
            status = process.wait(WALL_SECONDS if limits else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Hang from None
        if status in (-9, -24, -25):    # SIGKILL, SIGXCPU or SIGXFSZ: it reached a limit
            raise Hang
        output.seek(0)
        return status, output.read().decode("latin-1")


class Trial:
    """The programs in @objects, and which faults each of their tests reaches without any fault."""

    def __init__(self, top, objects):
        self.objects = objects
        self.tests = [self.reach(["suites", "--gtest_brief=1", *policy]) for policy in POLICIES]
        # With a fault only some tests run: no test may depend on earlier ones.
        for policy in POLICIES:
            self.must_pass(["suites", "--gtest_brief=1", "--gtest_shuffle", *policy], {})
        self.explored = self.reach(["explore", *EXPLORER])["-"][1]
        self.recordings = [str(path) for path in sorted((top / "kunit/replay/vectors").rglob("*.vec"))]
        self.replayed = self.reach(["replay", *self.recordings])["-"][1]

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
        status, output = run([self.objects / command[0], *command[1:]], environment, limits=False)
        if status:
            raise SystemExit(f"error: {' '.join(command)} fails without a fault:\n{output[-3000:]}")

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

    def notice(self, fault):
        """What notices the fault, or None; raises Hang."""
        environment = {"TDX_FAULT": str(fault.number)}
        # The recordings have the answers of the real TDX module, and take little time.
        if fault.number in self.replayed and run([self.objects / "replay", *self.recordings], environment)[0]:
            return "the recordings"
        for policy, batch in self.batches(fault.number):
            command = [self.objects / "suites", "--gtest_fail_fast", "--gtest_brief=1", *policy]
            status, output = run(command, {**environment, "GTEST_FILTER": ":".join(batch)})
            if status:
                failed = re.search(r"\[  FAILED  \] (\S+?),? ", output + " ")
                return failed.group(1) if failed else "the program dies" if status < 0 else "the program does not start"
        if fault.number in self.explored and run([self.objects / "explore", *EXPLORER], environment)[0]:
            return "the explorer"
        return None


def copied_objects(objects, place):
    """A copy of the objects without those of the core."""
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(objects, place)
    shutil.rmtree(place / "core")
    (place / "suites").unlink()
    return place
