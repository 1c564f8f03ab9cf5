"""Who bills falsely beside whom, as the report says it, is what the market's network and providers say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.experiment.small_world import scenario_data, small_tables
from threatsim.experiment.record.record import RunRecord
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.report.page.neighbours import Beside, in_words, neighbours
from threatsim.scenario.schema import Scenario

ARMS = ("baseline", "hash_at_capture")


@pytest.fixture(scope="module")
def world(record: RunRecord) -> tuple[RunRecord, list[ReplicateResult], Scenario]:
    """A small market, under the names of two arms of the made-up record."""
    scenario = Scenario.model_validate(scenario_data())
    results = [
        simulate(scenario, small_tables(), arm=arm, replicate=replicate, seed=scenario.seed)
        for arm in ARMS
        for replicate in (0, 1)
    ]
    arms = tuple(arm for arm in record.arms if arm.name in ARMS)
    small = {"scenario": scenario.model_dump(mode="json"), "seed": scenario.seed, "arms": arms}
    return record.model_copy(update=small), results, scenario


def test_links_and_conduct_are_those_of_the_market(world: tuple[RunRecord, list[ReplicateResult], Scenario]) -> None:
    record, results, scenario = world
    market = Market(scenario, small_tables(), replicate=0, seed=scenario.seed)
    found = neighbours(record, results)
    assert [arm.title for arm in found] == [arm.title for arm in record.arms]
    for arm, told in zip(ARMS, found, strict=True):
        columns = next(one.providers for one in results if one.arm == arm and one.replicate == 0)
        false = {row for row, claims in enumerate(columns["false_claims"]) if claims > 0}
        accused = {row for row, week in enumerate(columns["accused_week"]) if week >= 0}
        assert (told.false, told.honest) == (len(false), 7 - len(false))
        assert (told.false_accused, told.honest_accused) == (len(false & accused), len(accused - false))
        for kind, beside in ((false, told.beside_false), (set(range(7)) - false, told.beside_honest)):
            heard = [other for row in kind for other in market.network[row]]
            assert beside == Beside(sum(other in false for other in heard), len(heard))


def test_replicates_without_links_have_no_network(world: tuple[RunRecord, list[ReplicateResult], Scenario]) -> None:
    record, results, _ = world
    assert neighbours(record, [replace(one, links=None) for one in results]) == []
    assert neighbours(record, [replace(one, links=np.empty((0, 2), np.int64)) for one in results]) == []
    assert in_words([]) == ""


def test_the_sentence_has_the_baseline_s_counts(record: RunRecord) -> None:
    columns = {"honest": np.array([0, 0, 1, 1]), "accused_week": np.array([3, -1, -1, -1])}
    links = np.array([[0, 1], [1, 0], [1, 2], [2, 1], [2, 3], [3, 2]])

    class One:
        arm, replicate, providers = record.arms[0].name, 0, columns

    One.links = links  # type: ignore[attr-defined]
    (found,) = neighbours(record.model_copy(update={"arms": record.arms[:1]}), [One()])  # type: ignore[list-item]
    assert found.beside_false == Beside(2, 3)
    assert found.beside_honest == Beside(1, 3)
    told = in_words([found])
    assert "2 of 4 providers bill falsely" in told
    assert "2 of 3 (66.7%) bill falsely too" in told
    assert told.endswith("1 of 3 (33.3%).")
