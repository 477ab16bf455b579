#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks that no compiler option makes code change registers before a SEAMCALL instruction, and writes a KTAP document.

The shim's source is compiled as the kernel compiled it, with more options, by both compilers. In the code, each register
of a leaf must be loaded from its place, after the last call of another function.

usage: seamcall-check.py MODULES
"""
import functools
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

import ktap

MODULES = pathlib.Path(sys.argv[1])

# In the order of struct tdx_shim_registers. The other shape takes RCX, and five registers are 0.
SHAPES = {
    "all registers": {name: 8 * index for index, name in enumerate("rcx rdx r8 r9 r10 r11 r12 r13 r14 r15 rbx rdi rsi".split())},
    "RCX alone": dict.fromkeys("rdx r8 r9 r10 r11".split(), "zero"),
}
INSTRUCTION = "66 0f 01 cf"

# What makes calls or counts between two statements; the sanitizers of addresses and of threads exclude each other.
COUNTERS = "-fsanitize-coverage=trace-pc -fprofile-arcs -ftest-coverage"
OPTIONS = {
    "gcc": {
        "kasan": f"{COUNTERS} -fsanitize=kernel-address -fasan-shadow-offset=0xdffffc0000000000 --param asan-stack=1 "
                 "--param asan-instrumentation-with-call-threshold=0",
        "kcsan": "-fsanitize=thread --param tsan-distinguish-volatile=1",
    },
    "clang-19": {
        "kasan": f"{COUNTERS} -fsanitize=kernel-address -mllvm -asan-mapping-offset=0xdffffc0000000000 "
                 "-mllvm -asan-instrumentation-with-call-threshold=0",
        "kcsan": "-fsanitize=thread -mllvm -tsan-distinguish-volatile=1",
    },
}
# Options of gcc alone.
ONLY_GCC = re.compile(r"-m(indirect-branch|function-return|record-mcount|harden-sls|preferred-stack|stack-protector-guard|skip-rax)"
                      r"|-f(conserve-stack|trivial-auto|no-allow-store|min-function)|-fpatchable|-pg$|-mfentry|-W")


def disassemble(compiler, options):
    text = (MODULES / "shim/.seamcall.o.cmd").read_text()
    words = shlex.split(re.search(r"^savedcmd_\S+ := (.*? -c) ", text, re.M).group(1))
    words = [word for word in words[1:] if "-Wp,-MMD" not in word and (compiler == "gcc" or not ONLY_GCC.match(word))]
    with tempfile.TemporaryDirectory() as scratch:
        out = f"{scratch}/seamcall.o"
        subprocess.run([compiler, *words, "-w", *options.split(), "-o", out, "shim/seamcall.c"], cwd=MODULES, check=True)
        return subprocess.run(["objdump", "-d", out], capture_output=True, text=True, check=True).stdout


def loads_before(lines):
    """The last load of each register after the last call, or from the beginning."""
    loads = {}
    for line in lines:
        text = line.split("\t")[-1].split("#")[0].strip()
        if text.startswith("call"):
            loads = {}
        elif move := re.match(r"movq? +(0x[0-9a-f]+)?\((%\w+)\),%(r\w+)$", text):
            loads[move[3]] = int(move[1] or "0", 16)
        # A partial register: its full name is r8 for r8d, and rdx for edx.
        elif zero := re.match(r"xorl? +%((r\d+)d?|.(\w+)),%\1$", text):
            loads[zero[2] or "r" + zero[3]] = "zero"
    return loads


def check(compiler, options):
    shapes = set()
    for function in re.split(r"\n(?=[0-9a-f]+ <)", disassemble(compiler, options)):
        lines = function.splitlines()
        for place, line in enumerate(lines):
            if INSTRUCTION not in line:
                continue
            loads = loads_before(lines[:place])
            missing = {shape: [name for name in wanted if loads.get(name) != wanted[name]] for shape, wanted in SHAPES.items()}
            best = min(missing, key=lambda shape: len(missing[shape]))
            shapes.add(best)
            if missing[best]:
                yield f"{lines[0]} {best}: not loaded before the instruction: {' '.join(missing[best])}"
    if shapes != set(SHAPES):
        yield f"shapes of the instruction: {sorted(shapes)}"


ktap.report({f"registers_are_loaded_{compiler}_{name}": functools.partial(check, compiler, options)
             for compiler, named in OPTIONS.items() for name, options in {"as_the_kernel": "", "O1": "-O1", "O3": "-O3", **named}.items()})
