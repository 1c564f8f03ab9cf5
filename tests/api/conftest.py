"""A small scenario, its outcomes, and a run of it from Python: made once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import threatsim
from tests.experiment.small_world import scenario_data


def small_data() -> dict[str, Any]:
    """A scenario as plain data whose attacks take seconds."""
    return scenario_data() | {"cases": {"per_modality": 60}}


@pytest.fixture(scope="session")
def scenario() -> threatsim.Scenario:
    return threatsim.Scenario.from_dict(small_data())


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache folder that nothing else has filled."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THREATSIM_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="session")
def report(scenario: threatsim.Scenario, reports: Path, cache: Path) -> threatsim.Report:
    return threatsim.run(scenario, workers=1, out=reports, patterns=False)


@pytest.fixture(scope="session")
def outcomes(scenario: threatsim.Scenario, cache: Path) -> threatsim.ScenarioOutcomes:
    return threatsim.outcomes_of(scenario)
