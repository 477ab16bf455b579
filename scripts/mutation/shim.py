# SPDX-License-Identifier: GPL-2.0
"""The faults of shim/: the kernel module with all of them, and guests that try many faults in one boot. A separate module,
tdx_faults, has the number of the chosen fault: it stays loaded while the mutated module is loaded and unloaded.
"""
import concurrent.futures
import itertools
import os
import pathlib
import re
import shlex
import subprocess

from generate import Source, Tree, put

HERE = pathlib.Path(__file__).resolve().parent
# Options that libclang needs to read a source as the kernel's compiler does.
READ = ("-I", "-D", "-std=", "-m64", "-nostdinc", "-funsigned-char", "-fms-extensions")
FAULT_MODULE = """// SPDX-License-Identifier: GPL-2.0
/* Generated: which fault is chosen, and which of them were reached. */
#include <linux/module.h>
#include <linux/moduleparam.h>
#include "fault.h"

unsigned int tdx_fault_chosen;
EXPORT_SYMBOL_GPL(tdx_fault_chosen);
module_param_named(chosen, tdx_fault_chosen, uint, 0600);
unsigned char tdx_fault_reached[TDX_FAULTS + 1];
EXPORT_SYMBOL_GPL(tdx_fault_reached);
/* A file has a page. */
static_assert(2 * (TDX_FAULTS + 1) < PAGE_SIZE);
module_param_array_named(reached, tdx_fault_reached, byte, NULL, 0600);
MODULE_DESCRIPTION("The fault that is chosen");
MODULE_LICENSE("GPL");
"""
FAULTS_IN_A_BOOT = 10
# At once: many checks wait, and a fault that hangs a guest leaves the processor to the others.
GUESTS = 2 * len(os.sched_getaffinity(0))
# A guest that takes longer hangs. A job of JOBS takes half a minute on an idle machine, a check less.
GUEST_SECONDS = 900
# Whole jobs of scripts/guest/jobs with their arguments and the programs that check their logs, for the faults that no check
# notices or reaches. Each takes a guest of its own, which may go down.
JOBS = {"observe": ("", ["observe-check.py"]), "down": ("drivers", ["verdict.py", "--job"])}
# Checks of scripts/mutation/shim-job, and suites that test the shim and take a few seconds at most.
CHECKS = ("load", "counters", "host", "erratum", "bound", "retry")
SUITES = {
    "tdx_page_array_kunit": ("adopt", "blocks", "context", "conversion", "custody", "defects_hand_over", "defects_release",
                             "control_pages", "extensions", "messages", "pages", "placement", "release", "seamcall", "service", "status"),
    "tdx_page_array_platform_kunit": ("host_lines",),
    "tdx_page_array_edges_kunit": ("edge_foreign", "edge_poison"),
}


def command_of(source):
    """The command with which the kernel's build compiled a source without faults."""
    path = pathlib.Path(source)
    text = path.with_name(f".{path.stem}.o.cmd").read_text()
    return shlex.split(re.search(r"^savedcmd_\S+ := (.*)$", text, re.M).group(1))


def compile_command(place, name):
    """Compiles and assembles a source with faults: constants of inline assembly have to stay constants."""
    words = command_of(name)
    return [*words[:words.index("-c")], "-w", "-include", place / "fault.h", "-c", "-o", "/dev/null", place / name]


def read_source(path, name):
    words = command_of(name)
    included = [word for first, second in zip(words, words[1:]) if first == "-include" for word in (first, second)]
    return Source(path, name, ["-x", "c", *included, *(word for word in words if word.startswith(READ)), "-w"])


def make_modules(top, place, kdir):
    """Returns the tree with all faults that compile; its modules are built."""
    # Without faults first: that makes links to the sources, and has the command that compiles each.
    environment = {**os.environ, "MODULES": str(place)}
    subprocess.run([top / "scripts/module-build.sh", kdir], env=environment, stdout=subprocess.DEVNULL, check=True)
    os.chdir(place)    # as the kernel's build, whose commands have relative paths
    names = [str(path.relative_to(top)) for path in sorted(top.glob("shim/*.c"))]
    # In a directory of its own, because test modules include the original sources of shim/.
    mutated = place / "mutated"
    mutated.mkdir(exist_ok=True)
    if not (mutated / "include").exists():
        (mutated / "include").symlink_to(top / "include")
    tree = Tree(mutated, [read_source(top / name, name) for name in names], compile_command)

    text = (top / "Kbuild").read_text()
    for before in ("$(addprefix ", "CFLAGS_"):
        text = text.replace(f"{before}shim/", f"{before}mutated/shim/")
    text += "\nobj-m += tdx_faults.o\nCFLAGS_tdx_faults.o := -I$(src)/mutated\n"
    text += "".join(f"CFLAGS_mutated/{name[:-2]}.o += -w -include $(src)/mutated/fault.h\n" for name in names)
    (place / "Kbuild").unlink()    # a link to the tree's own
    (place / "Kbuild").write_text(text)
    put(place / "tdx_faults.c", FAULT_MODULE)
    # The other objects have these flags already.
    command = ["make", "-s", "-C", kdir, f"M={place}", "WERROR=1", "TESTS=m", f"-j{len(os.sched_getaffinity(0))}", "modules"]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"error: the modules with faults do not build:\n{made.stderr[-3000:]}")
    return tree


