#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks how the guest of the job "down" went down with objects that were alive, and writes a KTAP document.

Drivers give pages back in reboot notifiers, in shutdown methods, and, an IOMMU driver, in a syscore shutdown that was
registered after that of tdx_page_array. The emulator looks last.

usage: edges-down-check.py LOGDIR
"""
import pathlib
import re
import sys

LIVE = "tdx_array_down: sessions, streams and an IOMMU are alive"
NOTHING_LEFT = "delete 0, release of stream 0, session 0, buffer 0"
# Extension memory is what the TDX module keeps.
KEPT = 600


def main():
    console = (pathlib.Path(sys.argv[1]) / "console.log").read_text(errors="replace").replace("\r", "").splitlines()

    def said(words):
        return [line.split(words, 1)[1] for line in console if words in line]

    def number(words, base=10):
        found = said(words)
        match = re.match(r"\s*(0x[0-9a-f]+|\d+)", found[0]) if found else None
        return int(match.group(1), base) if match else None

    def check_driver(when, wanted):
        found = said(f"tdx_array_down: {when}: ")
        return found == [wanted], f"wanted: {wanted}\nsaid: {found}"

    results = [
        ("objects_are_alive_when_it_goes_down", bool([line for line in console if LIVE in line]), f"missing: {LIVE}"),
        ("a_reboot_notifier_ends_its_session_and_stream", *check_driver("reboot notifier", NOTHING_LEFT)),
        ("a_shutdown_method_ends_its_session_and_stream", *check_driver("shutdown method", NOTHING_LEFT)),
        ("a_syscore_shutdown_clears_its_iommu", *check_driver("syscore", "clear 0x0, release 0")),
        ("there_was_no_warning", not said("WARNING:"), f"warnings: {said('WARNING:')}"),
        ("no_page_is_dirty", number("going down with ") == 0, f"dirty pages: {number('going down with ')}"),
        ("no_cpu_has_private_lines", number("in the caches of CPUs ", 16) == 0, f"CPUs: {said('in the caches of CPUs ')}"),
        ("nothing_but_extension_memory_is_the_tdx_modules", said("going down with ")[-1:] == [f"{KEPT} pages owned by the TDX module"],
         f"said: {said('going down with ')}"),
    ]
    print("KTAP version 1")
    print(f"1..{len(results)}")
    for place, (name, good, diagnosis) in enumerate(results, 1):
        if not good:
            print("\n".join(f"# {line}" for line in diagnosis.splitlines()))
        print(f"{'ok' if good else 'not ok'} {place} {name}")


if __name__ == "__main__":
    main()
