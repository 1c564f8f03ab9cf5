from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.common.library import library_folder

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of the tests' own, shared by them so that an attack is run once."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def threatsim(tmp_path: Path, cache: Path) -> Command:
    """Run the real command in an empty folder; `columns` sets the width that it believes the terminal to have."""

    def call(*arguments: str, columns: int = 80, **environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "THREATSIM_CACHE": str(cache), "COLUMNS": str(columns), **environment}
        return subprocess.run(
            [sys.executable, "-m", "threatsim", *arguments],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=600,
            check=False,
        )

    return call


@pytest.fixture(scope="session")
def small_scenario() -> str:
    """The flagship with few cases, weeks and providers."""
    text = (library_folder("scenarios") / "insurance_upcoding.yaml").read_text()
    changes = {
        "weeks: 52 ": "weeks: 12 ",
        "burn_in: 156 ": "burn_in: 4 ",
        "replicates: 20 ": "replicates: 3 ",
        "per_modality: 400": "per_modality: 40",
        "\n  source: auto": "\n  source: synthetic",
        "count: 100": "count: 20",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text
