#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks the kernel log of a guest that went down, and writes a KTAP document.

usage: log-check.py KIND LOGDIR       KIND: client, kvm, or drivers
"""
import pathlib
import sys

import ktap

WRITTEN_BACK = "tdx_page_array: the machine is going down: no more SEAMCALLs, caches with private lines were written back"


def lines_of(path):
    return path.read_text(errors="replace").replace("\r", "").splitlines()


def after(lines, words):
    """The text after @words, of each line that has them."""
    return [line.split(words, 1)[1] for line in lines if words in line]


def first(values):
    """The number at the beginning of the first value."""
    return int(values[0].split()[0], 0) if values else None


def client(console, report, most=0):
    """Jobs "down client" and "down client kexec": the module writes back the private lines of pages that are handed over.

    The emulator, which is notified last, must find no page dirty, or at most @most.
    """
    before = first(after(report, "dirty before the reboot: ")) or 0
    said, left = after(console, WRITTEN_BACK), after(console, "seam_emulator: going down with ")
    left = [line for line in left if line.endswith(" pages dirty")]
    yield "pages_are_dirty_before_the_reboot", before > most, report
    # The kernel that a kexec started goes down, too, and logs that.
    yield "the_module_writes_all_caches_back", 1 <= len(said) <= len(left), [f"said {len(said)} times: {WRITTEN_BACK}"]
    yield "the_machine_goes_down_with_no_page_dirty", bool(left) and first(left) <= most, [f"dirty before: {before}, then: {left}", *console[-10:]]


def kvm(console, report):
    """Job "kvm" with TDs alive: KVM goes down after this module, and its TDH.VP.FLUSH of four vCPUs leaves lines of their control
    pages, which the core kernel writes back later: of 4 to 7 pages, where more than 70 were dirty."""
    return client(console, report, 10)


def drivers(console, _):
    """Job "down drivers": drivers give pages back in reboot notifiers, in shutdown methods, and, an IOMMU driver, in a syscore
    shutdown that was registered after that of tdx_page_array; a thread calls the module until it is refused. The emulator checks
    last. Only extension memory stays."""
    nothing_left = "close 0, end 0"
    for name, words, rest in (
        ("objects_are_alive_when_it_goes_down", "tdx_array_down: sessions, streams and an IOMMU are alive", ""),
        ("a_reboot_notifier_ends_its_session_and_stream", "tdx_array_down: reboot notifier: ", nothing_left),
        ("a_shutdown_method_ends_its_session_and_stream", "tdx_array_down: shutdown method: ", nothing_left),
        ("a_syscore_shutdown_clears_its_iommu", "tdx_array_down: syscore: ", nothing_left),
        ("the_thread_is_refused", "tdx_array_down: the thread was refused", ""),
        ("the_module_says_that_it_writes_caches_back", WRITTEN_BACK, ""),
    ):
        yield name, after(console, words) == [rest], [f"wanted: {words}{rest}", f"said: {after(console, words)}"]
    yield "there_was_no_warning", not after(console, "WARNING:"), after(console, "WARNING:")
    left, cpus = after(console, "going down with "), after(console, "in the caches of CPUs ")
    yield "no_page_is_dirty", first(left) == 0, left
    yield "no_cpu_has_private_lines", first(cpus) == 0, cpus
    yield "nothing_but_extension_memory_is_the_tdx_modules", left[-1:] == ["600 pages owned by the TDX module"], left


kind, logs = sys.argv[1], pathlib.Path(sys.argv[2])
results = globals()[kind](lines_of(logs / "console.log"), lines_of(logs / "report.log"))
ktap.report({name: lambda good=good, said=diagnosis: [] if good else said or ["nothing was said"] for name, good, diagnosis in results})
