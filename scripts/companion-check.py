#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Do KVM and the module that provides its page arrays agree?

Looks at what was built, not at the sources: exported symbols and their namespaces, what each module needs, the layout of
the table of functions on both sides, and which function stands in which place of it. Prints the table. Ends non-zero,
with one line for each disagreement.

usage: companion-check.py KERNEL_BUILD_DIRECTORY MODULE_DIRECTORY
"""
import re
import subprocess
import sys
from pathlib import Path

TABLE = "kvm_tdx_page_array_ops"
TABLE_OBJECT = "page_arrays"
REGISTRATION = ("kvm_tdx_register_page_arrays", "kvm_tdx_unregister_page_arrays")
GLUE = "tdx_page_array_kvm"
MODULE = "tdx_page_array"
# What each place of the table has to lead to; a number leads nowhere. Two functions of one type cannot be told apart by the
# compiler.
EXPECTED = {
    "owner": "__this_module",
    "going_down": "nothing",
    "create": "create",
    "page": "tdx_page_array_page",
    "mng_create": "tdx_tdh_mng_create",
    "mng_addcx": "tdx_tdh_mng_addcx",
    "vp_create": "tdx_tdh_vp_create",
    "vp_addcx": "tdx_tdh_vp_addcx",
    "release": "release",
}

complaints = []


def complain(text):
    complaints.append(text)


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def symvers(path):
    """Module.symvers: symbol -> (module, namespace)"""
    exports = {}
    for line in path.read_text().splitlines():
        _, symbol, module, _, *namespace = line.split("\t")
        exports[symbol] = (Path(module).name, namespace[0] if namespace else "")
    return exports


def modinfo(module, field):
    return run("modinfo", "-F", field, str(module)).split("\n")[:-1]


def names(text):
    """A list of modules; '-' and '_' are the same in their names."""
    return {name.replace("-", "_") for name in text.replace(",", " ").split()}


def check_exports(kernel_exports, module_exports):
    for symbol in REGISTRATION:
        module, namespace = kernel_exports.get(symbol, ("", ""))
        if module != "kvm-intel":
            complain(f"kvm-intel does not export {symbol}")
        elif namespace != f"module:{GLUE}":
            complain(f"{symbol} is exported in namespace '{namespace}', not to {GLUE} alone")
    leaves = {name for name in EXPECTED.values() if name.startswith("tdx_tdh_")}
    for symbol, (_, namespace) in module_exports.items():
        # Leaves that need KVM's locks are for that one alone. No test module was built, so none may be named.
        named = namespace.startswith("module:") and names(namespace.removeprefix("module:")) == {GLUE}
        if not (named if symbol in leaves else namespace == "TDX_PAGE_ARRAY"):
            complain(f"{symbol} is exported in namespace '{namespace}'")


def check_needs(files, exports):
    """Every symbol that the glue needs is exported, and it may use it."""
    imported = set(modinfo(files[GLUE], "import_ns"))
    for line in run("nm", "-u", str(files[GLUE])).splitlines():
        symbol = line.split()[-1]
        module, namespace = exports.get(symbol, (None, ""))
        if module is None:
            complain(f"{GLUE} needs {symbol}, which no module exports")
        elif namespace.startswith("module:"):
            if GLUE not in names(namespace.removeprefix("module:")):
                complain(f"{symbol} of {module} is not for {GLUE}")
        elif namespace and namespace not in imported:
            complain(f"{GLUE} does not import {symbol}'s namespace {namespace}")
    wanted = {GLUE: {MODULE, "kvm_intel"}, MODULE: set(), "kvm-intel": {"kvm"}}
    for name, needs in wanted.items():
        found = names(" ".join(modinfo(files[name], "depends")))
        if found != needs:
            complain(f"{name} depends on {sorted(found)}, not {sorted(needs)}")
    magics = {name: modinfo(path, "vermagic")[0] for name, path in files.items()}
    if len(set(magics.values())) != 1:
        complain(f"they are for different kernels: {magics}")


def layout(module):
    """The table as the compiler laid it out: pahole's text, and the members by offset."""
    text = run("pahole", "-C", TABLE, str(module))
    members = {}
    for line in text.splitlines():
        # "<type and name>;  /* offset size */"; of a function pointer the name stands in the type
        found = re.match(r"\s+(.*);\s*/\*\s*(\d+)\s+(\d+)\s*\*/", line)
        if found:
            declaration = found[1]
            name = re.search(r"\(\*\s*(\w+)\)", declaration) or re.search(r"(\w+)$", declaration)
            members[int(found[2])] = name[1]
    size = re.search(r"/\* size: (\d+),", text)
    return text, members, int(size[1]) if size else 0


