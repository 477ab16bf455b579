# SPDX-License-Identifier: GPL-2.0
"""Finds every place for a fault in clang's syntax tree of a source: a statement left out, an early return or an error
dropped, a condition inverted, a comparison or a constant off by one, two arguments or fields of equal type swapped.
Nothing is chosen by hand. Writes a copy of the sources that has every fault, each conditional on its number: tdx_fault(number)
tells at run time whether the fault is chosen, and records that it was reached. In constant expressions
TDX_FAULT_AT_COMPILE_TIME is the chosen fault.
"""
import concurrent.futures
import ctypes
import dataclasses
import itertools
import os
import re
import subprocess

import clang.cindex
from clang.cindex import BinaryOperator, CursorKind, TypeKind

FUNCTIONS = {
    CursorKind.FUNCTION_DECL, CursorKind.CXX_METHOD, CursorKind.CONSTRUCTOR, CursorKind.DESTRUCTOR,
    CursorKind.CONVERSION_FUNCTION, CursorKind.FUNCTION_TEMPLATE,
}
LOOPS = {CursorKind.FOR_STMT, CursorKind.WHILE_STMT, CursorKind.CXX_FOR_RANGE_STMT, CursorKind.DO_STMT}
JUMPS = {CursorKind.RETURN_STMT, CursorKind.BREAK_STMT, CursorKind.CONTINUE_STMT}
COMPARISONS = {
    BinaryOperator.LT: ("<", "<="), BinaryOperator.LE: ("<=", "<"), BinaryOperator.GT: (">", ">="),
    BinaryOperator.GE: (">=", ">"),
}
EQUALITIES = {BinaryOperator.EQ, BinaryOperator.NE}
# Not code, or checked by the compiler alone: a static assertion is itself a test.
SKIPPED = {
    CursorKind.STATIC_ASSERT, CursorKind.TEMPLATE_TYPE_PARAMETER, CursorKind.TEMPLATE_NON_TYPE_PARAMETER,
    CursorKind.TYPE_ALIAS_DECL, CursorKind.TYPEDEF_DECL, CursorKind.CONCEPT_DECL, CursorKind.USING_DECLARATION,
    CursorKind.TYPE_ALIAS_TEMPLATE_DECL,
}
INTEGERS = {
    TypeKind.INT, TypeKind.UINT, TypeKind.LONG, TypeKind.ULONG, TypeKind.LONGLONG, TypeKind.ULONGLONG, TypeKind.USHORT,
    TypeKind.SHORT, TypeKind.UCHAR, TypeKind.SCHAR,
}
# Functions that log and trace; a call with WARNINGS as the first argument is more than text.
LOGS = re.compile(r"tdx_shim_report|tdx_shim_debug|tdx_shim_trace_\w+")
WARNINGS = re.compile(r"TDX_SHIM_(MODULE_BUG|BUG|DEVICE_ERROR)")
# Functions in which the order of the two operands does not matter.
SYMMETRIC = {"min", "max", "swap", "is_field", "seam_ranges_overlap"}
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
ERROR = re.compile(r"^(\S+?):(\d+):(\d+): (error|note|fatal error): ", re.M)


@dataclasses.dataclass
class Edit:
    """Replaces the text [start, end) by "before" + that text, with its inner edits, + "after"."""
    start: int
    end: int
    before: str
    after: str
    fault: "Fault"


@dataclasses.dataclass
class Fault:
    file: str
    line: int
    function: str
    change: str
    compile_time: bool
    constexpr: bool
    number: int = 0
    edits: list = dataclasses.field(default_factory=list)

    @property
    def key(self):
        return f"{self.file} @@ {self.function} @@ {self.change}"

    @property
    def place(self):
        return f"{self.file}:{self.line}: {self.function} @@ {self.change}"


