#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Turns results of GoogleTest into one KTAP document.

usage: gtest-ktap.py STEM...        for each STEM there is STEM.json (--gtest_output) and STEM.log (what it printed). A
                                    program that died in the middle leaves no .json, and counts as a failure
"""
import json
import pathlib
import sys

results = []
for stem in sys.argv[1:]:
    path, log = pathlib.Path(stem + ".json"), pathlib.Path(stem + ".log")
    run = path.stem.replace(".", "_")
    tests = []
    if path.exists():
        for suite in json.loads(path.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                failures = [failure["failure"] for failure in test.get("failures", [])]
                tests.append((f"{run}.{suite['name']}.{test['name']}", failures))
    if not tests:
        said = log.read_text(errors="replace").splitlines()[-30:] if log.exists() else ["it did not run"]
        tests.append((f"{run}_ran_to_its_end", ["\n".join(said)]))
    results += tests

print("KTAP version 1")
print(f"1..{len(results)}")
for number, (name, failures) in enumerate(results, 1):
    for line in "\n".join(failures).splitlines():
        print(f"# {line}")
    print(f"{'not ok' if failures else 'ok'} {number} {name}")
sys.exit(any(failures for _, failures in results))
