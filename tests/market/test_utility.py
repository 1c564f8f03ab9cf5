"""Conduct against closed forms: Becker's threshold, the Poisson tail, the logit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from threatsim.market.conduct.rule import rule_of
from threatsim.market.conventions import HONEST
from threatsim.market.providers.table import ProviderTable, provider_table
from threatsim.market.providers.utility import Choice, choice_of, expected_utility
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Conduct

if TYPE_CHECKING:
    from tests.market.conftest import Build

CERTAIN = {"conduct.belief_weight": 1e12, "conduct.rule": "best_response", "conduct.reluctance_spread": 0}


def utility(build: Build, changes: dict[str, Any], findings: int = 0) -> np.ndarray:
    scenario = build(CERTAIN | changes)
    table = provider_table(scenario, Streams(1, 0))
    table.findings[:] = findings
    return expected_utility(
        scenario, table, findings * (table.difference + 50_000), everyone(table)
    )  # damages 0.5 x 2, half the fine


def fundoscopy(
    build: Build, changes: dict[str, Any], recognised: float, findings: int = 0, owed: int = 0
) -> tuple[np.ndarray, float]:
    """Return the utility of PGD by share, for one who may use it and believes it is recognised so, and its volume."""
    scenario = build(CERTAIN | changes)
    table = provider_table(scenario, Streams(1, 0))
    table.beliefs[0].recognised.mean[:] = recognised
    table.findings[:] = findings
    row = int(np.flatnonzero(table.allowed[:60, 2])[0])
    return expected_utility(scenario, table, np.full(len(table), owed), everyone(table))[row, 2], float(
        table.volume[row]
    )


def test_becker_threshold(build: Build) -> None:
    """A provider without qualms cheats if and only if p g > d (x + f) + c, when every finding is penalised."""
    gain, recoupment, fine = 375.75 - 0.2 * 150, 375.75, 0.5 * (2 * 375.75 + 1000)
    paid, cost = 0.6, 0.5
    break_even = (paid * gain - cost) / (recoupment + fine)
    for factor, cheats in ((0.97, True), (1.03, False)):
        changes = {
            "conduct.reluctance_median": 0,
            "conduct.belief_paid": paid,
            "conduct.belief_detected": break_even * factor,
            "tactics.patch_natural.setup_cost": 0,
            "law.exclusion": False,
            "law.findings_to_accuse": 1,
            "providers.eye.weekly_volume": 1e5,  # so many findings that the accusation is certain
        }
        eye = utility(build, changes)[:60, 1]
        assert ((eye > 0) == cheats).all()
        choice = choose(build(CERTAIN).conduct, eye[:, None], rng())
        assert ((choice.share > 0) == cheats).all()


def test_weekly_utility_in_full(build: Build) -> None:
    """The whole formula, for one provider, by hand."""
    scenario = build(CERTAIN | {"law.findings_to_accuse": 3})
    table = provider_table(scenario, Streams(1, 0))
    table.findings[:] = 1
    row = int(np.flatnonzero(table.allowed[:60, 2])[0])
    owed = np.full(len(table), 87575)  # cents: 0.5 x (2 x 375.75 + 1,000) USD
    made = expected_utility(scenario, table, owed, everyone(table))[row, 2]
    for share, got in zip((0.1, 0.3), made, strict=True):
        eligible = table.volume[row] * 0.75
        qualms = 100 * (1 + share)
        claims = eligible * share * (0.6 * (375.75 - 30) - 0.02 * 375.75 - 1 - qualms)
        findings = 0.02 * eligible * share * 52
        accused = stats.poisson.sf(1, findings)  # two more are missing
        fine = 0.5 * (2 * 375.75 + 1000)
        income = table.volume[row] * (0.25 * (412.25 - 150) + 0.75 * 36.5)
        loss = accused * (fine * (findings + 1) / 52 + income / 2)
        assert got == pytest.approx(claims - 5000 / 52 - loss, rel=1e-6)


def test_always_caught_pays_fines_and_lost_income_only(build: Build) -> None:
    """Nothing is paid on what is recognised at once: no recoupment, and no sum for damages to multiply."""
    changes = {"conduct.belief_paid": 0, "law.findings_to_accuse": 3}
    made, volume = fundoscopy(build, changes, recognised=1)
    for share, got in zip((0.1, 0.3), made, strict=True):
        billed = volume * 0.75 * share
        accused = stats.poisson.sf(2, billed * 52)
        income = volume * (0.25 * (412.25 - 150) + 0.75 * 36.5)
        loss = accused * (0.5 * 1000 * billed + income / 2)
        assert got == pytest.approx(-billed * (1 + 100 * (1 + share)) - 5000 / 52 - loss, rel=1e-6)
    heavier, _ = fundoscopy(build, changes | {"law.damages": 50}, recognised=1)
    np.testing.assert_array_equal(heavier, made)


def test_weekly_utility_where_some_are_caught(build: Build) -> None:
    """Recoupment and damages for what audits find, fines for every finding, and what is owed already."""
    made, volume = fundoscopy(build, {"law.findings_to_accuse": 5}, recognised=0.01, findings=2, owed=137575)
    audited = 0.99 * 0.02
    for share, got in zip((0.1, 0.3), made, strict=True):
        billed = volume * 0.75 * share
        claims = billed * (0.6 * (375.75 - 30) - audited * 375.75 - 1 - 100 * (1 + share))
        accused = stats.poisson.sf(2, (0.01 + audited) * billed * 52)
        income = volume * (0.25 * (412.25 - 150) + 0.75 * 36.5)
        penalty = billed * (audited * 0.5 * 2 * 375.75 + (0.01 + audited) * 0.5 * 1000)
        loss = accused * (penalty + 1375.75 / 52 + income / 2)
        assert got == pytest.approx(claims - 5000 / 52 - loss, rel=1e-6)


def test_setup_is_spread_over_what_is_left_and_paid_once(build: Build) -> None:
    scenario = build(CERTAIN)
    table = provider_table(scenario, Streams(1, 0))
    table.allowed[:] = True
    new = expected_utility(scenario, table, np.zeros(len(table), np.int64), everyone(table))
    table.equipped[:] = True
    equipped = expected_utility(scenario, table, np.zeros(len(table), np.int64), everyone(table))
    np.testing.assert_allclose(equipped[:, 1] - new[:, 1], 500 / 52)
    np.testing.assert_allclose(equipped[:, 2] - new[:, 2], 5000 / 52)
    np.testing.assert_allclose(equipped[:, 0] - new[:, 0], 0)


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
    few, many = (utility(build, {}, findings=findings)[:, 0] for findings in (0, 4))
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
