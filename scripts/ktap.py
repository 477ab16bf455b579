# SPDX-License-Identifier: GPL-2.0
"""A KTAP document of checks that are written in Python."""
import subprocess
import sys


def report(checks):
    """Runs each check of a dictionary, by its name: a function that returns, or yields, what is wrong, or raises. Then exits."""
    failed = False
    print(f"KTAP version 1\n1..{len(checks)}", flush=True)
    for number, (name, check) in enumerate(checks.items(), 1):
        try:
            complaints = list(check() or ())
        # A file that is missing fails the checks that want it, and no other.
        except (AssertionError, OSError, ValueError, LookupError, subprocess.SubprocessError) as failure:
            complaints = [str(failure) or repr(failure)]
        lines = "\n".join(complaints).splitlines()
        for line in lines[:1] + lines[1:][-59:]:
            print("#", line[:500])
        print(f"{'not ok' if complaints else 'ok'} {number} {name}", flush=True)
        failed |= bool(complaints)
    sys.exit(failed)
