"""Every scenario of the library runs, made small: real attacks, a market, a record that adds up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest, loaded_for
from threatsim.report.terminal.progress_bars import TerminalProgress
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names

LARGEST = 15
"""Providers of a specialty."""

WITH_PICTURES = ("teledermatology_rotation", "trial_endpoint")
"""Those whose curves and gallery are made too: a picture that is turned, and a finding that is to be absent."""


def smaller(name: str) -> dict[str, Any]:
    scenario = load_scenario(name).scenario
    counts = {f"providers.{group}.count": min(LARGEST, spec.count) for group, spec in scenario.providers.items()}
    burn_in = min(8, scenario.burn_in)
    small = counts | {"weeks": 10, "burn_in": burn_in, "replicates": 2, "cases.per_modality": 20}
    return small | ({"doubt": 2} if scenario.doubt else {})


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.mark.parametrize("name", scenario_names())
def test_it_runs(name: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(cache))
    request = RunRequest(name, None, None, None, 1, "cpu", tmp_path, patterns=False, overrides=smaller(name))
    work = Run(loaded_for(request), request, TerminalProgress(Console(), quiet=True))
    work.check()
    work.prepare()
    work.simulate()
    work.answer(None)
    if name in WITH_PICTURES:
        work.measure()
    record = work.record
    assert [arm.name for arm in record.arms] == [arm.name for arm in load_scenario(name).scenario.arms]
    for arm in record.arms:
        largest = max(1.0, *map(abs, arm.accounts.values()))
        assert abs(sum(arm.accounts.values())) < 1e-6 * largest
        assert set(arm.outcomes) == set(ARM_METRICS)
    assert record.origins
    assert len(record.expectations) == len(load_scenario(name).scenario.expect)
    work.work.discard()
