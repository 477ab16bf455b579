#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks the kernel log of a guest that went down, and writes a KTAP document.

usage: log-check.py KIND LOGDIR       KIND: client, kvm, or drivers
"""
import pathlib
import re
import sys

import ktap

KIND, LOGS = sys.argv[1], pathlib.Path(sys.argv[2])
CONSOLE, REPORT = ((LOGS / name).read_text(errors="replace").replace("\r", "") for name in ("console.log", "report.log"))
WRITTEN_BACK = "tdx_page_array: the machine is going down: no more SEAMCALLs, caches with private lines were written back"
DRIVERS = {
    "tdx_array_down: sessions, streams and an IOMMU are alive",
    "tdx_array_down: reboot notifier: close 0, end 0",
    "tdx_array_down: shutdown method: close 0, end 0",
    "tdx_array_down: syscore: close 0, end 0",
    "tdx_array_down: the thread was refused",
    WRITTEN_BACK,
    "seam_emulator: going down with 0 pages dirty",
    "seam_emulator: going down with private lines in the caches of CPUs 0x0",
    "seam_emulator: going down with 600 pages owned by the TDX module",
}


def private_lines_are_written_back(most):
    """The emulator, which is notified last, must find at most so many pages dirty, of more before."""
    before = re.findall(r"^dirty before the reboot: (\d+)$", REPORT, re.M) or ["0"]
    left = re.findall(r"seam_emulator: going down with (\d+) pages dirty$", CONSOLE, re.M)
    # The kernel that a kexec started goes down, too, and logs that.
    if not 1 <= CONSOLE.count(WRITTEN_BACK) <= len(left) or not int(left[0]) <= most < int(before[0]):
        yield f"dirty before: {before}, then: {left}\n{CONSOLE[-1000:]}"


def client():
    """Jobs "down client" and "down client kexec": the module writes back the private lines of pages that are handed over."""
    return private_lines_are_written_back(0)


def kvm():
    """Job "kvm" with TDs alive: KVM goes down after this module, and its TDH.VP.FLUSH of four vCPUs leaves lines of their control
    pages, which the core kernel writes back later: of 4 to 7 pages, where more than 70 were dirty."""
    return private_lines_are_written_back(10)


def drivers():
    """Job "down drivers": drivers give pages back in reboot notifiers, in shutdown methods, and, an IOMMU driver, in a syscore
    shutdown that was registered after that of tdx_page_array; a thread calls the module until it is refused. The emulator checks
    last. Only extension memory stays."""
    said = re.findall(r"(?:tdx_array_down: |tdx_page_array: the machine is|seam_emulator: going down with ).*", CONSOLE)
    if sorted(said) != sorted(DRIVERS):
        yield "\n".join(["wanted:", *sorted(DRIVERS), "said:", *said])


ktap.report({f"the_machine_goes_down_as_it_should_{KIND}": {"client": client, "kvm": kvm, "drivers": drivers}[KIND]})
