"""Recoupment, accusation, penalties and exclusion under a law without a probe, to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conventions import HONEST, NO_WEEK
from threatsim.market.law.enforcement import Enforcement
from threatsim.market.money.cost_sharing import CostSharing
from threatsim.market.money.ledger import Ledger
from threatsim.market.providers.table import ProviderTable, provider_table
from threatsim.market.providers.utility import honest_income
from threatsim.market.streams import Streams

if TYPE_CHECKING:
    from tests.market.conftest import Build

WORTH = 37575  # cents between the fees of fundoscopy
FINE = 50000  # half of 1,000 USD is collected


class Court:
    """Three findings accuse; damages are three times the sum, half of what is then due is collected."""

    def __init__(self, build: Build, **law: Any) -> None:
        changes = {f"law.{name}": value for name, value in ({"findings_to_accuse": 3} | law).items()}
        scenario = build(changes)
        self.table: ProviderTable = provider_table(scenario, Streams(0, 0))
        self.ledger = Ledger(len(self.table), 2)
        self.run_counts = RunCounts(len(self.table), list(scenario.tactics), 26, payers=2)
        income = honest_income(self.table)
        sharing = CostSharing.of([float(payer.share_of_allowed) for payer in scenario.payers], self.table)
        self.law = Enforcement(scenario, self.table, self.ledger, self.run_counts, Streams(0, 0), income, sharing)

    def find(self, rows: list[int], tactic: int = 0, payer: int = 0, *, week: int = 0, paid: bool = True) -> None:
        tactics = np.full(len(rows), tactic, np.int8)
        self.law.find(payer, np.array(rows, np.int64), tactics, week=week, billed=week, paid=paid)

    def owed(self, row: int) -> int:
        return -int(self.ledger.balance[row])


def test_findings_below_the_limit_are_only_recouped(build: Build) -> None:
    court = Court(build)
    court.find([4, 4])
    assert court.law.prosecute(0).size == 0
    assert court.owed(4) == 2 * WORTH
    assert court.ledger.net()["payers"] == 2 * WORTH / 100
    assert court.table.accused_week[4] == NO_WEEK


def test_the_accusation_penalises_all_findings_so_far(build: Build) -> None:
    court = Court(build)
    court.find([4, 4, 5])
    court.law.prosecute(0)
    court.find([4], tactic=1, payer=1, week=6)
    assert court.law.prosecute(6).tolist() == [4]
    assert court.table.accused_week[4] == 6
    assert court.owed(4) == 3 * (WORTH + WORTH + FINE)  # the sum, half of twice the sum, and the fine
    assert court.owed(5) == WORTH
    assert court.ledger.net()["treasury"] == 3 * FINE / 100
    assert court.ledger.balance[court.ledger.payer(1)] == 2 * WORTH  # each payer gets what it has lost, and as much
    court.ledger.check()


@pytest.mark.parametrize("damages", [1, 2, 3])
def test_damages_include_the_sum_and_credit_what_was_repaid(build: Build, damages: int) -> None:
    """United States v. Bornstein: multiplied first, then credited; three times the sum is three dollars a dollar."""
    court = Court(build, damages=damages, per_claim_penalty=0, collected={"penalties": 1})
    court.find([4, 4, 4])
    court.law.prosecute(0)
    assert court.owed(4) == damages * 3 * WORTH


def test_what_offsets_did_not_collect_is_not_credited(build: Build) -> None:
    court = Court(build, per_claim_penalty=0, collected={"offsets": 0.5, "penalties": 1, "extrapolated": 0})
    court.find([4, 4, 4])
    court.law.prosecute(0)
    assert court.owed(4) == pytest.approx(3 * 3 * WORTH, abs=3)


def test_tampering_found_before_payment_is_fined_without_damages(build: Build) -> None:
    court = Court(build)
    court.find([7, 7, 7], tactic=2, paid=False)
    assert court.law.prosecute(1).tolist() == [7]
    assert court.owed(7) == 3 * FINE


def test_the_excluded_are_not_penalised_again_but_recouped_as_far_as_they_pay(build: Build) -> None:
    court = Court(build, collected={"penalties": 0.5, "extrapolated": 0.2})
    court.find([4, 4, 4])
    court.law.prosecute(0)
    assert court.table.excluded[4]
    assert court.table.excluded_week[4] == 0
    before = court.owed(4)
    court.find([4], week=3)
    assert court.law.prosecute(3).size == 0
    assert court.owed(4) == before + WORTH // 5


def test_without_exclusion_a_case_begins_anew(build: Build) -> None:
    court = Court(build, exclusion=False)
    court.find([4, 4, 4])
    court.law.prosecute(0)
    before = court.owed(4)
    court.find([4, 4], week=3)
    assert court.law.prosecute(3).size == 0
    assert not court.table.excluded.any()
    assert court.owed(4) == before + 2 * WORTH
    court.find([4], week=4)
    assert court.law.prosecute(4).tolist() == [4]
    assert court.owed(4) == 2 * before
    assert court.table.accused_week[4] == 0
    assert court.table.last_accused[4] == 4


def test_findings_on_honest_claims_count_and_are_kept_apart(build: Build) -> None:
    court = Court(build)
    court.find([4, 4], tactic=HONEST)
    court.find([4])
    assert court.law.prosecute(2).tolist() == [4]
    assert court.run_counts.recouped[:, 4].tolist() == [WORTH, 0, 0, 2 * WORTH]


def test_penalties_are_booked_to_the_tactic_that_was_paid_most(build: Build) -> None:
    court = Court(build)
    court.run_counts.false(0, np.array([4]), np.array([1], np.int8), np.array([9]), np.array([5]), np.array([0]))
    court.find([4, 4, 4])
    court.law.prosecute(0)
    assert court.run_counts.fines[:, 4].tolist() == [0, 3 * FINE, 0, 0]
    assert court.run_counts.damages[:, 4].tolist() == [0, 3 * WORTH, 0, 0]


def test_nothing_is_collected_when_nothing_can_be(build: Build) -> None:
    court = Court(build, collected=0)
    court.find([4, 4, 4])
    court.law.prosecute(0)
    assert court.owed(4) == 3 * WORTH


def test_a_case_takes_no_more_than_a_practice_can_pay(build: Build) -> None:
    court = Court(build, per_claim_penalty=1e6, liability=0.5)
    court.find([4, 4, 4])
    court.law.prosecute(0)
    most = int(0.5 * 52 * 100 * honest_income(court.table)[4])
    assert 0 <= most - (court.owed(4) - 3 * WORTH) <= 3  # a cent a part is lost to rounding
    court.ledger.check()


def test_a_case_is_resolved_after_its_lag(build: Build) -> None:
    court = Court(build, resolution_lag=5)
    court.find([4, 4, 4], week=1)
    assert court.law.prosecute(1).tolist() == [4]
    assert court.owed(4) == 3 * WORTH
    assert not court.table.excluded[4]
    court.law.prosecute(5)
    assert not court.table.excluded[4]
    court.law.prosecute(6)
    assert court.table.excluded[4]
    assert court.owed(4) == 3 * (WORTH + WORTH + FINE)


def test_the_files_of_a_new_owner_are_empty(build: Build) -> None:
    court = Court(build, resolution_lag=5)
    court.find([4, 4, 4, 5, 5])
    court.law.prosecute(0)
    court.law.forget(np.array([4, 5]), 1)
    court.find([5], week=1)
    for week in range(1, 8):
        assert court.law.prosecute(week).size == 0
    assert court.owed(4) == 3 * WORTH
    assert not court.table.excluded.any()
