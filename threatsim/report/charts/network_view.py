"""The referral network of a run with the conduct of every provider in it, read from the results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from threatsim.experiment.record.order import recorded_scenario
from threatsim.experiment.record.record import ArmOutcome, RunRecord
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


class Replicate(Protocol):
    """What is drawn of a replicate."""

    @property
    def arm(self) -> str:
        """Name of its arm."""

    @property
    def replicate(self) -> int:
        """Its number, from 0."""

    @property
    def providers(self) -> Mapping[str, NDArray[Any]]:
        """Column name -> (P,) a value for each provider."""

    @property
    def links(self) -> NDArray[np.int64] | None:
        """(E, 2) rows of providers, each link from both its ends; None if they were not kept."""


def network_view(record: RunRecord, results: Sequence[Replicate]) -> NetworkView | None:
    """Return the network of replicate 0 in the baseline, and in the arm that changes payer loss most.

    Args:
        record: the run.
        results: its replicates, in any order.

    Returns:
        The view; None if the replicates were kept by a version that did not keep links.
    """
    first = {result.arm: result for result in results if result.replicate == _REPLICATE}
    links = first[record.arms[0].name].links
    if links is None:
        return None
    labels = _labels(Scenario.model_validate(recorded_scenario(record)))
    graph = _graph(links, len(labels))
    drawn = _neighbourhood(graph)
    part = graph.subgraph(drawn)
    placed = nx.spring_layout(part, seed=record.seed % 2**32, iterations=60)
    place = {row: (round(float(x), 3), round(float(y), 3)) for row, (x, y) in placed.items()}
    return NetworkView(
        practices={
            arm.name: tuple(_practice(first[arm.name].providers, labels, row, place[row]) for row in drawn)
            for arm in _shown(record)
        },
        links=tuple((place[a], place[b]) for a, b in sorted(part.edges) if a < b),
        providers=len(labels),
    )


def _graph(links: NDArray[np.int64], providers: int) -> nx.DiGraph:
    """Return the network with its providers in the order in which it grew, by which they are laid out."""
    graph = nx.DiGraph()
    linked = list(dict.fromkeys(links[:, 0].tolist()))
    # Only a network that a scenario lists leaves providers without a link, and that one grew in the order of rows.
    graph.add_nodes_from(linked if len(linked) == providers else range(providers))
    graph.add_edges_from(links.tolist())
    return graph


def _shown(record: RunRecord) -> list[ArmOutcome]:
    """Return the baseline and the strongest of the other arms in which the same practices stand in the same network."""
    baseline, *others = record.arms
    same = [
        arm for arm in others if not any(path.startswith(("referral_network", "providers")) for path in arm.changes)
    ]
    return [baseline, strongest(same)] if same else [baseline]


def _neighbourhood(graph: nx.DiGraph) -> list[int]:
    """Return rows of all providers, or of the nearest ones to the first where there are too many to draw."""
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
