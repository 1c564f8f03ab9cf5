"""The referral network of a report is the one that the market ran on, with what its providers did."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.experiment.small_world import scenario_data, small_tables
from threatsim.experiment.record.record import RunRecord
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.report.charts import network_view as module
from threatsim.report.charts.network_chart import in_words
from threatsim.report.charts.network_view import CONDUCT, NetworkView
from threatsim.scenario.schema import Scenario

ARMS = ("baseline", "hash_at_capture")


def network_view(record: RunRecord, results: list[ReplicateResult]) -> NetworkView:
    view = module.network_view(record, results)
    assert view is not None
    return view


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


def test_links_are_those_of_the_market(world: tuple[RunRecord, list[ReplicateResult], Scenario]) -> None:
    record, results, scenario = world
    view = network_view(record, results)
    market = Market(scenario, small_tables(), replicate=0, seed=scenario.seed)
    places = [(one.x, one.y) for one in view.practices["baseline"]]
    assert len(set(places)) == view.providers == len(market.network)
    expected = {tuple(sorted((places[a], places[b]))) for a, b in market.network.edges}
    assert {tuple(sorted(link)) for link in view.links} == expected


def test_a_replicate_kept_without_its_links_is_not_drawn(
    world: tuple[RunRecord, list[ReplicateResult], Scenario],
) -> None:
    record, results, _ = world
    assert module.network_view(record, [replace(result, links=None) for result in results]) is None


@pytest.mark.parametrize(
    "network",
    [
        {"kind": "scale_free", "neighbours": 3},
        {"kind": "small_world", "neighbours": 3},
        {"kind": "edge_list", "links": [[f"dermatologists.{row}" for row in ends] for ends in ((6, 2), (2, 0))]},
    ],
)
def test_a_network_is_handed_on_link_by_link_in_the_order_in_which_it_grew(
    network: dict[str, Any], record: RunRecord
) -> None:
    """The layout starts from the order of the graph's nodes, so another order would draw another picture."""
    scenario = Scenario.model_validate(scenario_data() | {"referral_network": network})
    market = Market(scenario, small_tables(), replicate=0, seed=scenario.seed)
    result = simulate(scenario, small_tables(), arm="baseline", replicate=0, seed=scenario.seed)
    assert result.links is not None
    graph = module._graph(result.links, 7)
    assert list(graph) == list(market.network)
    assert {row: list(graph[row]) for row in graph} == {row: list(market.network[row]) for row in market.network}
    assert simulate(scenario, small_tables(), arm="baseline", replicate=1, seed=scenario.seed).links is None


def test_conduct_is_that_of_replicate_0(world: tuple[RunRecord, list[ReplicateResult], Scenario]) -> None:
    record, results, _ = world
    view = network_view(record, results)
    assert list(view.practices) == list(ARMS)
    for arm in ARMS:
        columns = next(result.providers for result in results if result.arm == arm and result.replicate == 0)
        for row, one in enumerate(view.practices[arm]):
            assert one.provider == f"dermatologists.{row}"
            assert ("falsely" in one.conduct) == (one.false_claims > 0) == (not columns["honest"][row])
            assert one.conduct.endswith("never accused") == (columns["accused_week"][row] < 0)
            assert one.false_claims == columns["false_claims"][row]
    counts = Counter(one.conduct for one in view.practices["baseline"])
    assert set(counts) <= set(CONDUCT)
    assert sum(counts.values()) == 7


def test_of_a_large_market_a_connected_part_is_drawn(
    world: tuple[RunRecord, list[ReplicateResult], Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    record, results, _ = world
    monkeypatch.setattr(module, "MOST", 4)
    view = network_view(record, results)
    assert view.providers == 7
    assert len(view.practices["baseline"]) == 4
    ends = {end for link in view.links for end in link}
    assert ends <= {(one.x, one.y) for one in view.practices["baseline"]}
    assert len(ends) == 4


def test_an_arm_with_another_network_is_not_drawn_on_this_one(
    world: tuple[RunRecord, list[ReplicateResult], Scenario],
) -> None:
    record, results, _ = world
    other = record.arms[1].model_copy(update={"changes": {"referral_network.rewiring": 0.5}})
    view = network_view(record.model_copy(update={"arms": (record.arms[0], other)}), results)
    assert list(view.practices) == ["baseline"]


def test_words_count_everyone(world: tuple[RunRecord, list[ReplicateResult], Scenario]) -> None:
    record, results, _ = world
    view = network_view(record, results)
    for sentence in in_words(view, record):
        numbers = [int(word) for word in sentence.split("”")[1].replace(",", " ").split() if word.isdigit()]
        assert int(np.sum(numbers)) == 7
