"""A small scenario without attacks, and moments of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.experiment.small_world import scenario_data


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THREATSIM_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("scenario") / "small.yaml"
    data = scenario_data()
    data["tactics"] = {"code_only": data["tactics"]["code_only"]}
    with file.open("w") as stream:
        YAML().dump(data, stream)
    return file


MOMENTS = """\
free:
  conduct.reluctance_median:
moments:
  false_share:
    description: Share of what is paid that is for false claims
    value: 0.05
    interval: [0.03, 0.10]
    use: fit
    measure: {figure: fraud_share}
    kind: assumed
  doubled:
    description: What twice the audits do
    value: -0.2
    interval: [-0.4, -0.1]
    measure: {figure: false_claims, how: change, arm: audits_doubled, weeks: [1, 4]}
    use: predict
"""
"""Moments of a scenario with a range of reluctance and an arm of twice the audits."""
