#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks how the guest of the job "reboot" went down, and writes a KTAP document.

Pages that are lent have private lines in the caches. The module has to write them back, and the emulator, the last one to
be told of the reboot, must find none left. With --kvm TDs are alive: KVM goes down after this module, and
its TDH.VP.FLUSH leaves lines of control pages, which the core kernel writes back later. They are few beside those before.

usage: going-down-check.py LOGDIR [--kvm]
"""
import pathlib
import re
import sys

WRITTEN_BACK = "tdx_page_array: the machine is going down: no more SEAMCALLs, caches with private lines were written back"
LEFT = re.compile(r"seam_emulator: going down with (\d+) pages dirty$")
BEFORE = re.compile(r"^dirty before the reboot: (\d+)$", re.MULTILINE)


def main():
    logs = pathlib.Path(sys.argv[1])
    console = (logs / "console.log").read_text(errors="replace").replace("\r", "").splitlines()
    before = BEFORE.findall((logs / "report.log").read_text(errors="replace").replace("\r", ""))
    said = [line for line in console if WRITTEN_BACK in line]
    left = [match.group(1) for match in map(LEFT.search, console) if match]

    most = int(before[0]) // 100 if before and sys.argv[2:] == ["--kvm"] else 0

    results = [
        ("pages_are_dirty_before_the_reboot", len(before) == 1 and int(before[0]) > 0, f"before: {before}"),
        # The kernel that a kexec started goes down, too, and says so.
        ("the_module_writes_all_caches_back", 1 <= len(said) <= len(left), f"said {len(said)} times: {WRITTEN_BACK}"),
        ("the_machine_goes_down_with_no_page_dirty", bool(left) and int(left[0]) <= most, f"pages dirty: {left}, at most {most}"),
    ]
    print("KTAP version 1")
    print(f"1..{len(results)}")
    for number, (name, good, diagnosis) in enumerate(results, 1):
        if not good:
            print("\n".join(f"# {line}" for line in [diagnosis, *console[-10:]]))
        print(f"{'ok' if good else 'not ok'} {number} {name}")


if __name__ == "__main__":
    main()
