"""Scenario texts for the tests of the scenario room, and a way to load changed ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from threatsim.common.library import library_folder
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def small_text() -> str:
    return (HERE / "small.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def flagship_text() -> str:
    return (library_folder("scenarios") / "insurance_upcoding.yaml").read_text(encoding="utf-8")


@pytest.fixture
def load_text(tmp_path: Path) -> Callable[[str], LoadedScenario]:
    """Load a text as the file `s.yaml`."""

    def load(text: str) -> LoadedScenario:
        path = tmp_path / "s.yaml"
        path.write_text(text, encoding="utf-8", newline="")
        return load_scenario(path)

    return load


@pytest.fixture
def small(load_text: Callable[[str], LoadedScenario], small_text: str) -> LoadedScenario:
    return load_text(small_text)
