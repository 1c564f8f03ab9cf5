"""The referral network of a run with the conduct of every provider in it, read from the results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import networkx as nx

from threatsim.experiment.record.order import recorded_scenario
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.experiment.uncertainty import scenario_of
from threatsim.market.providers.table import first_rows
from threatsim.market.referrals import referral_graph
from threatsim.market.result import ReplicateResult
from threatsim.market.streams import luck_of
from threatsim.report.words import numbers
from threatsim.report.words.answer import strongest
from threatsim.scenario.schema import Scenario

MOST: Final = 400
"""Providers that are drawn; of a larger market a neighbourhood of so many."""
CONDUCT: Final = (
    "Honest, never accused",
    "Honest, accused",
    "Billed falsely, never accused",
    "Billed falsely, accused",
)
_REPLICATE: Final = 0


@dataclass(frozen=True)
class Practice:
    """One provider of the network in one arm.

    Attributes:
        provider: specialty and number, as `threatsim explain` takes it.
        conduct: one of `CONDUCT`.
        tactic: the one it billed most false claims by, or empty.
        false_claims, findings: over the run.
        x, y: where it is drawn.
    """

    provider: str
    conduct: str
    tactic: str
    false_claims: int
    findings: int
    x: float
    y: float


@dataclass(frozen=True)
class NetworkView:
    """The network of one replicate.

    Attributes:
        practices: name of an arm -> the providers drawn; the baseline, and the arm that moves payer loss most.
        links: ((x, y), (x, y)) of those between them.
        providers: all there are, drawn or not.
    """

    practices: dict[str, tuple[Practice, ...]]
    links: tuple[tuple[tuple[float, float], tuple[float, float]], ...]
    providers: int


def network_view(record: RunRecord, results: Sequence[ReplicateResult]) -> NetworkView:
    """The network of replicate 0 in the baseline, and in the arm that changes payer loss most.

    Args:
        record: the run.
        results: its replicates, in any order.
    """
    written = Scenario.model_validate(recorded_scenario(record))
    scenario = scenario_of(written, seed=record.seed, replicate=_REPLICATE)
    columns = {result.arm: result.providers for result in results if result.replicate == _REPLICATE}
    size = sum(group.count for group in scenario.providers.values())
    graph = referral_graph(
        scenario.referral_network, size, luck_of(record.seed, _REPLICATE).generator("network"), first_rows(scenario)
    )
    drawn = _neighbourhood(graph)
    part = graph.subgraph(drawn)
    placed = nx.spring_layout(part, seed=record.seed % 2**32, iterations=60)
    place = {row: (round(float(x), 3), round(float(y), 3)) for row, (x, y) in placed.items()}
    labels = _labels(scenario)
    return NetworkView(
        practices={
            arm.name: tuple(_practice(columns[arm.name], labels, row, place[row]) for row in drawn)
            for arm in _shown(record)
        },
        links=tuple((place[a], place[b]) for a, b in sorted(tuple(sorted(link)) for link in part.edges)),
        providers=size,
    )


def _shown(record: RunRecord) -> list[ArmOutcome]:
    """The baseline and the strongest of the other arms in which the same practices stand in the same network."""
    baseline, *others = record.arms
    same = [
        arm for arm in others if not any(path.startswith(("referral_network", "providers")) for path in arm.changes)
    ]
    return [baseline, strongest(same)] if same else [baseline]


def _neighbourhood(graph: nx.Graph) -> list[int]:
    """Rows of all providers, or of the nearest ones to the first where there are too many to draw."""
    if len(graph) <= MOST:
        return sorted(graph)
    near = [0, *(other for _, other in nx.bfs_edges(graph, 0))]
    return sorted(near[:MOST])


def _labels(scenario: Scenario) -> list[str]:
    return [f"{name}.{i}" for name, group in scenario.providers.items() for i in range(group.count)]


def _practice(columns: Any, labels: list[str], row: int, place: tuple[float, float]) -> Practice:
    honest, accused = bool(columns["honest"][row]), int(columns["accused_week"][row]) >= 0
    tactic = str(columns["tactic"][row])
    return Practice(
        provider=labels[row],
        conduct=CONDUCT[2 * (not honest) + accused],
        tactic=numbers.title(tactic) if tactic else "",
        false_claims=int(columns["false_claims"][row]),
        findings=int(columns["findings"][row]),
        x=place[0],
        y=place[1],
    )
