# SPDX-License-Identifier: GPL-2.0
"""Writes a copy of sources that has every fault, each conditional on its number: tdx_fault(number) tells at run time
whether the fault is chosen, and records that it was reached. In constant expressions TDX_FAULT_AT_COMPILE_TIME is the
chosen fault.
"""
import concurrent.futures
import os
import re
import subprocess

HEADER = """/* Generated: the fault that is chosen at run time. */
#pragma once
#ifndef TDX_FAULT_AT_COMPILE_TIME
#define TDX_FAULT_AT_COMPILE_TIME 0
#endif
#define TDX_FAULTS %d
#ifdef __cplusplus
extern "C" {
#endif
extern unsigned int tdx_fault_chosen;
extern unsigned char tdx_fault_reached[];
#ifdef __cplusplus
}
constexpr bool tdx_fault(unsigned int number)
{
	if (__builtin_is_constant_evaluated())
		return number == TDX_FAULT_AT_COMPILE_TIME;
#else
static inline _Bool tdx_fault(unsigned int number)
{
#endif
	tdx_fault_reached[number] = 1;
	return number == tdx_fault_chosen;
}
"""
CXX = ["clang++-19", "-std=gnu++23", "-ffreestanding", "-fno-exceptions", "-fno-rtti", "-Wno-narrowing"]
C = ["clang-19", "-std=c11"]
ERROR = re.compile(r"^(\S+?):(\d+):(\d+): (error|note|fatal error): (.*)$", re.M)


def render(text, faults):
    """Returns the text with the faults, and the new position of each edit's text."""
    edits = [edit for fault in faults for edit in fault.edits]
    # Outer edits first; of edits around the same text those of statements first, then in the order of their discovery.
    edits.sort(key=lambda edit: (edit.start, -edit.end, not edit.before.startswith("{")))
    pieces, spans, at, length, stack = [], [], 0, 0, []

    def put(piece):
        nonlocal length
        pieces.append(piece)
        length += len(piece)

    def close(until):
        nonlocal at
        while stack and stack[-1][0].end <= until:
            edit, start = stack.pop()
            put(text[at:edit.end])
            at = edit.end
            put(edit.after.replace("@", str(edit.fault.number)))
            spans.append((start, length, edit.fault))

    for edit in edits:
        close(edit.start)
        if stack and edit.end > stack[-1][0].end:
            raise SystemExit(f"error: {edit.fault.key}: the change cuts through another one")
        put(text[at:edit.start])
        at = edit.start
        stack.append((edit, length))
        put(edit.before.replace("@", str(edit.fault.number)))
    close(len(text))
    put(text[at:])
    return "".join(pieces), spans


class Tree:
    """The copy in @place, in which @sources (of class Source) have their faults."""

    def __init__(self, place, sources, include):
        self.place, self.include = place, include
        self.sources = {source.name: source for source in sources}
        self.spans, self.dropped = {}, []
        self.faults = [fault for source in sources for fault in source.faults]
        # Constant tables in C cannot call tdx_fault().
        for number, fault in enumerate(self.faults, 1):
            fault.number = 0 if fault.compile_time and fault.file.endswith((".c", ".h")) else number

    def compile_command(self, unit):
        language = [*CXX, "-x", "c++"] if unit.endswith((".cc", ".hpp")) else [*C, "-x", "c"]
        return [*language, "-include", str(self.place / "fault.h"), *self.include, str(self.place / unit)]

    def write(self):
        self.put(self.place / "fault.h", HEADER % len(self.faults))
        for name, source in self.sources.items():
            text, self.spans[name] = render(source.text, [fault for fault in source.faults if fault.number])
            self.put(self.place / name, text)

    @staticmethod
    def put(path, text):
        """Writes a file; an unchanged one keeps its time."""
        if path.exists() and path.read_text(encoding="latin-1") == text:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1")

    def drop_what_does_not_compile(self):
        """Compiles everything until there is no error left; drops the faults whose text has an error."""
        units = [name for name in self.sources if name.endswith((".cc", ".c"))]
        while True:
            self.write()
            with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
                outputs = [output for output in pool.map(self.errors_of, units) if output]
            if not outputs:
                return
            culprits = {fault.number: fault for output in outputs for fault in self.culprits(output)}
            if not culprits:
                raise SystemExit("error: no fault is where the compiler says there is an error:\n" + outputs[0][:2000])
            for fault in culprits.values():
                fault.number = 0
                self.dropped.append(fault)

    def errors_of(self, unit):
        command = self.compile_command(unit) + ["-fsyntax-only", "-ferror-limit=0", "-fno-caret-diagnostics", "-w"]
        run = subprocess.run(command, capture_output=True, text=True)
        return run.stderr if run.returncode else ""

    def culprits(self, output):
        """The innermost fault around each error; if there is none, the one around a note of the error."""
        found, pending = [], None
        for path, line, column, kind, _ in ERROR.findall(output):
            if kind == "note" and pending is None:
                continue
            faults = self.faults_at(path, int(line), int(column))
            if faults:
                found += faults
                pending = None
            elif kind != "note":
                pending = path
        return found

    def faults_at(self, path, line, column):
        name = os.path.relpath(path, self.place)
        if name not in self.spans:
            return []
        lines = (self.place / name).read_text(encoding="latin-1").splitlines(keepends=True)
        offset = sum(map(len, lines[:line - 1])) + column - 1
        around = [(end - start, fault) for start, end, fault in self.spans[name] if start <= offset < end]
        smallest = min((length for length, _ in around), default=0)
        return [fault for length, fault in around if length - smallest < 40 and fault.edits[-1].before == ""] or \
            [fault for length, fault in around if length == smallest]
