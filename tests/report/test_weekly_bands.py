"""The intervals of weekly series: those of the replicates, drawn where these are at hand and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.charts.weekly_bands import ACCUSED, RECALL, Bands, weekly_bands
from threatsim.statistics.over_replicates import resampled_mean_interval

SERIES = ("false_claims", "findings", "false_findings", "accused_honest")


@dataclass(frozen=True)
class Replicate:
    arm: str
    replicate: int
    weekly: dict[str, NDArray[np.float64]]


def replicates(record: RunRecord, n: int) -> list[Replicate]:
    """Replicates that scatter about the record's own weekly series, the last of them first."""
    random = np.random.default_rng(28)
    made = []
    for arm in record.arms:
        names = [*SERIES, *(name for name in arm.weekly if name.startswith("false_claims_"))]
        for i in reversed(range(n)):
            weekly = {name: np.asarray(arm.weekly[name]) * random.uniform(0.5, 1.5) for name in names}
            made.append(Replicate(arm.name, i, weekly))
    return made


@pytest.fixture(scope="module")
def short(record: RunRecord) -> RunRecord:
    """The record's first two arms in their first weeks."""
    arms = [
        arm.model_copy(update={"weekly": {name: series[:12] for name, series in arm.weekly.items()}})
        for arm in record.arms[:2]
    ]
    return record.model_copy(update={"arms": tuple(arms)})


@pytest.fixture(scope="module")
def found(short: RunRecord) -> Bands:
    return weekly_bands(short, replicates(short, 8))


def test_a_band_is_the_interval_of_the_replicates_in_that_week(short: RunRecord, found: Bands) -> None:
    arm = short.arms[1]
    mine = sorted((one for one in replicates(short, 8) if one.arm == arm.name), key=lambda one: one.replicate)
    name = next(name for name in arm.weekly if name.startswith("false_claims_") and arm.weekly[name][9] > 0)
    expected = resampled_mean_interval([one.weekly[name][9] for one in mine], bounds=(0, np.inf), design=short.design)
    # By degrees of freedom rounded down to a quarter: it holds that interval, and is hardly wider.
    band = found[arm.name][name][9]
    assert band is not None
    assert expected.low is not None
    assert expected.high is not None
    assert band[0] <= expected.low
    assert band[1] >= expected.high
    assert band[1] - band[0] <= 1.2 * (expected.high - expected.low)
    for one in found.values():
        for band in one[RECALL]:
            assert band is None or 0 <= band[0] <= band[1] <= 1
        assert len(one[ACCUSED]) == len(arm.weekly["false_claims"])


def test_recall_lies_in_its_band_and_the_chart_says_that_it_is_shaded(short: RunRecord, found: Bands) -> None:
    figures = {figure.key: figure for figure in figures_of(short)}
    for key in ("detection", "tactics"):
        drawn, plain = figures[key].of(short, found), figures[key].of(short)
        assert drawn.note == f"{plain.note} Shaded: 95% intervals."
        assert "low" in drawn.data[0]
        assert "low" not in plain.data[0]
    rows = [row for row in figures["detection"].of(short, found).data[1] if "%" in row["figure"]]
    inside = [row["low"] <= row["value"] <= row["high"] for row in rows if "low" in row]
    assert len(inside) == len(rows)
    assert sum(inside) > 0.8 * len(inside)


def test_too_few_replicates_have_none(short: RunRecord) -> None:
    few = weekly_bands(short, replicates(short, 4))
    assert {band for one in few.values() for series in one.values() for band in series} == {None}
    assert weekly_bands(short, []) == {}


def test_where_nobody_honest_is_accused_words_stand_for_the_chart(short: RunRecord) -> None:
    (figure,) = (figure for figure in figures_of(short) if figure.key == "detection")
    none = tuple(
        arm.model_copy(update={"weekly": {**arm.weekly, "accused_honest": [0.0] * len(arm.weekly["accused_honest"])}})
        for arm in short.arms
    )
    drawn = figure.of(short.model_copy(update={"arms": none}))
    assert "No honest provider was accused" in drawn.note
    assert {row["figure"] for row in drawn.data[1]} == {"false claims found, %"}
