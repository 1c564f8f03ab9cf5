"""Beta beliefs, learnt from one's own claims and from neighbours'."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest

from threatsim.market.providers.beliefs import Beliefs
from threatsim.market.referrals import neighbours

if TYPE_CHECKING:
    from tests.market.conftest import Build


@pytest.fixture
def beliefs(build: Build) -> Beliefs:
    """Of 4 providers and 3 tactics: 0.6 and 0.02, with weight 20; neighbours count one half."""
    scenario = build()
    return Beliefs.prior(scenario.conduct, 4, tuple(scenario.tactics.values()))


PATH = neighbours(nx.path_graph(4), 4)
ZERO = np.zeros(4, np.int64)


def column(*numbers: int) -> np.ndarray:
    return np.array(numbers)


def test_the_prior_holds_before_any_claim(beliefs: Beliefs) -> None:
    np.testing.assert_allclose(beliefs.paid.expected(), 0.6)
    np.testing.assert_allclose(beliefs.detected(), 0.02)
    np.testing.assert_array_equal(beliefs.audited(), beliefs.detected())


def test_a_tactic_may_have_a_prior_of_its_own(build: Build) -> None:
    scenario = build({"tactics.patch_natural.belief_paid": 0, "tactics.pgd_white_box.belief_paid": 0.9})
    paid = Beliefs.prior(scenario.conduct, 2, tuple(scenario.tactics.values())).paid.expected()
    np.testing.assert_allclose(paid, [[0.6, 0, 0.9]] * 2)


def test_paid_is_learnt_from_own_claims_by_tactic(beliefs: Beliefs) -> None:
    beliefs.learn_submitted(column(1), np.array([2], np.int8), column(30), column(27), column(0), PATH)
    expected = np.full((4, 3), 0.6)
    expected[1, 2] = (0.6 * 20 + 27) / 50
    np.testing.assert_allclose(beliefs.paid.expected(), expected)


def test_findings_of_audits_are_heard_by_neighbours_at_their_weight(beliefs: Beliefs) -> None:
    beliefs.learn_audited(column(0, 3, 0, 0), column(0, 7, 0, 0), PATH)
    own, heard, prior = (0.4 + 3) / 30, (0.4 + 1.5) / 21.5, 0.02
    np.testing.assert_allclose(beliefs.found.expected(), [heard, own, heard, prior])


def test_two_neighbours_add_up(beliefs: Beliefs) -> None:
    beliefs.learn_audited(column(2, 0, 4, 0), column(0, 0, 0, 0), PATH)
    assert beliefs.found.expected()[1] == pytest.approx((0.4 + 3) / 23)


def test_what_is_recognised_at_once_belongs_to_the_tactic(beliefs: Beliefs) -> None:
    tactic = np.array([1], np.int8)
    beliefs.learn_submitted(column(0), tactic, column(10), column(0), column(10), PATH)
    detected = beliefs.detected()
    recognised = 10 / 30
    assert detected[0, 1] == pytest.approx(recognised + (1 - recognised) * 0.02)
    assert detected[1, 1] == pytest.approx(5 / 25 + (1 - 5 / 25) * 0.02)
    np.testing.assert_allclose(detected[:, [0, 2]], 0.02)
    np.testing.assert_allclose(detected[2:], 0.02)
    np.testing.assert_allclose(beliefs.audited()[:2, 1], [(1 - recognised) * 0.02, (1 - 5 / 25) * 0.02])


def test_beliefs_without_weight_keep_the_prior_until_the_first_claim(build: Build) -> None:
    scenario = build({"conduct.belief_weight": 0})
    free = Beliefs.prior(scenario.conduct, 4, tuple(scenario.tactics.values()))
    np.testing.assert_allclose(free.detected(), 0.02)
    free.learn_audited(column(1, 0, 0, 0), column(3, 0, 0, 0), PATH)
    np.testing.assert_allclose(free.found.expected(), [0.25, 1, 0.02, 0.02])


def test_what_neighbours_got_away_with_is_not_heard(beliefs: Beliefs) -> None:
    beliefs.learn_audited(ZERO, column(0, 1000, 0, 0), PATH)
    assert beliefs.found.expected()[1] < 0.001
    np.testing.assert_allclose(beliefs.found.expected()[[0, 2, 3]], 0.02)


def test_many_claims_find_the_true_rate(beliefs: Beliefs) -> None:
    beliefs.neighbour_weight = 0
    generator = np.random.default_rng(0)
    for _ in range(400):
        found = generator.binomial(10, 0.1, 4)
        beliefs.learn_audited(found, 10 - found, PATH)
    np.testing.assert_allclose(beliefs.found.expected(), 0.1, atol=0.02)
