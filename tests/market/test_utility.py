"""Conduct against closed forms: Becker's threshold, a week by hand, what is lost and cannot be paid, the logit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.market.standings import standings, utility_of
from threatsim.market.conduct.rule import rule_of
from threatsim.market.conventions import HONEST
from threatsim.market.providers.options import Choice, choice_of, with_honesty
from threatsim.market.providers.table import ProviderTable, provider_table
from threatsim.market.providers.utility import ExpectedUtility
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Conduct, Scenario

if TYPE_CHECKING:
    from tests.market.conftest import Build

CERTAIN = {"conduct.belief_weight": 1e12, "conduct.rule": "best_response", "conduct.reluctance_spread": 0}
NO_ERRORS = {"providers.*.coding_error_up": 0, "providers.*.coding_error_down": 0, "payers.*.audit.specificity": 1}
HARMLESS = {"law.findings_to_accuse": 1000}
GAIN, SUM = 375.75 - 0.2 * 150, 375.75
INCOME = 0.25 * (412.25 - 150) + 0.75 * 36.5


def utility(build: Build, changes: dict[str, Any], findings: int = 0) -> np.ndarray:
    scenario = build(CERTAIN | changes)
    return utility_of(scenario, provider_table(scenario, Streams(1, 0)), findings)


def eye(scenario: Scenario, volume: float) -> ProviderTable:
    """The providers, of whom those of the eye have the same volume."""
    table = provider_table(scenario, Streams(1, 0))
    table.volume[:60] = volume
    return table


@pytest.mark.parametrize("volume", [1, 2, 5, 25, 1e5])
def test_becker_threshold(build: Build, volume: float) -> None:
    """A provider without qualms cheats if and only if p g > d (x + f) + c, where one finding accuses, at any volume."""
    paid, cost, penalty = 0.6, 0.5, 0.5 * (3 * SUM - SUM + 1000)
    break_even = (paid * GAIN - cost) / (paid * (SUM + penalty))
    for factor, cheats in ((0.97, True), (1.03, False)):
        changes = {
            "conduct.reluctance_median": 0,
            "conduct.belief_paid": paid,
            "conduct.belief_detected": break_even * factor,
            "tactics.patch_natural.setup_cost": 0,
            "law.exclusion": False,
            "law.findings_to_accuse": 1,
            "law.damages": 3,
        }
        scenario = build(CERTAIN | NO_ERRORS | changes)
        made = utility_of(scenario, eye(scenario, volume))[:60, 1]
        assert ((made > 0) == cheats).all()
        choice = choose(scenario.conduct, made[:, None], rng())
        assert ((choice.share > 0) == cheats).all()


def test_a_week_without_the_law_in_full(build: Build) -> None:
    """What a claim brings, less what audits take back, what own errors would have brought, and the set-up."""
    scenario = build(CERTAIN | HARMLESS)
    table = eye(scenario, 40)
    row = int(np.flatnonzero(table.allowed[:60, 2])[0])
    made = utility_of(scenario, table)[row, 2]
    for share, got in zip((0.1, 0.3), made, strict=True):
        claims = 40 * 0.75 * share
        gained = claims * (0.6 * GAIN - 0.6 * 0.02 * SUM - 1 - 100 * (1 + share))
        assert got == pytest.approx(gained - claims * 0.02 * 0.6 * SUM - 5000 / 104, rel=1e-6)


def test_exclusion_takes_honest_income_and_what_fraud_would_have_brought(build: Build) -> None:
    """Found in the first week, excluded two weeks later, which leaves 101 of 104 without income."""
    law = {
        "findings_to_accuse": 1,
        "exclusion": 1,
        "resolution_lag": 2,
        "collected": {"penalties": 0, "extrapolated": 0},
    }
    changes = {"law": law, "payers.*.audit.lag": 0, "conduct.belief_detected": 1, "tactics.patch_natural.setup_cost": 0}
    scenario = build(CERTAIN | NO_ERRORS | changes)
    made = utility_of(scenario, eye(scenario, 1e4))[:60, 1]
    for share, got in zip((0.1, 0.3), made.T, strict=True):
        weekly = 1e4 * 0.75 * share * (0.6 * GAIN - 0.6 * SUM - 0.5 - 100 * (1 + share))
        lost = 101 / 104
        np.testing.assert_allclose(got, weekly - np.maximum(lost * (1e4 * INCOME + weekly), 0), rtol=1e-3)


def test_nothing_is_paid_back_on_what_is_recognised_at_once(build: Build) -> None:
    """Findings on claims that were not paid bear fines, and no sum for damages to multiply."""
    changes = {"conduct.belief_paid": 0, "law.findings_to_accuse": 1, "law.exclusion": False}

    def made(more: dict[str, Any]) -> np.ndarray:
        scenario = build(CERTAIN | NO_ERRORS | changes | more)
        table = eye(scenario, 30)
        table.beliefs[0].recognised.mean[:] = 1.0
        return utility_of(scenario, table)[:60, 1]

    for share, got in zip((0.1, 0.3), made({}).T, strict=True):
        np.testing.assert_allclose(got, -30 * 0.75 * share * (0.5 + 100 * (1 + share) + 0.5 * 1000) - 500 / 104)
    np.testing.assert_array_equal(made({"law.damages": 50}), made({}))


def test_what_a_practice_cannot_pay_is_not_feared(build: Build) -> None:
    """Of an endless fine a case takes as much as years of honest income allow, and no more."""
    law = {"findings_to_accuse": 1, "per_claim_penalty": 1e9, "collected": {"penalties": 1}, "resolution_lag": 200}
    changes = {"conduct.belief_detected": 1, "conduct.reluctance_median": 0}
    harmless = build(CERTAIN | NO_ERRORS | changes | {"law": law | {"per_claim_penalty": 0}})
    limited = build(CERTAIN | NO_ERRORS | changes | {"law": law | {"liability": 1.5}})
    free, made = (utility_of(scenario, eye(scenario, 1e3))[:60, 0] for scenario in (harmless, limited))
    np.testing.assert_allclose(free - made, 1.5 * 52 * 1e3 * INCOME / 104, rtol=1e-6)


def test_an_audit_finds_no_supported_claim_wanting_where_none_is_billed(build: Build) -> None:
    """A case with the finding that is billed without it cannot be found unsupported by mistake."""
    changes = NO_ERRORS | {"law.findings_to_accuse": 2, "providers.*.coding_error_down": 1}
    strict, mistaken = (utility(build, changes | {"payers.*.audit.specificity": value}) for value in (1, 0.5))
    np.testing.assert_array_equal(mistaken[:60], strict[:60])
    billed = {"providers.*.coding_error_down": 0, "payers.*.audit.specificity": 0.5}
    assert (utility(build, changes | billed)[:60, 1] != strict[:60, 1]).any()


def test_own_errors_leave_fewer_findings_to_spare(build: Build) -> None:
    """The careless are accused sooner, so the law weighs more on their fraud."""
    weight = []
    for errors in (0.0, 0.2):
        changes = {"providers.eye.coding_error_up": errors, "law.per_claim_penalty": 1e4}
        scenarios = (build(CERTAIN | changes | more) for more in (HARMLESS, {"law.findings_to_accuse": 6}))
        free, made = (utility_of(scenario, eye(scenario, 20))[:60, 0] for scenario in scenarios)
        weight.append((free - made)[0])
    assert (weight[1] > 1.1 * weight[0]).all()


def test_whoever_is_barred_expects_nothing(build: Build) -> None:
    scenario = build(CERTAIN | {"law.findings_to_accuse": 1})
    table = provider_table(scenario, Streams(1, 0))
    standing = standings(scenario, len(table))[0]
    barred = standing._replace(barred=np.ones(len(table), np.bool_))
    made = ExpectedUtility(scenario, table, lambda: [barred])(np.arange(len(table)))
    np.testing.assert_allclose(made[:, 0], 0, atol=1e-9)


@pytest.mark.parametrize("findings", [1, 4])
def test_options_that_lose_without_the_law_are_worse_with_it(build: Build, findings: int) -> None:
    """Leaving the law out for them changes no best response."""
    spread = {"conduct.reluctance_spread": 1.5, "law.findings_to_accuse": findings}
    scenario = build(CERTAIN | spread)
    table = provider_table(scenario, Streams(1, 0))
    exact, quick = (utility_of(scenario, table, exact=exact) for exact in (True, False))
    best = with_honesty(exact).argmax(axis=1)
    assert 0 < np.count_nonzero(best) < len(table)
    np.testing.assert_array_equal(with_honesty(quick).argmax(axis=1), best)
    assert (quick[exact > 0] == exact[exact > 0]).all()


def test_nobody_is_tempted_where_no_claim_can_be_worth_its_reluctance(build: Build) -> None:
    scenario = build(CERTAIN | {"conduct.reluctance_median": 1e6})
    quick = utility_of(scenario, provider_table(scenario, Streams(1, 0)), exact=False)
    assert (quick <= 0).all()
    assert quick.shape == (100, 3, 2)


def test_setup_is_spread_over_the_horizon_and_paid_once(build: Build) -> None:
    scenario = build(CERTAIN)
    table = provider_table(scenario, Streams(1, 0))
    table.allowed[:] = True
    new = utility_of(scenario, table)
    table.equipped[:] = True
    equipped = utility_of(scenario, table)
    for tactic, cost in enumerate((0, 500, 5000)):
        np.testing.assert_allclose(equipped[:, tactic] - new[:, tactic], cost / 104, atol=1e-9)


def test_access_limits_the_tactics(build: Build) -> None:
    for white, black, allowed in ((1, 0, 1.0), (0, 1, 0.0), (0, 0, 0.0)):
        made = utility(build, {"conduct.white_box_share": white, "conduct.black_box_share": black})
        assert np.isfinite(made[:, :2]).all()
        assert np.isfinite(made[:, 2]).mean() == allowed
    made = utility(build, {"conduct.white_box_share": 0, "tactics.pgd_white_box.access": "black_box"})
    assert 0.1 < np.isfinite(made[:, 2]).all(axis=1).mean() < 0.5  # about the 30 % who can train a surrogate


def test_no_fraud_under_an_infinite_fine(build: Build) -> None:
    changes = {"law.per_claim_penalty": 1e9, "law.findings_to_accuse": 1}
    made = utility(build, changes)
    for rule in ("best_response", "logit"):
        choice = choose(build({"conduct.rule": rule}).conduct, made, rng())
        assert (choice.tactic == HONEST).all()
        assert (choice.share == 0).all()


def test_more_findings_deter(build: Build) -> None:
    few, many = (utility(build, NO_ERRORS, findings=findings)[:, 0] for findings in (0, 4))
    assert (many < few).all()


def test_logit_frequencies(build: Build) -> None:
    conduct: Conduct = build({"conduct.precision": 2}).conduct
    row = np.array([[300.0, -100.0], [500.0, 0.0], [-np.inf, -np.inf]])  # USD a week: 3 tactics, 2 shares
    made = np.broadcast_to(row, (200_000, 3, 2))
    choice = choose(conduct, made, rng())
    weights = np.exp(2 * np.array([0.0, 0.3, -0.1, 0.5, 0.0, -np.inf, -np.inf]))
    expected = weights / weights.sum()
    options = [(HONEST, 0.0), (0, 0.1), (0, 0.3), (1, 0.1), (1, 0.3), (2, 0.1), (2, 0.3)]
    for (tactic, share), chance in zip(options, expected, strict=True):
        frequency = ((choice.tactic == tactic) & np.isclose(choice.share, share)).mean()
        assert frequency == pytest.approx(chance, abs=4 * np.sqrt(chance / 200_000) + 1e-12)


def test_best_response_takes_the_best_and_prefers_honesty_in_a_tie(build: Build) -> None:
    conduct = build({"conduct.rule": "best_response"}).conduct
    made = np.array([[[-1.0, -2.0], [0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]], [[5.0, 5.0], [5.0, 5.0]]])
    choice = choose(conduct, made, rng())
    assert choice.tactic.tolist() == [HONEST, 1, 0]
    np.testing.assert_allclose(choice.share, [0, 0.3, 0.1])


def test_honesty_need_not_be_listed(build: Build) -> None:
    conduct = build({"conduct.shares": [0.1, 0.3], "conduct.rule": "best_response"}).conduct
    assert (choose(conduct, np.full((5, 1, 2), -1.0), rng()).tactic == HONEST).all()


def rng() -> np.random.Generator:
    return np.random.default_rng(4)


def choose(conduct: Conduct, utility: np.ndarray, generator: np.random.Generator) -> Choice:
    rows, rule = np.arange(len(utility)), rule_of(conduct)
    rule.enter(rows, lambda rows: utility[rows])
    return choice_of(conduct, rule.choose(rows, lambda rows: utility[rows], generator).option, width=1)


def everyone(table: ProviderTable) -> np.ndarray:
    return np.arange(len(table))


def test_what_is_left_to_bill_honestly_is_not_below_nothing(build: Build) -> None:
    """Shares of many payers add up to another last digit in another order; a tactic nobody believes in shows it."""
    shares = [0.135, 0.058, 0.033, 0.011, 0.286, 0.293, 0.077, 0.107]
    small = build(CERTAIN | {"payers.*.audit.specificity": 1, "conduct.choose_payer": True, "conduct.rule": "logit"})
    data = small.model_dump()
    data["payers"] = [data["payers"][0] | {"name": f"p{row}", "share": share} for row, share in enumerate(shares)]
    data["conduct"]["shares"], data["arms"] = [0, 1], data["arms"][:1]
    data["tactics"]["patch_natural"]["belief_paid"] = 0.0
    scenario = Scenario.model_validate(data)
    with np.errstate(invalid="raise"):
        made = utility_of(scenario, provider_table(scenario, Streams(1, 0)))
    assert not np.isnan(made).any()
