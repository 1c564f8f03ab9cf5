"""The glossary: one page of the documentation, which reports and the terminal quote."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from threatsim.common.errors import ThreatsimError


class Term(NamedTuple):
    """A word of the glossary: its names, the first the one that it stands under, and what it means."""

    names: tuple[str, ...]
    meaning: str


@cache
def glossary() -> tuple[Term, ...]:
    """Return the terms in the order of the page.

    Raises:
        ThreatsimError: the page is missing, so the installation is damaged.
    """
    package = Path(str(files("threatsim")))
    for path in (package / "_data" / "glossary.md", package.parent / "docs" / "reference" / "glossary.md"):
        if path.is_file():
            return _terms(path.read_text(encoding="utf-8"))
    raise ThreatsimError("the glossary that comes with threatsim is missing", hint="Install threatsim again.")


def term_called(name: str) -> Term | None:
    """Return the term of a name, whatever its case and with _ or - for spaces; None if there is none."""
    wanted = _plain(name)
    return next((term for term in glossary() if wanted in map(_plain, term.names)), None)


def _terms(text: str) -> tuple[Term, ...]:
    """Return the terms of a definition list: a line of names, then lines of which the first begins with a colon."""
    found = []
    for block in text.split("\n\n"):
        head, colon, body = block.strip().partition("\n: ")
        if colon:
            found.append(Term(tuple(head.split(", ")), " ".join(body.split())))
    return tuple(found)


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")