def located(location, kind):
    """File and offset of a token: "File": of a macro argument's text, "Spelling": in the definition of a macro."""
    file, line, column, offset = clang.cindex.c_object_p(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    function = getattr(clang.cindex.conf.lib, f"clang_get{kind}Location")
    function(location, ctypes.byref(file), ctypes.byref(line), ctypes.byref(column), ctypes.byref(offset))
    return clang.cindex.File(file).name if file else "", offset.value


def is_text(node):
    """True for a call whose arguments are text of logs and traces. No test needs to notice a fault there."""
    return node.kind == CursorKind.CALL_EXPR and bool(LOGS.fullmatch(node.spelling))


class Source:
    """One source and its faults."""

    def __init__(self, path, name, arguments):
        self.path, self.name = str(path), name
        self.text = path.read_bytes().decode("latin-1")
        self.cxx = path.suffix in (".cc", ".hpp")
        # Masks comments and strings, whose parentheses do not count.
        self.masked = re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                             lambda match: (" " if match.group()[0] == "/" else "_") * len(match.group()), self.text, flags=re.S)
        self.faults, self.turned, self.seen = [], set(), {}
        unit = clang.cindex.Index.create().parse(self.path, arguments)
        for error in unit.diagnostics:    # no warnings, because of -w
            raise SystemExit(f"error: clang cannot parse {name}: {error}")
        for node in unit.cursor.get_children():
            if node.location.file and node.location.file.name == self.path:
                self.visit(node, Context())

    # Positions

    def range_of(self, node):
        return located(node.extent.start, "File")[1], located(node.extent.end, "File")[1]

    def is_written_here(self, node):
        """False for a node that comes from the definition of a macro."""
        return located(node.extent.start, "Spelling") == (self.path, located(node.extent.start, "File")[1])

    def after_semicolon(self, end):
        """The extent of a statement without braces ends before its semicolon."""
        return re.compile(r"(\s*;)?").match(self.masked, end).end()

    def text_of(self, span):
        return self.text[span[0]:span[1]]

    def header_of(self, node):
        """The parts between the parentheses of an if, for, while or switch, and the offset of the closing one."""
        opening = self.masked.find("(", *self.range_of(node))
        parts, begin, depth = [], opening + 1, 0
        for at in range(opening, len(self.masked)):
            depth += (self.masked[at] in "([{") - (self.masked[at] in ")]}")
            if depth == 0 or (depth == 1 and self.masked[at] == ";"):
                parts.append(self.trimmed((begin, at)))
                begin = at + 1
            if depth == 0:
                return parts, at

    def trimmed(self, span):
        text = self.masked[span[0]:span[1]]
        return span[0] + len(text) - len(text.lstrip()), span[1] - len(text) + len(text.rstrip())

    # Faults

    def add(self, context, span, change, before, after, inner=()):
        if span[0] >= span[1]:
            return
        text = " ".join(self.text_of(span).split())
        change = " ".join(change.split()) + " " + (text if len(text) <= 160 else text[:157] + "...")
        count = self.seen[(context.function, change)] = self.seen.get((context.function, change), 0) + 1
        fault = Fault(self.name, self.text.count("\n", 0, span[0]) + 1, context.function,
                      change + (f" (number {count})" if count > 1 else ""), context.compile_time,
                      context.compile_time or context.constexpr)
        fault.edits = [Edit(*edit, fault) for edit in (*inner, (*span, before, after))]
        self.faults.append(fault)

    def turn(self, context, span):
        span = self.trimmed(span)
        if span in self.turned:
            return
        self.turned.add(span)
        self.add(context, span, "turned: ", "(tdx_fault(@) != !!(", "))")

    def omit(self, context, span, change="left out: "):
        # In braces, so that an else after it still belongs to the outer if.
        self.add(context, span, change, "{ if (!tdx_fault(@)) { ", " } }")

    def off_by_one(self, context, span):
        # A template argument is part of a type and cannot be chosen at run time.
        if self.masked[:span[0]].rstrip()[-1:] in ("<", ",") and self.masked[span[1]:span[1] + 1] == ">":
            return
        text = self.text_of(span)
        # "true" + 1 is true; and no test can show which memory order is sufficient.
        if text in ("true", "false"):
            self.turn(context, span)
        elif not text.startswith("__ATOMIC_"):
            self.add(context, span, "one more: ", "(", " + tdx_fault(@))")

    # The tree

    def visit(self, node, context):
        kind = node.kind
        if kind in SKIPPED or (kind in FUNCTIONS and not self.is_run(node)):
            return
        context = self.entered(node, context)
        if kind.is_statement() and self.is_written_here(node):
            self.statement(node, context)
        if kind.is_expression() and not self.expression(node, context):
            return
        for child in self.children_of(node):
            self.visit(child, context.below(node))

    def is_run(self, node):
        """True for a function with a body that runs: consteval functions only serve static assertions."""
        return not self.masked.endswith("default", 0, self.range_of(node)[1]) and "consteval" not in self.head_of(node)

    def head_of(self, node):
        """The words of a declaration before its parameters or its value."""
        start, end = self.range_of(node)
        return re.match(r"[^({=]*", self.masked[start:end]).group().split()

    def children_of(self, node):
        children = list(node.get_children())
        # The value of a case is part of the switch.
        return children[-1:] if node.kind == CursorKind.CASE_STMT else children

    def entered(self, node, context):
        kind = node.kind
        if kind in FUNCTIONS:
            is_bool = node.result_type.get_canonical().kind == TypeKind.BOOL
            return Context(self.qualified(node), is_bool, constexpr="constexpr" in self.head_of(node))
        if kind == CursorKind.LAMBDA_EXPR:
            return dataclasses.replace(context, is_bool=False, parents=())
        if kind in (CursorKind.VAR_DECL, CursorKind.ENUM_CONSTANT_DECL, CursorKind.FIELD_DECL):
            is_inside = context.is_inside or (kind == CursorKind.FIELD_DECL and self.cxx)
            # The word is before the first of several variables.
            is_fixed = not is_inside or "constexpr" in self.head_of(context.parents[-1]) or node.storage_class.name == "STATIC"
            function = context.function if context.is_inside else self.qualified(node)
            if kind == CursorKind.VAR_DECL and node.type.get_canonical().kind == TypeKind.BOOL:
                for child in node.get_children():
                    if child.kind.is_expression() and self.is_written_here(child):
                        self.turn(dataclasses.replace(context, function=function, compile_time=is_fixed), self.range_of(child))
            return dataclasses.replace(context, function=function, compile_time=context.compile_time or is_fixed,
                                       constexpr=context.constexpr or kind == CursorKind.FIELD_DECL)
        return context

    @staticmethod
    def qualified(node):
        names, parent = [node.spelling], node.semantic_parent
        while parent.kind not in (CursorKind.TRANSLATION_UNIT, CursorKind.NAMESPACE):
            names.insert(0, parent.spelling)
            parent = parent.semantic_parent
        return "::".join(names)

    def statement(self, node, context):
        kind, children = node.kind, list(node.get_children())
        start, end = self.range_of(node)
        bodies, is_endless = [], False
        if kind == CursorKind.DO_STMT:
            *bodies, condition = children
            self.turn(context, self.range_of(condition))
        elif kind == CursorKind.IF_STMT or kind in LOOPS:
            parts, close = self.header_of(node)
            condition = parts[1] if kind == CursorKind.FOR_STMT else parts[-1]
            # Only its returns leave a loop without a condition: without it the function would return no value.
            is_endless = condition[0] >= condition[1]
            if kind != CursorKind.CXX_FOR_RANGE_STMT and not any(child.kind == CursorKind.VAR_DECL for child in children):
                self.turn(context, condition)
            bodies = [child for child in children if self.range_of(child)[0] > close]
        elif kind == CursorKind.COMPOUND_STMT:
            bodies = children
        elif kind in (CursorKind.CASE_STMT, CursorKind.DEFAULT_STMT):
            bodies = children[-1:]
        elif kind == CursorKind.RETURN_STMT and context.is_bool:
            for child in filter(self.is_written_here, children):
                self.turn(context, self.range_of(child))
        for body in bodies:
            self.body(body, context.below(node))
        is_long = kind == CursorKind.IF_STMT and len(bodies) == 1 and len(list(bodies[0].get_children())) > 1
        if (is_long and bodies[0].kind == CursorKind.COMPOUND_STMT) or (kind in LOOPS and not is_endless):
            self.omit(context, (start, self.after_semicolon(end)))

    def body(self, node, context):
        """A statement of a block or a branch, which can be left out."""
        while node.kind == CursorKind.UNEXPOSED_STMT:    # with an attribute
            node = list(node.get_children())[-1]
        start, end = self.range_of(node)
        is_macro = not self.is_written_here(node)
        if is_macro and not re.match(r"\w+\(", self.text[start:end]):
            return
        span = start, self.after_semicolon(end)
        if span[1] == end or (node.kind in JUMPS and self.is_last(node, context)):
            return
        # The kernel has macros like mb() that are a do-while.
        is_call = node.kind.is_expression() or (is_macro and node.kind == CursorKind.DO_STMT)
        if node.kind == CursorKind.RETURN_STMT:
            self.omit(context, span, "early return dropped: ")
        elif node.kind in JUMPS or node.kind == CursorKind.GOTO_STMT or (is_call and not self.is_log(node)):
            self.omit(context, span)
        if is_macro and self.text.startswith("TRY(", start):
            call = self.text[start + 4:end - 1]
            self.add(context, span, "error dropped: ", "{ if (tdx_fault(@)) { (void)(" + call + "); } else { ", " } }")

    def is_log(self, node):
        """True for a log line or a trace event; not for a warning, which fails a test."""
        while node.kind == CursorKind.UNEXPOSED_EXPR and len(list(node.get_children())) == 1:    # with temporary objects
            node = next(node.get_children())
        return is_text(node) and not WARNINGS.search(self.text_of(self.range_of(node)))

    @staticmethod
    def is_last(node, context):
        """True if the function, or the loop, ends here anyway."""
        for parent in reversed(context.parents):
            if parent.kind in LOOPS:
                return node.kind == CursorKind.CONTINUE_STMT
            if parent.kind == CursorKind.COMPOUND_STMT:
                *_, last = parent.get_children()
                if node.extent.start.offset < last.extent.start.offset:
                    return False
            if parent.kind == CursorKind.SWITCH_STMT and node.kind == CursorKind.BREAK_STMT:
                return True
        return True

    def expression(self, node, context):
        """Returns False if the nodes below must not be visited."""
        kind = node.kind
        if is_text(node):
            return False
        if kind.name in ("SIZE_OF_PACK_EXPR", "CXX_UNARY_EXPR") and "sizeof" in self.text_of(self.range_of(node)):
            return False
        span = self.range_of(node)
        if not self.is_written_here(node):
            # A macro's name that is a constant; of other macros only the arguments are visited.
            if re.fullmatch(r"[A-Za-z_]\w*", self.text_of(span)) and node.type.get_canonical().kind in INTEGERS:
                self.off_by_one(context, span)
                return False
            return True
        if kind == CursorKind.BINARY_OPERATOR:
            self.binary(node, context, span)
        elif kind == CursorKind.CONDITIONAL_OPERATOR:
            self.turn(context, self.range_of(next(node.get_children())))
        elif kind in (CursorKind.INTEGER_LITERAL, CursorKind.CXX_BOOL_LITERAL_EXPR) or self.is_constant(node):
            self.off_by_one(context, span)
        elif kind in (CursorKind.CALL_EXPR, CursorKind.INIT_LIST_EXPR):
            self.arguments(node, context)
        return True

    @staticmethod
    def is_constant(node):
        what = node.referenced
        return node.kind == CursorKind.DECL_REF_EXPR and what.kind == CursorKind.VAR_DECL and \
            what.type.get_canonical().kind in INTEGERS and bool(re.match(r"k[A-Z]", what.spelling))

    def binary(self, node, context, span):
        left, right = map(self.range_of, node.get_children())
        operator = node.binary_operator
        if operator in (BinaryOperator.LAnd, BinaryOperator.LOr):
            self.turn(context, left)
            self.turn(context, right)
        if operator in EQUALITIES:
            self.turn(context, span)
        if operator in COMPARISONS:
            old, new = COMPARISONS[operator]
            changed = f"{self.text_of(left)} {new} {self.text_of(right)}"
            self.add(context, span, f"{new} for {old}: ", f"(tdx_fault(@) ? ({changed}) : (", "))")

    def value_of(self, node):
        """The value of a designated initialiser; other nodes as they are."""
        *_, value = node, *node.get_children()
        is_field = self.text_of(self.range_of(node)).startswith(".") and value.kind != CursorKind.INIT_LIST_EXPR
        return value if is_field else node

    def arguments(self, node, context):
        """Swaps any two arguments or fields of equal type. The edit of the whole call changes nothing: it marks the extent."""
        is_call = node.kind == CursorKind.CALL_EXPR
        nodes = list(node.get_arguments()) if is_call else [*map(self.value_of, node.get_children())]
        if node.spelling.startswith("operator") or node.spelling in SYMMETRIC or not all(map(self.is_written_here, nodes)):
            return
        call = self.range_of(node)
        # Fields come in any order.
        spans = sorted((self.range_of(child), child.type.get_canonical().spelling.replace("const ", "")) for child in nodes)
        for (one, its_type), (other, other_type) in itertools.combinations(spans, 2):
            its_text, other_text = self.text_of(one), self.text_of(other)
            if its_type == other_type and its_text != other_text:
                edits = (*one, f"(tdx_fault(@) ? {other_text} : ", ")"), (*other, f"(tdx_fault(@) ? {its_text} : ", ")")
                self.add(context, call, f"swapped: '{its_text}' and '{other_text}' of ", "", "", edits)


