"""Pages that a reader follows at a terminal: files that they have written, and commands with what these print."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

_BLOCK = re.compile(r"^(?P<before>[^\n]*)\n\n?```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"`([\w.-]+(?:/[\w.-]+)*\.\w+)`[^`]*:$")


class Block(NamedTuple):
    """A block of a page; `file` is what the line before it names as the file to write it to, if that ends so."""

    kind: str
    text: str
    file: str | None


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in order."""
    for found in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        named = _FILE.search(found["before"])
        yield Block(found["kind"], found["text"], named[1] if named else None)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a block, and what it is said to print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def type_command(command: str, shown: str, folder: Path, environment: Mapping[str, str]) -> None:
    """Type a command, and hold what it prints against what the page shows, with `...` for whatever that leaves out."""
    ran = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    mistaken = shown.startswith("error: ")
    assert ran.returncode == (2 if mistaken else 0), f"$ {command}\n{ran.stdout}{ran.stderr}"
    printed = ran.stderr if mistaken else ran.stdout
    pattern = ".*".join(re.escape(piece) for piece in shown.strip().split("..."))
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), f"$ {command}\n{printed}"