def symbols_of(module):
    """(section number, address, size, type, name) of each symbol"""
    for line in run("readelf", "-sW", str(module)).splitlines():
        words = line.split()
        if len(words) == 8 and words[6].isdigit():
            yield words[6], int(words[1], 16), int(words[2], 0), words[3], words[7]


def relocations_of(module, section):
    """What the addresses in a section lead to: offset -> symbol"""
    names = dict(re.findall(r"\[\s*(\d+)\] (\S+)", run("readelf", "-SW", str(module))))
    static = {(names[at], address): name for at, address, _, kind, name in symbols_of(module) if kind == "FUNC"}
    places, inside = {}, False
    for line in run("readelf", "-rW", str(module)).splitlines():
        if line.startswith("Relocation section"):
            inside = f"'.rela{names[section]}'" in line
        words = line.split()
        if inside and len(words) == 7 and words[2] == "R_X86_64_64":
            # A static function has no symbol here: it is a section and an offset.
            places[int(words[0], 16)] = static.get((words[4], int(words[6], 16)), words[4])
    return places


def check_table(files, exports):
    text, members, size = layout(files["kvm-intel"])
    other, _, _ = layout(files[GLUE])
    if not members:
        complain(f"kvm-intel knows no struct {TABLE}")
        return
    if text != other:
        complain(f"struct {TABLE} is another one in kvm-intel than in {GLUE}:\n{text}\n{other}")
    if set(members.values()) != set(EXPECTED):
        complain(f"struct {TABLE} has the members {sorted(members.values())}, not {sorted(EXPECTED)}")
    table = [symbol for symbol in symbols_of(files[GLUE]) if symbol[4] == TABLE_OBJECT]
    if not table:
        complain(f"{GLUE} has no {TABLE_OBJECT}")
        return
    section, address, length, _, _ = table[0]
    if length != size:
        complain(f"the table has {length} bytes in {GLUE}, {size} in kvm-intel")
    places = relocations_of(files[GLUE], section)

    print(f"struct {TABLE}: {size} bytes in kvm-intel, {length} in {GLUE}\n")
    print(f"    {'offset':>6} | {'kvm-intel calls':<15} | {'leads to':<24} | of")
    print(f"    {'-' * 6}-+-{'-' * 15}-+-{'-' * 24}-+-{'-' * 34}")
    for offset, member in sorted(members.items()):
        function = places.get(address + offset, "nothing")
        module, namespace = exports.get(function, (GLUE, ""))
        print(f"    {offset:>6} | {member:<15} | {function:<24} | {module} {namespace.split(',')[0]}".rstrip())
        if function != EXPECTED.get(member):
            complain(f"{member} leads to {function}, not {EXPECTED.get(member)}")


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
    kernel_exports = symvers(kernel / "Module.symvers")
    module_exports = {
        symbol: export
        for symbol, export in symvers(modules / "Module.symvers").items()
        if export[0] == MODULE
    }
    exports = kernel_exports | module_exports

    check_exports(kernel_exports, module_exports)
    check_needs(files, exports)
    check_table(files, exports)
    for text in complaints:
        print(f"DISAGREEMENT: {text}", file=sys.stderr)
    if complaints:
        sys.exit(1)
    print(f"\n{len(module_exports)} functions of {MODULE} are exported, those that need KVM's locks to {GLUE} alone,")
    print(f"{len(REGISTRATION)} of kvm-intel to {GLUE} alone. {GLUE} needs both, neither of them needs the other.")


main()
