"""Time: the burn-in before the record, turnover, staggered decisions, and where the patients of barred practices go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.measures.detection import kaplan_meier_median
from threatsim.market.model import Market
from threatsim.market.simulation import simulate

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
CHEATS = {"conduct.reluctance_median": 20, "payers.*.audit.random": 0.05, "conduct.belief_half_life": 26}


def market_of(build: Build, tables: Tables, changes: dict[str, Any]) -> Market:
    market = Market(build({"weeks": 13} | changes), tables, sample_rate=1, keep_history=True)
    market.run()
    return market


# --- The burn-in. -------------------------------------------------------------------------------------------


def test_the_burn_in_is_in_no_figure_series_sample_or_count(build: Build, tables: Tables) -> None:
    """The record is the last weeks of a longer run of the same weeks."""
    late = market_of(build, tables, CHEATS | {"burn_in": 13})
    whole = market_of(build, tables, CHEATS | {"weeks": 26})
    counts, ledger = late.recorded()
    assert {column.size for column in counts.weekly.values()} == {13}
    for name in ("claims", "false_claims", "paid"):
        np.testing.assert_array_equal(counts.weekly[name], whole.run_counts.weekly[name][13:])
    assert counts.claims.sum() == counts.weekly["claims"].sum()
    assert counts.false_paid.sum() == counts.weekly["false_paid"].sum()
    assert ledger.totals["fees"] / 100 == pytest.approx(counts.weekly["paid"].sum())
    assert ledger.balance.sum() == 0
    sample, decisions = late.sample.columns(), late.history.columns() if late.history else {}
    assert set(sample["week"].tolist()) == set(range(13))
    assert sample["week"].size == counts.weekly["claims"].sum()
    assert set(decisions["week"].tolist()) == set(range(13))
    tenures = late.tenures.all()
    assert tenures.active_weeks.max() == 13
    assert (tenures.first_week[tenures.first_week != tenures.first_week.min()] >= -13).all()


def test_a_market_without_a_burn_in_records_from_its_first_week(build: Build, tables: Tables) -> None:
    market = market_of(build, tables, CHEATS)
    counts, ledger = market.recorded()
    np.testing.assert_array_equal(counts.false_claims, market.run_counts.false_claims)
    assert ledger.totals == market.ledger.totals


def test_who_cheated_before_the_record_only_is_no_cheat_of_it_and_no_innocent(build: Build, tables: Tables) -> None:
    market = Market(build(CHEATS | {"weeks": 4, "burn_in": 9, "conduct.decision_interval": 52}), tables)
    market.table.turn[:] = 0  # all decide in the first week of the burn-in, and never again
    for _ in range(9):
        market.step()
    cheats = market.table.tactic >= 0
    assert cheats.any()
    market.table.share[:] = 0
    for _ in range(4):
        market.step()
    tenures = market.tenures.all()
    assert not tenures.billed_falsely.any()
    assert tenures.fraudster[cheats].mean() > 0.9


def test_survival_of_who_is_seen_late(build: Build) -> None:
    """Left truncation: two of three who are at risk by then fail at 10; who is seen from 12 on is not among them."""
    durations, events = np.array([10, 10, 20, 15]), np.array([True, True, False, False])
    assert kaplan_meier_median(durations, events, np.array([0, 0, 0, 12])) == 10
    assert np.isnan(kaplan_meier_median(durations[[0, 2, 3]], events[[0, 2, 3]], np.array([0, 0, 0])))


def test_memory_does_not_grow_with_the_burn_in(build: Build, tables: Tables) -> None:
    short, long = (market_of(build, tables, {"burn_in": weeks, "law.exclusion": 0}) for weeks in (1, 30))
    assert len(short.sample.columns()["week"]) == pytest.approx(len(long.sample.columns()["week"]), rel=0.05)


# --- Turnover. ----------------------------------------------------------------------------------------------


def test_owners_leave_at_their_rate_and_newcomers_follow_at_once(build: Build, tables: Tables) -> None:
    nobody_cheats = {"conduct.reluctance_median": 1e9, "payers.*.audit.random": 0, "payers.*.audit.targeted": 0}
    market = market_of(build, tables, nobody_cheats | {"weeks": 104, "providers.*.turnover": 0.5})
    left = market.tenures.all().practice.size - 100
    assert left == pytest.approx(100, abs=4 * np.sqrt(100))  # 100 practices, two years, one in two a year
    assert market.recorded()[0].weekly["claims"].min() > 0
    assert not market.table.excluded.any()
    entered = market.table.entered_week
    assert (entered > 0).mean() == pytest.approx(1 - np.exp(-1), abs=0.15)


def test_nobody_leaves_before_the_law_is_done_with_it(build: Build, tables: Tables) -> None:
    changes = CHEATS | {
        "weeks": 60,
        "providers.*.turnover": 50,
        "law.findings_to_accuse": 1,
        "law.resolution_lag": 500,
        "payers.*.audit.lag": 0,
        "payers.*.audit.random": 0.9,
    }
    market = market_of(build, tables, changes)
    accused = market.enforcement.open
    assert accused.any()
    assert (market.table.entered_week[accused] <= market.table.accused_week[accused]).all()


# --- Decisions. ---------------------------------------------------------------------------------------------


def test_each_provider_decides_once_an_interval_and_not_all_at_once(build: Build, tables: Tables) -> None:
    market = market_of(build, tables, {"weeks": 12, "conduct.decision_interval": 4})
    decisions = market.history.columns() if market.history else {}
    assert np.bincount(decisions["provider"], minlength=100).tolist() == [3] * 100
    a_week = np.bincount(decisions["week"], minlength=12)
    assert a_week.sum() == 300
    assert a_week.min() >= 10
    assert (a_week[:4] == a_week[4:8]).all()


# --- Patients of barred practices. --------------------------------------------------------------------------


def closed(build: Build, tables: Tables, lost: float) -> tuple[Market, Market]:
    """Markets whose first week is drawn with all practices open, and with a part of them closed."""
    market, other = (Market(build({"providers.*.lost_patients": lost}), tables) for _ in range(2))
    other.table.barred[:, :20] = True
    other.table.barred[0, 70:80] = True
    other.table.excluded[:20] = True
    for each in (market, other):
        each.see_cases()
    return market, other


def test_patients_of_a_barred_practice_go_to_colleagues_of_the_specialty(build: Build, tables: Tables) -> None:
    before, after = (market.demand for market in closed(build, tables, 0))
    np.testing.assert_array_equal(before.truth, after.truth)  # the same cases in the same rows
    np.testing.assert_array_equal(before.payer, after.payer)
    table = closed(build, tables, 0)[1].table
    assert not table.barred[after.payer, after.provider].any()
    np.testing.assert_array_equal(table.specialty[before.provider], table.specialty[after.provider])
    should_move = table.barred[before.payer, before.provider]
    np.testing.assert_array_equal(before.provider[~should_move], after.provider[~should_move])
    np.testing.assert_array_equal(np.flatnonzero(should_move), after.moved)
    spread = after.spread(np.arange(100, dtype=np.float32))
    np.testing.assert_array_equal(spread, after.provider)


def test_a_share_of_them_is_lost(build: Build, tables: Tables) -> None:
    before, after = (market.demand for market in closed(build, tables, 0.3))
    table = closed(build, tables, 0.3)[1].table
    lost = table.barred[after.payer, after.provider]
    eligible = table.barred[before.payer, before.provider].sum()
    assert lost.sum() == pytest.approx(0.3 * eligible, abs=4 * np.sqrt(0.21 * eligible))
    none = closed(build, tables, 1)[1].demand
    np.testing.assert_array_equal(none.provider, before.provider)


def test_claims_and_money_are_those_of_who_sees_the_case(build: Build, tables: Tables) -> None:
    severe = {"law.exclusion": 1, "law.findings_to_accuse": 3, "payers.*.audit.random": 0.03, "payers.*.audit.lag": 1}
    kept, lost = (
        simulate(
            build(severe | {"weeks": 40, "conduct.reluctance_median": 30, "providers.*.lost_patients": share}),
            tables,
            arm="a",
            replicate=0,
            seed=3,
        )
        for share in (0, 1)
    )
    full = kept.weekly["claims"][:5].sum()
    assert lost.weekly["claims"][-5:].sum() < 0.95 * full
    assert kept.weekly["claims"][-5:].sum() == pytest.approx(full, rel=0.03)
    assert sum(kept.accounts.values()) == pytest.approx(0, abs=1e-6)
