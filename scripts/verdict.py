#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Judges a guest run by its two logs, and other KTAP documents with it.

Counts the tests in every KTAP document with the kernel's own parser (tools/testing/kunit). Each of these is a failure: a
test that failed or crashed, a defect of a document, a job that did not end with status 0, an unexpected report of the
kernel (warning, BUG, Oops, sanitizer, lock checker), and a line that the kernel did not log although the job announced it.
Ends with "N passed, N failed".

usage: verdict.py [KERNEL_SOURCE] [--guest LOGDIR]... [--job LOGDIR]... [--ktap FILE]... [--failed TEXT]...
       KERNEL_SOURCE: for --guest and --ktap
       --guest: tests ran there      --job: something else ran there, and counts as one test
       --failed: something could not even be run
"""
import argparse
import io
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
STAMP = re.compile(r"^\[ *\d+\.\d+\] ", re.M)
JOB_END = re.compile(r"^guest: job \S+ ended with status (\d+)$")
# What a job says of the time after it, when the machine goes down: a pattern of one whole line of the kernel.
ANNOUNCED = re.compile(r"^guest: the kernel will log: (.*)$")

# A report of KCSAN, between its frames; the first line of each access, which names its function and module; and our modules.
RACE = re.compile(r"^=+\n.*BUG: KCSAN: (?:data-race|assert).*\n(?:.*\n)*?=+(?:\n|\Z)", re.M)
ACCESS = re.compile(r" by (?:task \d+|interrupt) on cpu \d+:\n(.*)")
OURS = re.compile(r"\[(tdx_\w+|seam_emulator)\]")

passed, failures = [], []


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
    starts = [i for i, line in enumerate(lines) if line == "KTAP version 1"]
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        if lines[start + 1 : start + 2] != ["1..0"]:
            yield lines[start:end]


def kernels_parser(source):
    """The kernel's own parser of KTAP: a function of lines and a printer that returns the test."""
    if not source or not (source / "tools/testing/kunit/kunit_parser.py").exists():
        sys.exit(f"error: tests are counted by the parser of a kernel source tree, which '{source or ''}' is not")
    sys.path.insert(0, str(source / "tools/testing/kunit"))
    import kunit_parser
    import kunit_printer

    return lambda lines, output: kunit_parser.parse_run_tests(lines, kunit_printer.Printer(output=output))


def read_lines(path):
    if not path.exists():
        failures.append(f"there is no {path} to judge")
        return []
    return STAMP.sub("", path.read_text(errors="replace").replace("\r", "")).splitlines()


def judge_ktap(parse, lines, origin):
    found = list(documents(lines))
    if not found:
        failures.append(f"{origin}: no KTAP document: nothing was tested")
    for document in found:
        said = io.StringIO()
        count(parse(document, said), [], origin)
        failures.extend(f"{origin}: {line}" for line in said.getvalue().splitlines() if "[ERROR]" in line)


def count(test, path, origin):
    path = path + [test.name] if test.name else path
    for subtest in test.subtests:
        count(subtest, path, origin)
    name, status = f"{origin}: {' / '.join(path)}", test.status.name
    if test.subtests:
        return
    if status == "SUCCESS":
        passed.append(name)
    elif status == "SKIPPED":
        failures.append(f"{name}: skipped, but every test can run here")
    else:
        # What KUnit says about the failure, which other lines of the kernel may come before.
        first = next((i for i, line in enumerate(test.log) if "FAILED at" in line), 0)
        failures.append(f"{name}: {status.lower()}\n" + "\n".join(f"      {line}" for line in test.log[first : first + 12]))


def name_of(logs):
    """The row of the matrix, or what else ran, and the job."""
    return "/".join(logs.parts[-2:])


def judge_guest(logs):
    name = name_of(logs)
    console = without_foreign_races(read_lines(logs / "console.log"))
    report = read_lines(logs / "report.log")
    ends = [match for match in map(JOB_END.match, report) if match]
    if len(ends) != 1:
        failures.append(f"{name}: the job did not come to its end; last words of the kernel:\n" + "\n".join(console[-15:]))
    elif ends[0].group(1) != "0":
        failures.append(f"{name}: the job ended with status {ends[0].group(1)}; its last words:\n" + "\n".join(report[-25:]))
    # Of the first kernel: one that it starts by a kexec goes down, too.
    first = "\n".join(console).split("\nLinux version ")[0]
    for wanted in filter(None, map(ANNOUNCED.match, report)):
        if len(re.findall(f"^{wanted[1]}$", first, re.M)) != 1:
            failures.append(f"{name}: the kernel did not log once: {wanted[1]}; its last words:\n{first[-1000:]}")
    for log, lines in (("the kernel log", console), ("the report", report)):
        for i, line in enumerate(lines):
            if UNEXPECTED.search(line) and not KTAP.match(line):
                failures.append(f"{name}: unexpected in {log}:\n" + "\n".join(lines[max(0, i - 3) : i + 20]))
                break
    return console, report


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("kernel_source", nargs="?", type=pathlib.Path)
    for name in ("--guest", "--job", "--ktap"):
        arguments.add_argument(name, action="append", default=[], type=pathlib.Path)
    arguments.add_argument("--failed", action="append", default=[])
    options = arguments.parse_args()

    failures.extend(options.failed)
    # Without KTAP documents no parser is needed, and no kernel source.
    parse = kernels_parser(options.kernel_source) if options.guest or options.ktap else None
    for logs in options.guest:
        console, report = judge_guest(logs)
        judge_ktap(parse, console, f"{name_of(logs)}/console.log")
        judge_ktap(parse, report, f"{name_of(logs)}/report.log")
    for logs in options.job:
        before = len(failures)
        judge_guest(logs)
        if len(failures) == before:
            passed.append(name_of(logs))
    for path in options.ktap:
        judge_ktap(parse, read_lines(path), path)

    for failure in failures:
        print(f"FAILED {failure}")
    print(f"{len(passed)} passed, {len(failures)} failed")
    return 1 if failures or not passed else 0


sys.exit(main())
