"""The referral network is connected and as dense as requested."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from threatsim.market.referrals import neighbours, referral_graph
from threatsim.scenario.schema import ReferralNetwork


def graph(kind: str, providers: int, wanted: int, rewiring: float = 0.1) -> nx.Graph:
    network = ReferralNetwork.model_validate({"kind": kind, "neighbours": wanted, "rewiring": rewiring})
    return referral_graph(network, providers, np.random.default_rng(5))


@pytest.mark.parametrize("kind", ["small_world", "scale_free"])
@pytest.mark.parametrize("wanted", [2, 3, 6, 7])
def test_connected_with_the_mean_number_of_neighbours(kind: str, wanted: int) -> None:
    made = graph(kind, 400, wanted)
    assert nx.is_connected(made)
    assert 2 * made.number_of_edges() / 400 == pytest.approx(wanted, rel=0.1)


@pytest.mark.parametrize("kind", ["small_world", "scale_free"])
@pytest.mark.parametrize("providers", [1, 2, 3, 4])
@pytest.mark.parametrize("wanted", [2, 5, 100])
def test_few_providers(kind: str, providers: int, wanted: int) -> None:
    made = graph(kind, providers, wanted)
    assert sorted(made.nodes) == list(range(providers))
    assert nx.is_connected(made)
    assert not list(nx.selfloop_edges(made))


def test_small_world_is_clustered_and_joins_specialties() -> None:
    made = graph("small_world", 300, 6)
    assert nx.average_clustering(made) > 0.3
    specialty = {row: row // 100 for row in made}
    across = sum(specialty[a] != specialty[b] for a, b in made.edges)
    assert 0 < across / made.number_of_edges() < 0.2


def test_scale_free_has_hubs_in_every_specialty() -> None:
    made = graph("scale_free", 300, 4)
    hubs = [row for row, degree in made.degree if degree > 15]
    assert hubs
    assert max(hubs) > 50  # not the first rows, where Barabasi and Albert's growth begins


@pytest.mark.parametrize("kind", ["small_world", "scale_free"])
def test_neighbour_sums_match_the_dense_matrix(kind: str) -> None:
    made = graph(kind, 50, 5)
    column = np.random.default_rng(0).normal(size=50)
    dense = nx.to_numpy_array(made, nodelist=range(50))
    np.testing.assert_allclose(neighbours(made, 50).sum(column), dense @ column)


def test_a_lone_provider_has_no_neighbours() -> None:
    assert neighbours(graph("small_world", 1, 2), 1).sum(np.ones(1)).tolist() == [0]


def test_an_edge_list_has_its_links_and_no_others() -> None:
    network = ReferralNetwork.model_validate({"kind": "edge_list", "links": [("eye.0", "chest.1"), ("eye.2", "eye.1")]})
    made = referral_graph(network, 5, np.random.default_rng(0), {"eye": 0, "chest": 3})
    assert {frozenset(edge) for edge in made.edges} == {frozenset({0, 4}), frozenset({1, 2})}
    assert sorted(made.nodes) == [0, 1, 2, 3, 4]
    assert neighbours(made, 5).sum(np.arange(5.0)).tolist() == [4, 2, 1, 0, 0]
