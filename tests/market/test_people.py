"""Newcomers, bought capabilities, and the choice of payers; the bandit rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.market.standings import utility_of
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.conduct.bandit import Bandit
from threatsim.market.conduct.rule import rule_of
from threatsim.market.conventions import ALL_PAYERS, HONEST
from threatsim.market.measures.replicate_result import replicate_result
from threatsim.market.model import Market
from threatsim.market.providers.options import choice_of, targets
from threatsim.market.providers.table import provider_table
from threatsim.market.simulation import simulate
from threatsim.market.streams import Streams

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]


def run(build: Build, tables: Tables, changes: dict[str, Any], weeks: int = 26) -> Market:
    market = Market(build({"weeks": weeks} | changes), tables, sample_rate=1)
    for _ in range(weeks):
        market.step()
        assert market.ledger.balance.sum() == 0
    return market


# --- Newcomers. ---------------------------------------------------------------------------------------------


def test_a_newcomer_takes_the_practice_after_the_vacancy(build: Build, tables: Tables) -> None:
    severe = {"law.findings_to_accuse": 1, "payers.*.audit.random": 0.2}
    empty = run(build, tables, severe, 40)
    filled = run(build, tables, severe | {"providers.*.vacancy": 4}, 40)
    assert empty.table.excluded.sum() > filled.table.excluded.sum()
    assert (empty.table.entered_week == 0).all()
    claims = filled.sample.columns()
    entered = np.flatnonzero(filled.table.entered_week > 0)
    tenures = filled.tenures.all()
    ended = {int(row): int(week) for row, week in zip(tenures.practice[100:], tenures.accused_week[100:], strict=True)}
    assert set(entered.tolist()) == set(ended)
    for row in entered:
        weeks = set(claims["week"][claims["provider"] == row].tolist())
        start = int(filled.table.entered_week[row])
        assert start >= ended[int(row)] + 4
        assert not any(ended[int(row)] < week < start for week in weeks)
        assert start in weeks


def test_a_newcomer_starts_with_a_clean_sheet(build: Build, tables: Tables) -> None:
    changes = {"law.findings_to_accuse": 1, "payers.*.audit.random": 0.2, "providers.*.vacancy": 4}
    market = run(build, tables, changes, 40)
    fresh = np.flatnonzero(market.table.entered_week == 39)
    new = fresh if fresh.size else np.flatnonzero(market.table.entered_week > 30)
    assert new.size
    tenures = market.tenures.all()
    assert tenures.accused_week.size == 100 + np.count_nonzero(tenures.practice[100:] >= 0)
    result = simulate(market.spec, tables, arm="a", replicate=0, seed=0, sample_rate=0)
    accusations = result.weekly["accused"].sum()
    assert accusations == np.count_nonzero(tenures.accused_week >= 0)
    assert result.weekly["accused_honest"].sum() == np.count_nonzero((tenures.accused_week >= 0) & ~tenures.fraudster)


# --- Capabilities. ------------------------------------------------------------------------------------------


def test_access_can_be_bought_and_is_paid_once(build: Build) -> None:
    changes = {"conduct.white_box_share": 0, "conduct.black_box_share": 0, "conduct.acquire": {"white_box": 2600}}
    scenario = build(changes)
    table = provider_table(scenario, Streams(1, 0))
    assert table.allowed.all()
    np.testing.assert_array_equal(table.capability_cost, [[0, 0, 260_000]] * 100)
    bought = utility_of(scenario, table)
    given = build(changes | {"conduct.white_box_share": 1})
    had = utility_of(given, provider_table(given, Streams(1, 0)))
    np.testing.assert_allclose(had[:, 2] - bought[:, 2], 2600 / 104)
    np.testing.assert_array_equal(had[:, :2], bought[:, :2])
    only_surrogates = build(changes | {"conduct.acquire": {"black_box": 1}})
    assert not provider_table(only_surrogates, Streams(1, 0)).allowed[:, 2].any()


def test_what_is_bought_is_booked_and_stays(build: Build, tables: Tables) -> None:
    changes: dict[str, Any] = {
        "conduct.rule": "best_response",
        "conduct.white_box_share": 0,
        "conduct.black_box_share": 0,
        "conduct.acquire": {"white_box": 1000},
        "conduct.reluctance_median": 0,
        "conduct.belief_detected": 0.0001,
        "tactics.pgd_white_box.belief_paid": 1,
        "tactics.pgd_white_box.setup_cost": 0,
        "tactics.pgd_white_box.cost_per_claim": 0,
    }
    market = run(build, tables, changes, 4)
    buyers = market.table.equipped[:, 2]
    assert buyers.sum() > 50
    assert (market.table.access[buyers] == 2).all()
    assert (market.table.capability_cost[buyers] == 0).all()
    assert (market.run_counts.setup[2, buyers] == 100_000).all()


def test_what_is_not_available_cannot_be_had_or_bought(build: Build, tables: Tables) -> None:
    eager: dict[str, Any] = {
        "conduct.white_box_share": 0.5,
        "conduct.acquire": {"white_box": 1},
        "conduct.reluctance_median": 0,
        "tactics.pgd_white_box.belief_paid": 1,
        "tactics.pgd_white_box.setup_cost": 0,
    }
    for rule in ("best_response", "logit", "bandit"):
        opened = run(build, tables, eager | {"conduct.rule": rule}, 8)
        closed = run(build, tables, eager | {"conduct.rule": rule, "tactics.pgd_white_box.available": False}, 8)
        assert opened.run_counts.weekly["false_claims_pgd_white_box"].sum() > 0
        assert closed.run_counts.weekly["false_claims_pgd_white_box"].sum() == 0
        assert closed.run_counts.weekly["false_claims_code_only"].sum() > 0
        np.testing.assert_array_equal(opened.table.allowed[:, :2], closed.table.allowed[:, :2])
    nothing = run(build, tables, eager | {"tactics.*.available": False}, 4)
    assert nothing.run_counts.weekly["false_claims"].sum() == 0


# --- The choice of a payer. ---------------------------------------------------------------------------------


def test_utility_toward_all_payers_is_the_sum_over_them(build: Build) -> None:
    """Where accusations cost nothing, the targets add up; with equal beliefs, all of them is as if there were one."""
    lenient = {"law.damages": 0, "law.per_claim_penalty": 0, "law.exclusion": False}
    free = {"tactics.*.setup_cost": 0}
    apart = build(lenient | free | {"conduct.choose_payer": True})
    shared = build(lenient | free)
    made = utility_of(apart, provider_table(apart, Streams(1, 0)))
    whole = utility_of(shared, provider_table(shared, Streams(1, 0)))
    by_target = made.reshape(100, 3, 3, -1)
    finite = np.isfinite(whole)
    np.testing.assert_allclose(by_target[:, :, 2][finite], whole[finite])
    np.testing.assert_allclose((by_target[:, :, 0] + by_target[:, :, 1])[finite], whole[finite])
    assert targets(apart).tolist() == [[0.6, 0, 0.6], [0, 0.4, 0.4]]


def test_pressure_on_one_payer_moves_fraud_to_the_other(build: Build, tables: Tables) -> None:
    world: dict[str, Any] = {
        "conduct.choose_payer": True,
        "conduct.rule": "best_response",
        "conduct.belief_detected": 0.005,
        "law.exclusion": False,
        "law.per_claim_penalty": 2000,
        "law.damages": 2,
        "payers.*.audit.targeted": 0,
    }

    def share_of_public(changes: dict[str, Any]) -> float:
        claims = run(build, tables, world | changes, 52).sample.columns()
        late = (claims["tactic"] != "") & (claims["week"] >= 26)
        return float((claims["payer"][late] == "public").mean())

    even, pressed = share_of_public({}), share_of_public({"payers.0.audit.random": 0.3})
    assert even > 0.4
    assert pressed < 0.5 * even


def test_claims_go_to_the_target_only(build: Build, tables: Tables) -> None:
    market = run(build, tables, {"conduct.choose_payer": True}, 4)
    market.table.tactic[:], market.table.share[:] = 0, 0.5
    market.table.target[:50], market.table.target[50:75], market.table.target[75:] = 0, 1, ALL_PAYERS
    market.see_cases()
    market.submit()
    false = market.claims.tactic != HONEST
    payer = market.demand.payer[market.claims.row]
    provider = market.claims.provider
    assert set(payer[false & (provider < 50)]) == {0}
    assert set(payer[false & (provider >= 50) & (provider < 75)]) == {1}
    assert set(payer[false & (provider >= 75)]) == {0, 1}


# --- The bandit. --------------------------------------------------------------------------------------------


def test_the_bandit_finds_the_best_of_fixed_options(build: Build) -> None:
    conduct = build({"conduct.rule": "bandit", "conduct.exploration": 0.1}).conduct
    pays = np.array([0.0, -50.0, 20.0, 100.0, 5.0])
    hopes = np.broadcast_to(np.array([[[10.0, 10.0], [10.0, 10.0]]]), (400, 2, 2))
    bandit = rule_of(conduct)
    generator = np.random.default_rng(3)
    everyone, weeks = np.arange(400), np.ones(400, np.int64)
    bandit.enter(everyone, lambda rows: hopes[rows])
    option = bandit.choose(everyone, lambda rows: hopes[rows], generator).option
    for _ in range(300):
        gained = pays[option] + generator.normal(0, 10, 400)
        bandit.learn(everyone, lambda gained=gained: gained, weeks)
        option = bandit.choose(everyone, lambda rows: hopes[rows], generator).option
    assert (option == 3).mean() == pytest.approx(0.9 + 0.1 / 5, abs=0.05)
    assert isinstance(bandit, Bandit)


def test_the_bandit_never_takes_what_cannot_be_had(build: Build) -> None:
    hopes = np.full((200, 2, 2), -np.inf)
    hopes[:, 0] = 1.0
    bandit = rule_of(build({"conduct.rule": "bandit", "conduct.exploration": 1}).conduct)
    generator = np.random.default_rng(1)
    bandit.enter(np.arange(200), lambda rows: hopes[rows])
    taken = np.concatenate(
        [bandit.choose(np.arange(200), lambda rows: hopes[rows], generator).option for _ in range(50)]
    )
    assert set(taken.tolist()) == {0, 1, 2}
    assert np.bincount(taken).min() / taken.size == pytest.approx(1 / 3, abs=0.02)


def test_bandits_in_the_market_turn_away_from_what_is_found_out(build: Build, tables: Tables) -> None:
    world: dict[str, Any] = {
        "conduct.rule": "bandit",
        "conduct.exploration": 0.05,
        "conduct.decision_interval": 1,
        "conduct.reluctance_median": 5,
        "law.exclusion": False,
        "law.per_claim_penalty": 5000,
        "law.findings_to_accuse": 1,
        "payers.*.audit.lag": 0,
    }
    lax = run(build, tables, world | {"payers.*.audit.random": 0}, 104)
    strict = run(build, tables, world | {"payers.*.audit.random": 0.5}, 104)
    late = slice(52, 104)
    assert (
        strict.run_counts.weekly["false_claims"][late].sum() < 0.4 * lax.run_counts.weekly["false_claims"][late].sum()
    )


def test_fictitious_players_all_think_alike(build: Build, tables: Tables) -> None:
    market = run(build, tables, {"conduct.rule": "fictitious_play", "payers.*.audit.random": 0.1}, 12)
    belief = market.table.beliefs[0]
    for column in (belief.detected(), belief.paid.expected()):
        assert np.ptp(column, axis=0).max() == 0
    weeks = market.spec.weeks
    assert belief.found.trials[0, 0] == weeks
    assert belief.found.successes[0, 0] / weeks == pytest.approx(0.1 * 0.9, rel=0.25)


def test_a_choice_names_its_target(build: Build) -> None:
    conduct = build({"conduct.rule": "best_response"}).conduct
    utility = np.full((4, 2 * 3, 2), -1.0)
    utility[0, 0, 1], utility[1, 4, 0], utility[2, 5, 1] = 5.0, 5.0, 5.0
    choice = choice_of(
        conduct,
        rule_of(conduct).choose(np.arange(len(utility)), lambda rows: utility[rows], np.random.default_rng(0)).option,
        width=3,
    )
    assert choice.tactic.tolist() == [0, 1, 1, HONEST]
    assert choice.target.tolist() == [0, 1, ALL_PAYERS, ALL_PAYERS]
    np.testing.assert_allclose(choice.share, [0.3, 0.1, 0.3, 0])


# --- A payer that attacks. ----------------------------------------------------------------------------------


def test_a_payer_that_suppresses_findings_denies_true_claims(build: Build, tables: Tables) -> None:
    honest: dict[str, Any] = {
        "conduct.reluctance_median": 1e6,
        "payers.*.triage.below": "deny",
        "payers.*.readers.appealed": 0,
    }
    plan = {"tactic": "pgd_white_box", "share": 0.5, "reviewed": 0.2, "penalty": 1000}
    plain = run(build, tables, honest, 12)
    attacked = run(build, tables, honest | {"payers.0.suppression": plan}, 12)
    before, after = plain.sample.columns(), attacked.sample.columns()
    paid_with_finding = np.isin(before["paid_usd"], [412.25, 800.0]), np.isin(after["paid_usd"], [412.25, 800.0])
    true = before["truth"] & before["billed"]
    public, private = true & (before["payer"] == "public"), true & (before["payer"] == "private")
    np.testing.assert_array_equal(paid_with_finding[0][private], paid_with_finding[1][private])
    # Half are attacked; nearly all attacks succeed; a fifth of those denied is paid after a review.
    denied = 1 - paid_with_finding[1][public].mean() / paid_with_finding[0][public].mean()
    assert denied == pytest.approx(0.5 * 0.8, abs=0.05)
    fines = attacked.ledger.totals["suppression"] / 100_000
    assert fines == pytest.approx(0.25 * denied * public.sum(), rel=0.2)
    assert attacked.ledger.net()["treasury"] == pytest.approx(fines * 1000)
    # What the payer gains by it is what both runs differ by, less the penalties; the regulator has some paid, too, that
    # the model would have turned down anyway.
    figures = [replicate_result(market).outcomes for market in (plain, attacked)]
    years = attacked.spec.weeks / 52
    more = figures[1]["denied_value"] - figures[0]["denied_value"]
    assert figures[0]["suppression_gain"] == 0
    assert figures[1]["suppression_gain"] == pytest.approx(more - fines * 1000 / years, rel=0.1)
    assert more > 0


def test_denials_can_be_appealed_to_a_reader(build: Build, tables: Tables) -> None:
    honest: dict[str, Any] = {
        "conduct.reluctance_median": 1e6,
        "payers.*.triage.below": "deny",
        "providers.*.coding_error_up": 0.2,
    }
    without = run(build, tables, honest, 8).sample.columns()
    claims = run(build, tables, honest | {"payers.*.readers.appealed": 0.3}, 8).sample.columns()
    denied = without["billed"] & ~without["approved"]
    assert claims["read"][denied].mean() == pytest.approx(0.3, abs=0.02)
    assert not claims["read"][~denied].any()
    paid = np.isin(claims["paid_usd"], [412.25, 800.0])
    for truth, rate in ((True, 0.9), (False, 0.05)):
        kind = claims["read"] & (claims["truth"] == truth)
        assert paid[kind].mean() == pytest.approx(rate, abs=4 * np.sqrt(rate * (1 - rate) / kind.sum()))
