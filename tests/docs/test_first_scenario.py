"""The page for newcomers, followed word for word: what it says to type is typed, what it says to write is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "tutorials" / "first-scenario.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks() -> Iterator[tuple[str, str]]:
    for found in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        yield found.group(1), found.group(2)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a block, and what it is said to print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def as_pattern(shown: str) -> str:
    """What a page shows, with `...` for whatever it leaves out."""
    return ".*".join(re.escape(piece) for piece in shown.strip().split("..."))


@pytest.fixture
def desk(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A shell in an empty folder in which `threatsim` is the program under test."""
    programs = tmp_path_factory.mktemp("bin")
    program = programs / "threatsim"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m threatsim "$@"\n')
    program.chmod(0o755)
    cache = os.environ.get("THREATSIM_CACHE", str(tmp_path_factory.mktemp("cache")))
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "COLUMNS": "80", "THREATSIM_CACHE": cache}


def test_the_page_is_followed_to_its_end(desk: dict[str, str], tmp_path: Path) -> None:
    scenario = tmp_path / "skin.yaml"
    typed = 0
    for kind, block in blocks():
        if kind == "yaml" and block.startswith("  "):  # the lines that replace the one named in the page
            text = scenario.read_text(encoding="utf-8")
            assert text.count("  detection_rate: between 0 and 1\n") == 1
            scenario.write_text(text.replace("  detection_rate: between 0 and 1\n", block), encoding="utf-8")
        elif kind == "yaml":
            scenario.write_text(scenario.read_text(encoding="utf-8") + block, encoding="utf-8")
        else:
            for command, shown in commands(block):
                ran = subprocess.run(
                    command,
                    shell=True,
                    cwd=tmp_path,
                    env=desk,
                    capture_output=True,
                    text=True,
                    timeout=600,
                    check=False,
                )
                mistaken = shown.startswith("error: ")
                assert ran.returncode == (2 if mistaken else 0), ran.stderr
                printed = ran.stderr if mistaken else ran.stdout
                assert re.fullmatch(as_pattern(shown), printed.strip(), re.DOTALL), f"$ {command}\n{printed}"
                typed += 1
    assert typed >= 8
    assert list((tmp_path / "reports" / "skin").glob("*/report.html"))
