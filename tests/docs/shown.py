"""What the pages show: blocks of code, lines to type, and commands within sentences, each with its place."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
RUN = frozenset(
    {"docs/how-to/python.md", "docs/how-to/audit.md", "docs/explanation/attacks.md"}
    | {f"docs/tutorials/{name}-of-your-own.md" for name in ("attack", "classifier")}
)
"""Pages whose Python the tests run (tests/api/test_python_page.py, tests/docs/test_tutorials.py)."""
PROGRAMS = ("threatsim", "pip", "pipx", "uv", "make", "towncrier")
_FENCED = re.compile(r"^```(?P<kind>[\w{}]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"(?:^    [^\n]*\n)+", re.MULTILINE)
_TYPED = re.compile(rf"(?:\w+=\S* )?(?:cd \S+ && )?(?:{'|'.join(PROGRAMS)}) ")
_WORDS = "#!/bin/sh\nprintf '%s\\037' \"${0##*/}\" \"$@\"; printf '\\036'\n"
"""A program that prints its name and the words that it is given, each with a mark behind it that no page has."""


def kept_pages() -> set[Path]:
    """Return the pages of the documentation that are written by hand."""
    pages = (ROOT / "docs").rglob("*.md")
    return {page for page in pages if not {"_build", "generated"} & set(page.relative_to(ROOT).parts)}


PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "scenarios/README.md")),
    *(ROOT / name for name in ("packages/threatsim-real/README.md", "examples/dental_plugin/README.md")),
    *sorted(kept_pages()),
]


class Shown(NamedTuple):
    """A piece of a page."""

    place: str
    kind: str
    text: str


def pieces(page: Path) -> Iterator[Shown]:
    """Yield the blocks of a page: fenced ones by their kind, indented ones as `indented`."""
    text = page.read_text(encoding="utf-8")
    name = str(page.relative_to(ROOT))

    def piece(found: re.Match[str], kind: str, inside: str) -> Shown:
        return Shown(f"{name}:{text.count(chr(10), 0, found.start()) + 1}", kind, inside)

    for found in _FENCED.finditer(text):
        yield piece(found, found["kind"], found["text"])
    outside = _FENCED.sub(lambda found: "\n" * found[0].count("\n"), text)
    for found in _INDENTED.finditer(outside):
        yield piece(found, "indented", re.sub(r"^    ", "", found[0], flags=re.MULTILINE))


def typed() -> list[Shown]:
    """Return every line of the pages' blocks that calls a program of `PROGRAMS`, with the lines that it goes on in."""
    found = []
    for page in PAGES:
        for place, kind, text in pieces(page):
            for line in re.sub(r"\\\n\s*", "", text).splitlines():
                prompted = line.startswith("$ ")
                if _TYPED.match(line.removeprefix("$ ")) and (prompted or kind in ("indented", "bash", "")):
                    found.append(Shown(place, kind, line.removeprefix("$ ")))
    return found


def inline(page: Path) -> Iterator[Shown]:
    """Yield the commands of threatsim within a page's sentences, each as it stands there in one line."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"`(threatsim [^`]+)`", _FENCED.sub(lambda found: "\n" * found[0].count("\n"), text)):
        place = f"{page.relative_to(ROOT)}:{text.count(chr(10), 0, found.start()) + 1}"
        yield Shown(place, "inline", re.sub(r"\s+", " ", found[1]))


def words(shell: Sequence[str], lines: Sequence[str], folder: Path) -> list[list[str]]:
    """Return the name and the words that a shell hands to the program of each line.

    Args:
        shell: the shell and its options.
        lines: commands, of which each calls one program of `PROGRAMS`.
        folder: where the programs are written that say what they were given.
    """
    for name in PROGRAMS:
        (folder / name).write_text(_WORDS)
        (folder / name).chmod(0o755)
    script = folder / "typed"
    script.write_text("\n".join(["cd() { :; }", *lines]) + "\n", encoding="utf-8")
    environment = {"PATH": f"{folder}{os.pathsep}/usr/bin{os.pathsep}/bin"}
    ran = subprocess.run([*shell, str(script)], env=environment, capture_output=True, text=True, check=False)
    assert ran.stderr == ""
    told = [one.split("\x1f")[:-1] for one in ran.stdout.split("\x1e")[:-1]]
    assert len(told) == len(lines)
    return told
