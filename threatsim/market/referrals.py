"""The referral network: who hears of whose findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from threatsim.scenario.schema import ReferralNetwork


@dataclass(frozen=True)
class Neighbours:
    """A symmetric sparse matrix of ones: entry (owner[e], other[e]) for each end of each link.

    Attributes:
        owner, other: (2 x links,) provider rows, sorted by owner.
        providers: number of providers.
    """

    owner: NDArray[np.int64]
    other: NDArray[np.int64]
    providers: int

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """(P + 1,) where the links of each provider begin, and the end of the last's."""
        return np.searchsorted(self.owner, np.arange(self.providers + 1))

    def around(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return (E,) places in `rows` (N,), each as often as that provider has neighbours, and (E,) their rows."""
        start = self._first[rows]
        count = self._first[rows + 1] - start
        of = np.repeat(np.arange(rows.size), count)
        within = np.arange(of.size) - np.repeat(np.cumsum(count) - count, count)
        return of, self.other[start[of] + within]

    def sum(self, column: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (P,) the sum of `column` (P,) over each provider's neighbours."""
        sums = np.bincount(self.owner, weights=column[self.other], minlength=self.providers)
        return sums.astype(np.float64)  # of no links at all the sums are integers


def referral_graph(
    network: ReferralNetwork, providers: int, generator: np.random.Generator, first: Mapping[str, int] | None = None
) -> nx.Graph:
    """Return the graph of provider rows: a connected random one, or one that the scenario lists.

    small_world (Watts and Strogatz 1998): providers sit in a ring in the order of their rows, so most
    neighbours share a specialty; rewired links and the borders of the ring's sections join the specialties.
    scale_free (Barabasi and Albert 1999): few providers have very many neighbours, in any specialty.
    edge_list: the scenario's links; `first` is the row of each specialty's provider 0.

    Args:
        network: kind of graph, with its parameters.
        providers: number of its nodes.
        generator: of the random ones.
        first: specialty -> row of its provider 0; needed for listed links alone.
    """
    if network.links is not None:
        graph = nx.empty_graph(providers)
        graph.add_edges_from(tuple(_row(end, first) for end in link) for link in network.links)
        return graph
    wanted = min(network.neighbours, providers - 1)
    if network.kind == "small_world":
        even = wanted - wanted % 2
        graph = nx.watts_strogatz_graph(providers, even, float(network.rewiring), seed=generator)
        if wanted % 2:  # networkx rounds down to an even number; every second provider makes up for it
            graph.add_edges_from((row, (row + even // 2 + 1) % providers) for row in range(0, providers - 1, 2))
    elif wanted < 2:
        graph = nx.path_graph(providers)
    else:
        fewer = wanted // 2
        share = 0.5 if wanted % 2 else 1.0
        hubs = nx.dual_barabasi_albert_graph(providers, fewer, fewer + wanted % 2, share, seed=generator)
        shuffled = generator.permutation(providers)
        graph = nx.relabel_nodes(hubs, dict(enumerate(shuffled.tolist())))
    pieces = [min(piece) for piece in nx.connected_components(graph)]
    graph.add_edges_from(pairwise(sorted(pieces)))
    return graph


def _row(provider: str, first: Mapping[str, int] | None) -> int:
    specialty, _, number = provider.rpartition(".")
    return (first or {})[specialty] + int(number)


def links_of(graph: nx.Graph) -> NDArray[np.int64]:
    """Return (E, 2) provider and neighbour, each link from both its ends, in the order in which the network grew."""
    pairs = [(row, other) for row, near in graph.adjacency() for other in near]
    return np.array(pairs, np.int64).reshape(-1, 2)


def neighbours(graph: nx.Graph, providers: int) -> Neighbours:
    """Return the links of a graph on rows 0 to providers - 1 as sparse arrays."""
    links = np.array(graph.edges(), dtype=np.int64).reshape(-1, 2)
    owner, other = np.concatenate([links, links[:, ::-1]]).T
    order = np.lexsort((other, owner))
    return Neighbours(owner[order], other[order], providers)
