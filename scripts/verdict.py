#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judges a guest run by its two logs, and other KTAP documents with it.

Counts the tests in every KTAP document with the kernel's own parser (tools/testing/kunit). Each of these is a failure: a
test that failed or crashed, a defect of a document, a job that did not end with status 0, and an unexpected report of the
kernel (warning, BUG, Oops, sanitizer, lock checker). Ends with "N passed, N failed".

usage: verdict.py [KERNEL_SOURCE] [--guest LOGDIR]... [--job LOGDIR]... [--ktap FILE]... [--gtest FILE]... [--failed TEXT]...
       KERNEL_SOURCE: for --guest and --ktap
       --guest: tests ran there      --job: something else ran there, and counts as one test
       --gtest: GoogleTest's results of a program (--gtest_output=json:), which are written at its end
       --failed: something could not even be run
"""
import argparse
import io
import json
import pathlib
import re
import sys

UNEXPECTED = re.compile(
    r"BUG[: ]|WARNING[: ]|Oops|cut here|Call Trace|KASAN|KCSAN|UBSAN|kmemleak: \d+ new|unreferenced object"
    r"|possible recursive locking|possible circular locking|inconsistent lock state|suspicious RCU usage"
    r"|soft lockup|hard LOCKUP|blocked for more than|rcu: INFO|Kernel panic|general protection fault|Bad page"
)
# Lines of a KTAP document: the names of tests may have any word.
KTAP = re.compile(r"^ *(ok|not ok|#) ")
# The prefix of each line of the kernel log.
STAMP = re.compile(r"^\[ *\d+\.\d+\] ")
DOCUMENT = re.compile(r"^(\[ *\d+\.\d+\] )?KTAP version 1$")
JOB_END = re.compile(r"^guest: job \S+ ended with status (\d+)$")

# A report of KCSAN, between its frames; the first line of each access, which names its function and module; and our modules.
RACE = re.compile(r"^(?:\[ *\d+\.\d+\] )?=+\n.*BUG: KCSAN: (?:data-race|assert).*\n(?:.*\n)*?(?:\[ *\d+\.\d+\] )?=+(?:\n|\Z)", re.M)
ACCESS = re.compile(r" by (?:task \d+|interrupt) on cpu \d+:\n(.*)")
OURS = re.compile(r"\[(tdx_\w+|seam_emulator)\]")


def without_foreign_races(lines):
    """Drops the reports of data races in which no access is in the module: the kernel has some."""
    def kept(report):
        first = ACCESS.findall(report[0])
        return report[0] if not first or any(map(OURS.search, first)) else ""

    return RACE.sub(kept, "\n".join(lines)).splitlines()


def documents(lines):
    """Splits a log into its KTAP documents; each begins with an unindented version line.

    The kernel writes an empty document while it boots, because no suites are built in.
    """
    starts = [i for i, line in enumerate(lines) if DOCUMENT.match(line)]
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        if not any(STAMP.sub("", line) == "1..0" for line in lines[start + 1 : start + 2]):
            yield lines[start:end]


def kernels_parser(source):
    """The kernel's own parser of KTAP: a function of lines and a printer that returns the test."""
    if not source or not (source / "tools/testing/kunit/kunit_parser.py").exists():
        sys.exit(f"error: tests are counted by the parser of a kernel source tree, which '{source or ''}' is not")
    sys.path.insert(0, str(source / "tools/testing/kunit"))
    import kunit_parser
    import kunit_printer

    return lambda lines, output: kunit_parser.parse_run_tests(lines, kunit_printer.Printer(output=output))


