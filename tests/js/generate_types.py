"""Writes assets/live/types.d.ts, the browser's types of page data and events, from serving/messages.

It reads the source, not the classes, so that aliases keep their names. Run it after they have changed:
`python tests/js/generate_types.py`.
"""

from __future__ import annotations

import ast
import types
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ROOT / "gpt2core" / "serving" / "messages"
SOURCES = (
    "fields",
    "layout",
    "figures",
    "lab_results",
    "blocks",
    "training_events",
    "events",
    "page_events",
    "page_data",
)
ENGINE_ONLY = (
    "ErrorEvent",
    "Event",
    "LabResultEvent",
    "RunEvent",
    "Update",
    "WeightsEvent",
)  # these become what the page is told
TARGET = ROOT / "assets" / "live" / "types.d.ts"
HEADER = """\
// Types of what the server tells the page.
// Written by tests/js/generate_types.py from gpt2core/serving/messages: change them there.
"""
PLAIN = {
    "str": "string", "int": "number", "float": "number", "bool": "boolean", "None": "null",
    "object": "unknown", "Never": "never",
}  # fmt: skip


def typescript(node: ast.expr) -> str:
    """A Python annotation in TypeScript. Raises ValueError for what has no meaning there."""
    match node:
        case ast.Name(name):
            return PLAIN.get(name, name)
        case ast.Constant(None):
            return "null"
        case ast.BinOp(left, ast.BitOr(), right):
            return f"{typescript(left)} | {typescript(right)}"
        case ast.Subscript(ast.Name("Literal"), values):
            return " | ".join(_literal(value) for value in _items(values))
        case ast.Subscript(ast.Name("list"), item):
            inner = typescript(item)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case ast.Subscript(ast.Name("tuple"), ast.Tuple([item, ast.Constant(value=types.EllipsisType())])):
            return typescript(ast.Subscript(ast.Name("list"), item))
        case ast.Subscript(ast.Name("tuple"), items):
            return f"[{', '.join(typescript(item) for item in _items(items))}]"
        case ast.Subscript(ast.Name("dict"), ast.Tuple([key, value])):
            return f"Record<{typescript(key)}, {typescript(value)}>"
    raise ValueError(f"line {node.lineno}: {ast.unparse(node)} has no type in TypeScript")


def _items(node: ast.expr) -> list[ast.expr]:
    return node.elts if isinstance(node, ast.Tuple) else [node]


def _literal(node: ast.expr) -> str:
    match node:
        case ast.Constant(bool(value)):
            return str(value).lower()
        case ast.Constant(str() | int() as value):
            return f'"{value}"' if isinstance(value, str) else str(value)
    raise ValueError(f"line {node.lineno}: {ast.unparse(node)} is no literal")


def _interface(node: ast.ClassDef) -> Iterator[str]:
    """A TypedDict as an interface. `total=False` and NotRequired make a field optional."""
    if comment := ast.get_docstring(node):
        yield f"/** {' '.join(comment.split())} */"
    bases = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id != "TypedDict"]
    partial = any(word.arg == "total" for word in node.keywords)
    extends = f" extends {', '.join(bases)}" if bases else ""
    yield f"export interface {node.name}{extends} {{"
    for field in node.body:
        match field:
            case ast.AnnAssign(ast.Name(name), ast.Subscript(ast.Name("NotRequired"), inner)):
                yield f"  {name}?: {typescript(inner)};"
            case ast.AnnAssign(ast.Name(name), annotation):
                yield f"  {name}{'?' if partial else ''}: {typescript(annotation)};"
    yield "}"


def declarations(source: str) -> Iterator[str]:
    """The lines of all types in a Python file, in its order."""
    for node in ast.parse(source).body:
        match node:
            case ast.ClassDef(name) | ast.AnnAssign(ast.Name(name)) if name in ENGINE_ONLY:
                continue
            case ast.ClassDef():
                yield from _interface(node)
            case ast.AnnAssign(ast.Name(name), ast.Name("TypeAlias"), ast.expr() as value):
                yield f"export type {name} = {typescript(value)};"


def generated() -> str:
    """What types.d.ts should say."""
    paths = [MESSAGES / f"{name}.py" for name in SOURCES]
    parts = ["\n".join(declarations(path.read_text(encoding="utf-8"))) for path in paths]
    return "\n".join([HEADER, *(f"{part}\n" for part in parts)])


if __name__ == "__main__":
    TARGET.write_text(generated(), encoding="utf-8")
