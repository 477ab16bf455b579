# SPDX-License-Identifier: GPL-2.0
"""Writes a KTAP document of checks in Python."""
import subprocess
import sys


def report(checks):
    """Runs the checks of a dictionary by name, and exits. A check is a function that returns or yields complaints, or raises."""
    failed = False
    print(f"KTAP version 1\n1..{len(checks)}", flush=True)
    for number, (name, check) in enumerate(checks.items(), 1):
        try:
            complaints = list(check() or ())
        # A file that is missing fails only the checks that need it.
        except (AssertionError, OSError, ValueError, LookupError, subprocess.SubprocessError) as failure:
            complaints = [str(failure) or repr(failure)]
        lines = "\n".join(complaints).splitlines()
        for line in lines[:1] + lines[1:][-59:]:
            print("#", line[:500])
        print(f"{'not ok' if complaints else 'ok'} {number} {name}", flush=True)
        failed |= bool(complaints)
    sys.exit(failed)