@dataclasses.dataclass(frozen=True)
class Context:
    """The position of the walk in a source."""
    function: str = ""
    is_bool: bool = False
    compile_time: bool = False
    constexpr: bool = False
    parents: tuple = ()

    @property
    def is_inside(self):
        return any(parent.kind == CursorKind.COMPOUND_STMT for parent in self.parents)

    def below(self, node):
        return dataclasses.replace(self, parents=(*self.parents, node))


def render(text, faults):
    """Returns the text with the faults, and where each edit is in it."""
    edits = [edit for fault in faults for edit in fault.edits]
    # Outer edits first; of edits around the same text those of statements first, then in the order of their discovery.
    edits.sort(key=lambda edit: (edit.start, -edit.end, not edit.before.startswith("{")))
    # At one offset the inner edits end first, then the outer ones begin first.
    ends = [(edit.end, False, -order, edit) for order, edit in enumerate(edits)]
    begins = [(edit.start, True, order, edit) for order, edit in enumerate(edits)]
    pieces, spans, began, at, length = [], [], {}, 0, 0
    for offset, is_begin, order, edit in sorted(ends + begins, key=lambda one: one[:3]):
        pieces += text[at:offset], (edit.before if is_begin else edit.after).replace("@", str(edit.fault.number))
        if is_begin:
            began[order] = length + offset - at
        length += sum(map(len, pieces[-2:]))
        if not is_begin:
            spans.append((began[-order], length, edit.fault))
        at = offset
    return "".join([*pieces, text[at:]]), spans


