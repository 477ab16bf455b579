# SPDX-License-Identifier: GPL-2.0
"""The faults of shim/: the kernel module with all of them, and for each fault the guests of make test that look at the shim. A separate
module, tdx_faults, has the number of the chosen fault: it stays loaded while the mutated module is loaded and unloaded.
"""
import os
import pathlib
import re
import shlex
import subprocess

from generate import Source, put, write

# Options that libclang needs to read a source as the kernel's compiler does.
READ = ("-I", "-D", "-std=", "-m64", "-nostdinc", "-funsigned-char", "-fms-extensions")
FAULT_MODULE = """// SPDX-License-Identifier: GPL-2.0
/* Generated: which fault is chosen. */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include "fault.h"

unsigned int tdx_fault_chosen;
EXPORT_SYMBOL_GPL(tdx_fault_chosen);
module_param_named(chosen, tdx_fault_chosen, uint, 0400);
unsigned char tdx_fault_reached[TDX_FAULTS + 1];
EXPORT_SYMBOL_GPL(tdx_fault_reached);
MODULE_DESCRIPTION("The fault that is chosen");
MODULE_LICENSE("GPL");
"""
WORKERS = len(os.sched_getaffinity(0))
# A guest that takes longer hangs.
GUEST_SECONDS = 900
# Jobs of scripts/guest/jobs as scripts/test.sh runs them, those that notice most first: the job, variables of guest.sh, how
# verdict.py judges it, and scripts that check its logs, run in the directory of the modules.
JOBS = (
    ("test", {}, "--guest"),
    ("observe", {}, "--job", ("observe-check.py", ".")),
    ("down", {"JOB_ARGUMENT": "drivers"}, "--job", ("log-check.py", "drivers")),
    ("suites", {"JOB_ARGUMENT": "edges", "GUEST_OPTIONS": "movablecore=256M"}, "--guest"),
    ("suites", {"JOB_ARGUMENT": "retry", "GUEST_COUNTED": "1"}, "--guest"),
    ("stress", {"JOB_ARGUMENT": "2", "GUEST_CPUS": "4"}, "--guest"),
)


def command_of(source):
    """The command with which the kernel's build compiled a source without faults."""
    path = pathlib.Path(source)
    text = path.with_name(f".{path.stem}.o.cmd").read_text()
    return shlex.split(re.search(r"^savedcmd_\S+ := (.*)$", text, re.M).group(1))


def read_source(path, name):
    words = command_of(name)
    included = [word for first, second in zip(words, words[1:]) if first == "-include" for word in (first, second)]
    return Source(path, name, ["-x", "c", *included, *(word for word in words if word.startswith(READ)), "-w"])


def make_modules(top, place, kdir):
    """Builds the modules with all faults in @place; returns the faults."""
    # Without faults first: that makes links to the sources, and has the command that compiles each.
    environment = {**os.environ, "MODULES": str(place)}
    subprocess.run([top / "scripts/module-build.sh", kdir], env=environment, stdout=subprocess.DEVNULL, check=True)
    os.chdir(place)    # as the kernel's build, whose commands have relative paths
    names = [str(path.relative_to(top)) for path in sorted(top.glob("shim/*.c"))]
    # In a directory of their own, because test modules include the original sources of shim/.
    faults = write(place / "mutated", [read_source(top / name, name) for name in names])
    if not (place / "mutated/include").exists():
        (place / "mutated/include").symlink_to(top / "include")

    text = (top / "Kbuild").read_text().replace("(addprefix shim/", "(addprefix mutated/shim/").replace("CFLAGS_shim/", "CFLAGS_mutated/shim/")
    text += "\nobj-m += tdx_faults.o\nCFLAGS_tdx_faults.o := -I$(src)/mutated\n"
    text += "".join(f"CFLAGS_mutated/{name[:-2]}.o += -w -include $(src)/mutated/fault.h\n" for name in names)
    (place / "Kbuild").unlink()    # a link to the tree's own
    (place / "Kbuild").write_text(text)
    put(place / "tdx_faults.c", FAULT_MODULE)
    # The other objects have these flags already.
    command = ["make", "-s", "-C", kdir, f"M={place}", "WERROR=1", "TESTS=m", f"-j{WORKERS}", "modules"]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"error: the modules with faults do not build:\n{made.stderr[-3000:]}")
    return faults


class Trial:
    def __init__(self, top, kdir, source, modules, logs):
        self.scripts, self.kdir, self.source, self.modules, self.logs = top / "scripts", kdir, source, modules, logs
        verdict, what = self.try_fault(0)
        if verdict != "survived":
            raise SystemExit(f"error: without a fault: {what}; the logs are in {logs}")

    def try_fault(self, number):
        """Returns the verdict on a fault, and what noticed it. A guest tries only one: a fault may damage what comes after it."""
        for job, variables, kind, *checks in JOBS:
            logs = self.logs / f"{number}-{job}"
            script = logs.with_suffix(".job")
            put(script, f"insmod /modules/tdx_faults.ko chosen={number} || exit 1\n{(self.scripts / 'guest/jobs' / job).read_text()}")
            environment = {**os.environ, "GUEST_QUIET": "1", "TIME_LIMIT": str(GUEST_SECONDS), **variables}
            guest = subprocess.run([self.scripts / "guest.sh", self.kdir, self.modules, script, logs], env=environment,
                                   capture_output=True, text=True)
            if "the guest hung" in guest.stderr:
                return "unknown", f"job {job} hangs"
            for command in (("verdict.py", self.source, kind), *checks):
                if failed := self.failure_of(*command, logs):
                    return "noticed", f"job {job}: {failed}"
        return "survived", ""

    def failure_of(self, program, *words):
        """The first failure that a script finds in the logs, or None."""
        run = subprocess.run([self.scripts / program, *words], capture_output=True, text=True)
        failed = re.search(r"^(?:FAILED|not ok \d+) (.*)$", run.stdout, re.M)
        return (failed[1] if failed else run.stderr or "it fails") if run.returncode else None


def prepare(top, work, _):
    """Returns the faults of the shim, the function that judges one, and how many may be judged at once."""
    scripts, modules = top / "scripts", work / "shim"
    subprocess.run([scripts / "deps.sh", "module", "source", "kernel", "guest"], check=True)
    kdir, source = (subprocess.run([scripts / command[0], *command[1:]], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
                    for command in (("kernel-build.sh", "plain"), ("kernel-source.sh",)))
    faults = make_modules(top, modules, kdir)
    trial = Trial(top, kdir, source, modules, work / "guests")
    return faults, lambda fault: trial.try_fault(fault.number), WORKERS
