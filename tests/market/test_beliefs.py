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
ALL_ALIKE = np.zeros(4, np.int64)


def column(*numbers: int) -> np.ndarray:
    return np.array(numbers)


def by(tactic: int, *numbers: int) -> np.ndarray:
    """(4, 3) numbers of one tactic."""
    table = np.zeros((4, 3), np.int64)
    table[:, tactic] = numbers
    return table


def test_the_prior_holds_before_any_claim(beliefs: Beliefs) -> None:
    np.testing.assert_allclose(beliefs.paid.expected(), 0.6)
    np.testing.assert_allclose(beliefs.found.expected(), 0.02)
    np.testing.assert_allclose(beliefs.detected(), 0.6 * 0.02)  # it must be paid to be audited
    np.testing.assert_array_equal(beliefs.audited(), beliefs.detected())


def test_a_tactic_may_have_a_prior_of_its_own(build: Build) -> None:
    scenario = build({"tactics.patch_natural.belief_paid": 0, "tactics.pgd_white_box.belief_paid": 0.9})
    paid = Beliefs.prior(scenario.conduct, 2, tuple(scenario.tactics.values())).paid.expected()
    np.testing.assert_allclose(paid, [[0.6, 0, 0.9]] * 2)


def test_paid_is_learnt_from_own_claims_and_by_hearsay_by_tactic(beliefs: Beliefs) -> None:
    beliefs.learn_submitted(column(1), np.array([2], np.int8), column(30), column(27), column(0), PATH)
    expected = np.full((4, 3), 0.6)
    expected[1, 2] = (0.6 * 20 + 27) / 50
    expected[[0, 2], 2] = (0.6 * 20 + 13.5) / 35
    np.testing.assert_allclose(beliefs.paid.expected(), expected)


def test_audits_are_heard_of_by_neighbours_at_their_weight_with_their_denominator(beliefs: Beliefs) -> None:
    beliefs.learn_audited(by(1, 0, 3, 0, 0), by(1, 0, 7, 0, 0), PATH)
    own, heard, prior = (0.4 + 3) / 30, (0.4 + 1.5) / 25, 0.02
    np.testing.assert_allclose(beliefs.found.expected()[:, 1], [heard, own, heard, prior])
    np.testing.assert_allclose(beliefs.found.expected()[:, [0, 2]], 0.02)


def test_two_neighbours_add_up(beliefs: Beliefs) -> None:
    beliefs.learn_audited(by(0, 2, 0, 4, 0), by(0, 6, 0, 0, 0), PATH)
    assert beliefs.found.expected()[1, 0] == pytest.approx((0.4 + 3) / 26)


def test_what_neighbours_got_away_with_is_heard_too(beliefs: Beliefs) -> None:
    beliefs.learn_audited(by(0, 0, 0, 0, 0), by(0, 0, 1000, 0, 0), PATH)
    np.testing.assert_allclose(beliefs.found.expected()[:, 0], [0.4 / 520, 0.4 / 1020, 0.4 / 520, 0.02])


def test_what_is_recognised_at_once_belongs_to_the_tactic(beliefs: Beliefs) -> None:
    tactic = np.array([1], np.int8)
    beliefs.learn_submitted(column(0), tactic, column(10), column(0), column(10), PATH)
    recognised = beliefs.recognised.expected()
    np.testing.assert_allclose(recognised[:, 1], [10 / 30, 5 / 25, 0, 0])
    np.testing.assert_allclose(recognised[:, [0, 2]], 0)
    audited = 12 / 30 * 0.02  # ten of ten not paid, on a prior of 12 of 20
    np.testing.assert_allclose(beliefs.detected()[0, 1], 10 / 30 + audited)
    np.testing.assert_allclose(beliefs.audited()[0, 1], audited)


def test_beliefs_without_weight_keep_the_prior_until_the_first_claim(build: Build) -> None:
    scenario = build({"conduct.belief_weight": 0})
    free = Beliefs.prior(scenario.conduct, 4, tuple(scenario.tactics.values()))
    np.testing.assert_allclose(free.found.expected(), 0.02)
    free.learn_audited(by(0, 1, 0, 0, 0), by(0, 3, 0, 0, 0), PATH)
    np.testing.assert_allclose(free.found.expected()[:, 0], [0.25, 0.25, 0.02, 0.02])


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_many_claims_find_the_true_rate_alone_or_in_company(beliefs: Beliefs, weight: float) -> None:
    beliefs.neighbour_weight = weight
    generator = np.random.default_rng(0)
    for _ in range(400):
        found = generator.binomial(10, 0.1, (4, 3))
        beliefs.learn_audited(found, 10 - found, PATH)
    np.testing.assert_allclose(beliefs.found.expected(), 0.1, atol=0.02)


def test_half_of_what_was_seen_is_gone_after_the_half_life(build: Build) -> None:
    scenario = build({"conduct.belief_half_life": 13})
    fading = Beliefs.prior(scenario.conduct, 4, tuple(scenario.tactics.values()))
    fading.learn_audited(by(0, 8, 0, 0, 0), by(0, 8, 0, 0, 0), PATH)
    for _ in range(13):
        fading.fade()
    np.testing.assert_allclose(fading.found.successes[:2, 0], [4, 2], rtol=1e-12)
    np.testing.assert_allclose(fading.found.trials[:2, 0], [8, 4], rtol=1e-12)
    for _ in range(1300):
        fading.fade()
    np.testing.assert_allclose(fading.found.expected(), 0.02)


def test_without_a_half_life_nothing_is_forgotten(beliefs: Beliefs) -> None:
    beliefs.learn_audited(by(0, 8, 0, 0, 0), by(0, 8, 0, 0, 0), PATH)
    before = beliefs.found.trials.copy()
    beliefs.fade()
    np.testing.assert_array_equal(beliefs.found.trials, before)


def test_a_newcomer_knows_what_its_trade_knows(beliefs: Beliefs) -> None:
    beliefs.neighbour_weight = 0
    beliefs.learn_audited(by(2, 10, 0, 30, 0), by(2, 10, 0, 10, 0), PATH)
    beliefs.begin(column(1), ALL_ALIKE)
    weighted = (4 * 0.4 + 40) / (4 * 20 + 60)
    np.testing.assert_allclose(beliefs.found.expected()[1], [0.02, 0.02, weighted], rtol=1e-6)
    assert beliefs.found.trials[1].sum() == 0
    beliefs.learn_audited(by(2, 0, 5, 0, 0), by(2, 0, 5, 0, 0), PATH)
    assert beliefs.found.expected()[1, 2] == pytest.approx((20 * weighted + 5) / 30)


def test_the_trade_is_the_specialty(beliefs: Beliefs) -> None:
    beliefs.neighbour_weight = 0
    beliefs.learn_audited(by(0, 20, 0, 0, 0), by(0, 0, 0, 0, 0), PATH)
    beliefs.begin(column(1, 3), column(0, 0, 1, 1))
    np.testing.assert_allclose(beliefs.found.expected()[[1, 3], 0], [(2 * 0.4 + 20) / 60, 0.02], rtol=1e-6)
