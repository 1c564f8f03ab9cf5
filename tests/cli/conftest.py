from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from tests.cli.command_server import LATE, CommandServer
from threatsim.common.library import library_folder

PROGRAM = ("-m", "threatsim")
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of the tests' own, shared by all processes that they run in, so that an attack is run once."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "cache"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def server() -> Iterator[CommandServer]:
    """What runs commands without importing everything for each."""
    started = CommandServer()
    yield started
    started.stop()


@pytest.fixture
def threatsim(tmp_path: Path, cache: Path, server: CommandServer) -> Command:
    """Run the real command in an empty folder; `columns` sets the width that it believes the terminal to have.

    A command with variables that count when Python or a library starts, or by another `program`, is started anew.
    """

    def call(
        *arguments: str, columns: int = 80, program: Sequence[str] = PROGRAM, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        own = {"THREATSIM_CACHE": str(cache), "COLUMNS": str(columns), **environment}
        if program == PROGRAM and set(own) <= set(LATE):
            return server.run(arguments, tmp_path, own)
        env = {**os.environ, **own}
        return subprocess.run(
            [sys.executable, *program, *arguments],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )

    return call


def report_of(folder: Path) -> Path:
    """Return the folder of the only report below a folder."""
    (record,) = folder.glob("**/record.json")
    return record.parent


@pytest.fixture
def scenario(tmp_path: Path, small_scenario: str) -> str:
    """The name of a file with the small scenario, in the folder that commands run in."""
    (tmp_path / "mine.yaml").write_text(small_scenario)
    return "mine.yaml"


@pytest.fixture(scope="session")
def small_scenario() -> str:
    """The flagship with few cases, weeks and providers."""
    text = (library_folder("scenarios") / "insurance_upcoding.yaml").read_text()
    changes = {
        "weeks: 52 ": "weeks: 12 ",
        "burn_in: 156 ": "burn_in: 4 ",
        "replicates: 20 ": "replicates: 3 ",
        "per_modality: 400": "per_modality: 24",
        "\n  source: auto": "\n  source: synthetic",
        "count: 100": "count: 12",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text