class Verdict:
    def __init__(self, parse):
        self.parse = parse
        self.passed = 0
        self.failures = []

    def fail(self, text):
        self.failures.append(text)

    def read_lines(self, path):
        if not path.exists():
            self.fail(f"there is no {path} to judge")
            return []
        return path.read_text(errors="replace").replace("\r", "").splitlines()

    def judge_ktap(self, lines, origin):
        found = list(documents(lines))
        if not found:
            self.fail(f"{origin}: no KTAP document: nothing was tested")
        for document in found:
            said = io.StringIO()
            test = self.parse(document, said)
            for line in said.getvalue().splitlines():
                if "[ERROR]" in line:
                    self.fail(f"{origin}: {line}")
            self.count(test, [], origin)

    def count(self, test, path, origin):
        path = path + [test.name] if test.name else path
        if test.subtests:
            for subtest in test.subtests:
                self.count(subtest, path, origin)
            return
        status = test.status.name
        if status == "SUCCESS":
            self.passed += 1
        elif status == "SKIPPED":
            self.fail(f"{origin}: {' / '.join(path)}: skipped, but every test can run here")
        else:
            # What KUnit says about the failure, which other lines of the kernel may come before.
            first = next((i for i, line in enumerate(test.log) if "FAILED at" in line), 0)
            log = "\n".join("      " + STAMP.sub("", line) for line in test.log[first : first + 12])
            self.fail(f"{origin}: {' / '.join(path)}: {status.lower()}\n{log}")

    def judge_gtest(self, path):
        text = "\n".join(self.read_lines(path))
        tests = [test for suite in json.loads(text or '{"testsuites": []}')["testsuites"] for test in suite["testsuite"]]
        if text and not tests:
            self.fail(f"{path}: nothing was tested")
        for test in tests:
            if failures := test.get("failures"):
                self.fail(f"{path}: {test['classname']}.{test['name']}\n" + "\n".join(failure["failure"] for failure in failures))
            elif test["result"] != "COMPLETED":
                self.fail(f"{path}: {test['classname']}.{test['name']}: {test['result'].lower()}")
            else:
                self.passed += 1

    def judge_guest(self, logs):
        console = without_foreign_races(self.read_lines(logs / "console.log"))
        report = self.read_lines(logs / "report.log")
        ends = [match for match in map(JOB_END.match, report) if match]
        if len(ends) != 1:
            self.fail(f"{logs.name}: the job did not come to its end; last words of the kernel:\n" + "\n".join(console[-15:]))
        elif ends[0].group(1) != "0":
            self.fail(f"{logs.name}: the job ended with status {ends[0].group(1)}; its last words:\n" + "\n".join(report[-25:]))
        for log, lines in (("the kernel log", console), ("the report", report)):
            for i, line in enumerate(lines):
                if UNEXPECTED.search(line) and not KTAP.match(STAMP.sub("", line)):
                    self.fail(f"{logs.name}: unexpected in {log}:\n" + "\n".join(lines[max(0, i - 3) : i + 20]))
                    break
        return console, report


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("kernel_source", nargs="?", type=pathlib.Path)
    arguments.add_argument("--guest", action="append", default=[], type=pathlib.Path, metavar="LOGDIR")
    arguments.add_argument("--job", action="append", default=[], type=pathlib.Path, metavar="LOGDIR")
    arguments.add_argument("--ktap", action="append", default=[], type=pathlib.Path, metavar="FILE")
    arguments.add_argument("--gtest", action="append", default=[], type=pathlib.Path, metavar="FILE")
    arguments.add_argument("--failed", action="append", default=[], metavar="TEXT")
    options = arguments.parse_args()

    # Without KTAP documents no parser is needed, and no kernel source.
    verdict = Verdict(kernels_parser(options.kernel_source) if options.guest or options.ktap else None)
    for text in options.failed:
        verdict.fail(text)
    for logs in options.guest:
        console, report = verdict.judge_guest(logs)
        verdict.judge_ktap(console, f"{logs.name}/console.log")
        verdict.judge_ktap(report, f"{logs.name}/report.log")
    for logs in options.job:
        failures = len(verdict.failures)
        verdict.judge_guest(logs)
        verdict.passed += len(verdict.failures) == failures
    for path in options.ktap:
        verdict.judge_ktap(verdict.read_lines(path), path)
    for path in options.gtest:
        verdict.judge_gtest(path)

    for failure in verdict.failures:
        print(f"FAILED {failure}")
    print(f"{verdict.passed} passed, {len(verdict.failures)} failed")
    return 1 if verdict.failures or not verdict.passed else 0


if __name__ == "__main__":
    sys.exit(main())
