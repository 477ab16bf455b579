#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks that no compiler option makes code change registers before a SEAMCALL instruction, and writes a KTAP document.

The shim's source is compiled as the kernel compiled it, with one more option, by both compilers. In the code, each register
of a leaf must be loaded from its place, after the last call of another function.

usage: seamcall-check.py MODULES
"""
import functools
import pathlib
import re
import subprocess
import sys
import tempfile

import ktap

MODULES = pathlib.Path(sys.argv[1])

# In the order of struct tdx_shim_registers.
REGISTERS = "rcx rdx r8 r9 r10 r11 r12 r13 r14 r15 rbx rdi rsi".split()
# The other shape takes RCX, and these are 0.
ZEROES = "rdx r8 r9 r10 r11".split()
INSTRUCTION = "66 0f 01 cf"
# Functions of each shape that may have the instruction.
SHAPES = 2

COMMON = {
    "as_the_kernel": [],
    "kcov": ["-fsanitize-coverage=trace-pc"],
    "gcov": ["-fprofile-arcs", "-ftest-coverage"],
    "O1": ["-O1"],
    "O3": ["-O3"],
}
OPTIONS = {
    "gcc": COMMON | {
        "kasan_outline": ["-fsanitize=kernel-address", "-fasan-shadow-offset=0xdffffc0000000000", "--param", "asan-stack=1",
                          "--param", "asan-instrumentation-with-call-threshold=0"],
        "kcsan": ["-fsanitize=thread", "--param", "tsan-distinguish-volatile=1"],
    },
    "clang-19": COMMON | {
        "kasan_outline": ["-fsanitize=kernel-address", "-mllvm", "-asan-mapping-offset=0xdffffc0000000000", "-mllvm",
                          "-asan-instrumentation-with-call-threshold=0"],
        "kcsan": ["-fsanitize=thread", "-mllvm", "-tsan-distinguish-volatile=1"],
    },
}
# Options of gcc alone.
ONLY_GCC = re.compile(r"-m(indirect-branch|function-return|record-mcount|harden-sls|preferred-stack|stack-protector-guard|skip-rax)"
                      r"|-f(conserve-stack|trivial-auto|no-allow-store|min-function)|-fpatchable|-pg$|-mfentry|-W")


def command():
    text = (MODULES / "shim/.seamcall.o.cmd").read_text()
    words = re.search(r"^savedcmd_\S+ := (\S+ .*? -c) ", text, re.M).group(1).split()
    return [word.replace("\\#", "#").replace('"\'', '"').replace('\'"', '"').strip("'") for word in words if "-Wp,-MMD" not in word]


def disassemble(compiler, options, scratch):
    words = [word for word in command()[1:] if compiler == "gcc" or not ONLY_GCC.match(word)]
    out = pathlib.Path(scratch) / "seamcall.o"
    subprocess.run([compiler, *words, "-w", *options, "-o", out, "shim/seamcall.c"], cwd=MODULES, check=True)
    return subprocess.run(["objdump", "-d", out], capture_output=True, text=True, check=True).stdout


def full(name):
    """The full register of a partial register's name."""
    if name.startswith("r") and name[1].isdigit():
        return name.rstrip("dwb")
    return "r" + name[1:]


def loads_before(lines, place):
    """The last load of each register between the last call, or the beginning, and the instruction."""
    loads = {}
    for line in lines[:place]:
        text = line.split("\t")[-1].split("#")[0].strip()
        if text.startswith("call"):
            loads = {}
            continue
        if move := re.match(r"movq? +(0x[0-9a-f]+)?\((%\w+)\),%(r\w+)$", text):
            loads[move.group(3)] = int(move.group(1) or "0", 16)
        elif zero := re.match(r"xorl? +%(\w+),%(\w+)$", text):
            if zero.group(1) == zero.group(2):
                loads[full(zero.group(1))] = "zero"
    return loads


def wrong_in(code):
    functions = re.split(r"\n(?=[0-9a-f]+ <)", code)
    wrong, shapes = [], set()
    for function in functions:
        lines = function.splitlines()
        for place, line in enumerate(lines):
            if INSTRUCTION not in line:
                continue
            loads = loads_before(lines, place)
            by_shape = {
                "all registers": {name: 8 * index for index, name in enumerate(REGISTERS)},
                "RCX alone": {name: "zero" for name in ZEROES},
            }
            missing = {shape: [name for name in wanted if loads.get(name) != wanted[name]] for shape, wanted in by_shape.items()}
            best = min(missing, key=lambda shape: len(missing[shape]))
            shapes.add(best)
            if missing[best]:
                wrong.append(f"{lines[0]} {best}: not loaded before the instruction: {' '.join(missing[best])}")
    if len(shapes) < SHAPES:
        wrong.append(f"shapes of the instruction: {sorted(shapes)}")
    return wrong


def check(compiler, options):
    with tempfile.TemporaryDirectory() as scratch:
        return wrong_in(disassemble(compiler, options, scratch))


ktap.report({f"registers_are_loaded_{compiler}_{name}": functools.partial(check, compiler, options)
             for compiler, named in OPTIONS.items() for name, options in named.items()})
