"""Pages whose Python is run word for word: blocks of code, each with what it shows where the page says it."""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_BLOCK = re.compile(r"^```(python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A block of Python, and what the page says that it shows, or None."""

    line: int
    code: str
    shown: str | None


def steps(page: Path) -> Iterator[Step]:
    """Yield the blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    found = [(match[1], match[2], text.count("\n", 0, match.start()) + 2) for match in _BLOCK.finditer(text)]
    for (kind, code, line), following in zip(found, [*found[1:], ("", "", 0)], strict=True):
        if kind == "python":
            yield Step(line, code, following[1] if following[0] == "text" else None)


def shown_by(step: Step, page: Path, namespace: dict[str, Any]) -> str:
    """Run a block as a notebook does, and return what is printed and the last value."""
    tree = ast.parse("\n" * (step.line - 1) + step.code, str(page))
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, str(page), "exec"), namespace)
        value = eval(compile(ast.Expression(last.value), str(page), "eval"), namespace) if last else None
        if value is not None:
            print(repr(value))
    return printed.getvalue()


def as_pattern(shown: str) -> str:
    """Return what a page shows as a pattern, with `...` for whatever it leaves out."""
    return ".*".join(re.escape(piece) for piece in shown.strip().split("..."))