def put(path, text):
    """Writes a file; an unchanged one keeps its time."""
    if not path.exists() or path.read_text(encoding="latin-1") != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="latin-1")


class Tree:
    """The copy in @place, in which @sources (of class Source) have all their faults that compile with @command(place, source)."""

    def __init__(self, place, sources, command):
        self.place, self.command = place, command
        self.sources = {source.name: source for source in sources}
        self.faults = [fault for source in sources for fault in source.faults]
        # Constant tables in C cannot call tdx_fault().
        for number, fault in enumerate(self.faults, 1):
            fault.number = 0 if fault.compile_time and fault.file.endswith((".c", ".h")) else number
        while outputs := self.errors():
            culprits = [fault for output in outputs for fault in self.culprits(output)]
            if not culprits:
                raise SystemExit("error: no fault is where the compiler says there is an error:\n" + outputs[0][:2000])
            for fault in culprits:
                fault.number = 0

    def errors(self):
        """Writes the copy, and returns what the compiler says about it."""
        put(self.place / "fault.h", HEADER % len(self.faults))
        self.spans = {}
        for name, source in self.sources.items():
            text, self.spans[name] = render(source.text, [fault for fault in source.faults if fault.number])
            put(self.place / name, text)
        units = [name for name in self.sources if name.endswith((".cc", ".c"))]
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            runs = pool.map(lambda unit: subprocess.run(self.command(self.place, unit), capture_output=True, text=True), units)
            return [run.stderr for run in runs if run.returncode]

    def culprits(self, output):
        """The innermost fault around each error; if there is none, the one around a note of the error."""
        found, pending = [], False
        for path, line, column, kind in ERROR.findall(output):
            if kind != "note" or pending:
                faults = self.faults_at(path, int(line), int(column))
                pending = not faults
                found += faults
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