class Guests:
    """Boots guests, several at once, until every fault of a plan has its verdict."""

    def __init__(self, top, modules, kdir, logs):
        self.top, self.modules, self.kdir, self.logs = top, modules, kdir, logs
        self.boots = itertools.count(1)

    def boot(self, argument, job=HERE / "shim-job"):
        """Returns the directory of the logs, the logs of the guest's job and of its kernel, and whether it hung."""
        logs = self.logs / f"boot{next(self.boots)}"
        environment = {**os.environ, "GUEST_QUIET": "1", "TIME_LIMIT": str(GUEST_SECONDS), "JOB_ARGUMENT": argument,
                       "GUEST_OPTIONS": "movablecore=256M"}    # memory that has to stay movable, for edge_foreign
        guest = subprocess.run([self.top / "scripts/guest.sh", self.kdir, self.modules, job, logs], env=environment,
                               capture_output=True, text=True)
        texts = [path.read_text(encoding="latin-1").replace("\r", "") if path.exists() else ""
                 for path in (logs / "report.log", logs / "console.log")]
        if not texts[1]:
            raise SystemExit(f"error: the guest did not start: {guest.stderr[-2000:]}")
        return logs, *texts, "the guest hung" in guest.stderr

    def reach(self):
        """The faults that each check reaches, the quickest check first; all must pass without a fault."""
        checks = [*CHECKS, *(f"{module}/{suite}" for module, suites in SUITES.items() for suite in suites)]
        _, report, *_ = self.boot("0 " + " ".join(f"{check}=" for check in checks) + "\n")
        said = sorted(re.findall(r"^reach (\S+) (\d+) (\d+) ([01]+)$", report, re.M), key=lambda one: int(one[2]))
        if len(said) != len(checks) or "fault 0 survived" not in report:
            raise SystemExit(f"error: the checks fail without a fault:\n{report[-3000:]}")
        self.warnings = {name: warnings for name, warnings, _, _ in said}
        return {name: {number for number, digit in enumerate(digits) if digit == "1"} for name, _, _, digits in said}

    def judge_by_jobs(self, number, verdict):
        """The number of a fault that has this verdict before the jobs, its verdict, and what noticed it."""
        for name, (argument, (program, *words)) in JOBS.items():
            job = self.logs / f"{name}{number}"
            text = (self.top / "scripts/guest/jobs" / name).read_text()
            put(job, f"insmod /modules/tdx_faults.ko && echo {number} >/sys/module/tdx_faults/parameters/chosen || exit 1\n{text}")
            logs, _, _, hung = self.boot(argument, job)
            if hung:
                return number, "unknown", f"the guest hangs in job {name}"
            run = subprocess.run([self.top / "scripts" / program, *words, logs], capture_output=True, text=True)
            if failed := re.search(r"^(?:not ok \d+|FAILED) (.*)$", run.stdout, re.M):
                return number, "noticed", f"job {name}: {failed[1]}"
            if run.returncode:
                raise SystemExit(f"error: the log of {logs} cannot be checked: {run.stderr}")
        return number, verdict, ""

    def judge_together(self, plan):
        """The number of each fault in @plan (number and its checks), its verdict and what noticed it."""
        waiting, verdicts, silent = dict(plan), [], 0
        while waiting:
            lines = [" ".join([str(number), *(f"{check}={self.warnings[check]}" for check in checks)]) for number, checks in waiting.items()]
            _, report, console, _ = self.boot("\n".join([*lines, ""]))
            said = re.findall(r"^fault (\d+) (noticed|survived|unknown): ?(.*)$", report, re.M)
            trying = re.findall(r"^trying (\d+) (\S+)$", report, re.M)
            if trying and not said:
                # The first fault ended the guest. A later one is tried again first: the damage may be that of an earlier fault.
                number, check = trying[-1]
                said = [(number, *self.of_death(console, check))]
            for number, verdict, what in said:
                if waiting.pop(int(number), None) is not None:
                    verdicts.append((int(number), verdict, what))
            # On a busy machine a guest may hang while its kernel boots.
            silent += not said
            if silent == 3:
                raise SystemExit(f"error: guests end before their first fault:\n{report[-2000:]}")
        return verdicts

    @staticmethod
    def of_death(console, check):
        """The verdict on a fault whose guest ended early: noticed if the kernel reported why, unknown if the guest hung."""
        report = re.search(r"Oops: .*|BUG: .*|general protection fault.*|Kernel panic - not syncing: .*", console)
        if not report or re.search(r"soft ?lockup|hard lockup|hung.task|rcu.*stall", report[0], re.I):
            return "unknown", f"the guest hangs in {check}"
        return "noticed", f"{check}: {report[0]}"


def prepare(top, work, _):
    """Returns the shim with all its faults, and a function that yields given faults with their verdicts."""
    subprocess.run([top / "scripts/deps.sh", "module", "source", "kernel", "guest"], check=True)
    kdir = subprocess.run([top / "scripts/kernel-build.sh", "plain"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    modules = work / "shim"
    tree = make_modules(top, modules, kdir)
    guests = Guests(top, modules, kdir, work / "guests")
    reached = guests.reach()
    _, _, what = guests.judge_by_jobs(0, "")
    if what:
        raise SystemExit(f"error: without a fault: {what}")

    def try_all(faults):
        by_number = {fault.number: fault for fault in faults}
        plan = [(number, [name for name, numbers in reached.items() if number in numbers]) for number in by_number]
        unnoticed = [(number, "not reached") for number, checks in plan if not checks]
        plan = [(number, checks) for number, checks in plan if checks]
        boots = [plan[i:i + FAULTS_IN_A_BOOT] for i in range(0, len(plan), FAULTS_IN_A_BOOT)]
        with concurrent.futures.ThreadPoolExecutor(GUESTS) as pool:
            for number, verdict, what in itertools.chain.from_iterable(pool.map(guests.judge_together, boots)):
                if verdict == "survived":
                    unnoticed.append((number, verdict))
                else:
                    yield by_number[number], verdict, what
            for number, verdict, what in pool.map(guests.judge_by_jobs, *zip(*unnoticed)):
                yield by_number[number], verdict, what
    return tree, try_all
