#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Do KVM and the module that provides its page arrays agree?

Looks at what was built, not at the sources: for whom symbols are exported, which modules need which, and the layout of the
table of functions on both sides. That each place of the table leads to the right function is what make kvm shows, which calls
all of them. Ends non-zero, with one line for each disagreement.

usage: companion-check.py KERNEL_BUILD_DIRECTORY MODULE_DIRECTORY
"""
import re
import subprocess
import sys
from pathlib import Path

TABLE = "kvm_tdx_page_array_ops"
REGISTRATION = {"kvm_tdx_register_page_arrays", "kvm_tdx_unregister_page_arrays"}
GLUE = "tdx_page_array_kvm"
MODULE = "tdx_page_array"
# Leaves that need KVM's locks.
LEAVES = {"tdx_tdh_mng_create", "tdx_tdh_mng_addcx", "tdx_tdh_vp_create", "tdx_tdh_vp_addcx"}
MEMBERS = {"owner", "going_down", "create", "page", "mng_create", "mng_addcx", "vp_create", "vp_addcx", "release"}
NEEDS = {GLUE: {MODULE, "kvm_intel"}, MODULE: set(), "kvm-intel": {"kvm"}}


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def namespaces(path, module):
    """Of a Module.symvers: the namespace of each symbol of that module."""
    lines = (line.split("\t") for line in path.read_text().splitlines())
    return {symbol: "".join(namespace) for _, symbol, of, _, *namespace in lines if Path(of).name == module}


def check_exports(kvm, ours):
    for symbol in REGISTRATION:
        if kvm.get(symbol) != f"module:{GLUE}":
            yield f"kvm-intel exports {symbol} in namespace '{kvm.get(symbol, 'none')}', and not to {GLUE} alone"
    # No test module was built, so none may be named.
    for symbol, namespace in ours.items():
        if namespace != (f"module:{GLUE}" if symbol in LEAVES else "TDX_PAGE_ARRAY"):
            yield f"{symbol} is exported in namespace '{namespace}'"
    yield from (f"{leaf} is not exported" for leaf in sorted(LEAVES - set(ours)))


def check_needs(files):
    for name, needs in NEEDS.items():
        found = {module.replace("-", "_") for module in run("modinfo", "-F", "depends", files[name]).strip().split(",") if module}
        if found != needs:
            yield f"{name} depends on {sorted(found)}, not {sorted(needs)}"


def check_table(files):
    """As the compiler laid it out, by pahole. Of a pointer to a function the name stands in the type."""
    one, other = (run("pahole", "-C", TABLE, files[name]) for name in ("kvm-intel", GLUE))
    print(one)
    members = {function or name for function, name in re.findall(r"^\s+(?:.*\(\*\s*(\w+)\).*|.*?(\w+));\s*/\*\s*\d+\s+\d+\s*\*/", one, re.M)}
    if one != other:
        yield f"struct {TABLE} is another one in kvm-intel than in {GLUE}:\n{other}"
    if members != MEMBERS:
        yield f"struct {TABLE} has the members {sorted(members)}, not {sorted(MEMBERS)}"


def main():
    kernel, modules = Path(sys.argv[1]), Path(sys.argv[2])
    files = {
        "kvm-intel": kernel / "arch/x86/kvm/kvm-intel.ko",
        MODULE: modules / "tdx_page_array.ko",
        GLUE: modules / "companion/glue/tdx_page_array_kvm.ko",
    }
    for path in files.values():
        if not path.is_file():
            sys.exit(f"error: {path} was not built")
    ours = namespaces(modules / "Module.symvers", MODULE)
    complaints = [*check_exports(namespaces(kernel / "Module.symvers", "kvm-intel"), ours), *check_needs(files), *check_table(files)]
    for text in complaints:
        print(f"DISAGREEMENT: {text}", file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"{len(ours)} functions of {MODULE} are exported, those that need KVM's locks to {GLUE} alone,")
    print(f"{len(REGISTRATION)} of kvm-intel to {GLUE} alone. {GLUE} needs both, neither of them needs the other.")


main()
