"""Providers that a file fills: volumes and fees as it says, and exclusions that rest on no finding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.market.conftest import Build
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.patterns.bench import resized
from threatsim.market.model import Market
from threatsim.market.simulation import simulate

Tables = Mapping[str, OutcomeTable]


def filled(eye: str, chest: str, *, factors: str = "", excluded: Any = (), **changes: Any) -> dict[str, Any]:
    """A population of 60 and 40 practices; `factors` are those of the eye's."""

    def practices(services: str, factors: str, count: int) -> dict[str, Any]:
        return {"services": services, "fee_factors": factors or f"1*{count}"}

    return {
        "providers.eye.volume_skew": 0,
        "providers.chest.volume_skew": 0,
        "population": {
            "file": "people.csv",
            "sha256": "0" * 64,
            "rows": 100,
            "practices": {
                "eye": practices(eye, factors, 60) | {"excluded": list(excluded)},
                "chest": practices(chest, "", 40),
            },
        },
    } | changes


def test_equal_practices_at_national_fees_are_the_market_without_a_file(build: Build, tables: Tables) -> None:
    plain = build({"providers.*.volume_skew": 0})
    one, other = (
        simulate(scenario, tables, arm="baseline", replicate=1, seed=3)
        for scenario in (plain, build(filled("700*60", "90*40")))
    )
    assert one.outcomes == other.outcomes
    assert all((one.providers[name] == other.providers[name]).all() for name in one.providers)


def test_volumes_and_fees_are_as_the_file_says(build: Build, tables: Tables) -> None:
    skew = {"providers.eye.volume_skew": 0.693}
    market = Market(build(filled("100*30 400*30", "90*40", factors="0.9*30 1.2*30", **skew)), tables)
    table = market.table
    assert table.volume[:60].mean() == pytest.approx(30)
    assert (table.volume[30:60] / table.volume[:30] == 4).all()
    assert (table.volume[60:] == 50).all()
    assert table.fee_positive[[0, 59, 60]].tolist() == [round(41225 * 0.9), round(41225 * 1.2), 80000]
    assert table.fee_negative[[0, 59]].tolist() == [3285, 4380]
    assert table.care_cost[[0, 59]].tolist() == [13500, 18000]


def test_a_list_bars_from_federal_payers_from_its_week_until_its_end(build: Build, tables: Tables) -> None:
    commercial = {"kind": "commercial", "findings_to_accuse": 5, "collected": 0.5}
    excluded = [{"practice": 3, "week": 2, "until": 5}, {"practice": 7, "week": 0}]
    changes = {"other_laws": {"private": commercial}, "payers.1.law": "private", "burn_in": 3, "weeks": 8}
    market = Market(build(filled("700*60", "90*40", excluded=excluded, **changes), fixed=True), tables)
    barred = []
    for _ in range(11):
        market.step()
        barred.append(market.table.barred[:, [3, 7]].tolist())
    public, private = np.array(barred).transpose(1, 2, 0)
    assert np.flatnonzero(public[0]).tolist() == [5, 6, 7]
    assert np.flatnonzero(public[1]).tolist() == [3, 4, 5, 6, 7, 8, 9, 10]
    assert not private.any()
    assert not market.table.excluded.any()


def test_a_listed_practice_sends_nothing_and_takes_no_other_bar_away(build: Build, tables: Tables) -> None:
    excluded = [{"practice": 3, "week": 0, "until": 4}]
    market = Market(build(filled("700*60", "90*40", excluded=excluded, weeks=8), fixed=True), tables)
    market.step()
    assert market.table.excluded[3]
    assert market.table.excluded_week[3] == 0
    assert not market.billing.claims[:, 3].any()
    docket = market.enforcement.dockets[0]
    docket._close(3, 1, barred=True)  # a case that was open ends with exclusion
    while market.week < 6:
        market.step()
    assert market.table.excluded[3]
    docket.forget(np.array([3]), 6)
    assert not docket.listed.any()
    assert not docket.barred[3]


def test_a_smaller_market_has_practices_of_all_sizes(build: Build) -> None:
    scenario = build(filled("1*20 10*20 100*20", "90*40", **{"providers.eye.volume_skew": 1.88}))
    assert scenario.population is not None
    small = resized(scenario, 0.1)
    assert small.population is not None
    assert small.population.practices["eye"].volumes == (1, 1, 10, 10, 100, 100)
    large = resized(small, 2)
    assert large.population is not None
    assert sum(large.population.practices["eye"].volumes) == 2 * sum(small.population.practices["eye"].volumes)


def test_what_the_file_says_cannot_be_said_otherwise(build: Build) -> None:
    for changes, told in (
        ({"providers.eye.count": 3}, "has 60 providers of this specialty"),
        ({"providers.eye.volume_skew": 0.5}, "says how volumes differ: by 0, not 0.5"),
        ({"population.practices.eye.excluded": [{"practice": 60, "week": 1}]}, "numbered from 0"),
        ({"population.practices.eye.excluded": [{"practice": 6, "week": 2, "until": 2}]}, "begins in week 2"),
        ({"population.practices.eye.services": "0*60"}, "above 0 of each practice"),
        ({"population.practices.eye.services": "a"}, "is no number"),
    ):
        with pytest.raises(ValueError, match=told):
            build(filled("700*60", "90*40") | changes)
