"""Recoupment, accusation, penalties and exclusion, to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conventions import HONEST, NO_WEEK
from threatsim.market.money.enforcement import Enforcement
from threatsim.market.money.ledger import Ledger
from threatsim.market.providers.table import ProviderTable, provider_table
from threatsim.market.streams import Streams

if TYPE_CHECKING:
    from tests.market.conftest import Build

WORTH = 37575  # cents between the fees of fundoscopy
FINE = 50000  # half of 1,000 USD is collected


class Court:
    """Three findings accuse; damages are twice the sum, half of it collected."""

    def __init__(self, build: Build, **law: Any) -> None:
        changes = {f"law.{name}": value for name, value in ({"findings_to_accuse": 3} | law).items()}
        scenario = build(changes)
        self.table: ProviderTable = provider_table(scenario, Streams(0, 0))
        self.ledger = Ledger(len(self.table), 2)
        self.run_counts = RunCounts(len(self.table), list(scenario.tactics), 26)
        self.law = Enforcement(scenario.law, self.table, self.ledger, self.run_counts, 2)

    def find(self, rows: list[int], tactic: int = 0, payer: int = 0, *, paid: bool = True) -> None:
        tactics = np.full(len(rows), tactic, np.int8)
        self.law.find(payer, np.array(rows, np.int64), tactics, paid=paid)

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
    court.find([4], tactic=1, payer=1)
    assert court.law.prosecute(6).tolist() == [4]
    assert court.table.accused_week[4] == 6
    assert court.owed(4) == 3 * (WORTH + WORTH + FINE)  # 0.5 x 2 times the sum, and the fine
    assert court.owed(5) == WORTH
    assert court.ledger.net()["treasury"] == 3 * FINE / 100
    assert court.ledger.balance[court.ledger.payer(1)] == 2 * WORTH
    assert court.run_counts.damages[:2, 4].tolist() == [2 * WORTH, WORTH]
    court.ledger.check()


def test_tampering_found_before_payment_is_fined_without_damages(build: Build) -> None:
    court = Court(build)
    court.find([7, 7, 7], tactic=2, paid=False)
    assert court.law.prosecute(1).tolist() == [7]
    assert court.owed(7) == 3 * FINE


def test_what_an_accusation_would_cost_is_what_it_costs(build: Build) -> None:
    court = Court(build)
    court.find([7], tactic=2, paid=False)
    court.find([4, 7], payer=1)
    court.law.prosecute(0)
    assert court.law.owed[[3, 4, 7]].tolist() == [0, WORTH + FINE, WORTH + 2 * FINE]
    court.find([7])
    due, before = int(court.law.owed[7]), court.owed(7)
    assert court.law.prosecute(1).tolist() == [7]
    assert court.owed(7) == before + due
    assert court.law.owed[[4, 7]].tolist() == [WORTH + FINE, 0]


def test_the_excluded_are_not_penalised_again_but_still_recouped(build: Build) -> None:
    court = Court(build)
    court.find([4, 4, 4])
    court.law.prosecute(0)
    assert court.table.excluded[4]
    before = court.owed(4)
    court.find([4])
    assert court.law.prosecute(3).size == 0
    assert court.owed(4) == before + WORTH


def test_without_exclusion_each_later_finding_is_penalised_once(build: Build) -> None:
    court = Court(build, exclusion=False)
    court.find([4, 4, 4])
    court.law.prosecute(0)
    before = court.owed(4)
    court.find([4])
    assert court.law.prosecute(3).size == 0
    assert not court.table.excluded.any()
    assert court.owed(4) == before + WORTH + WORTH + FINE
    court.find([9])
    court.law.prosecute(4)
    assert court.owed(4) == before + WORTH + WORTH + FINE


def test_findings_on_honest_claims_count_and_are_kept_apart(build: Build) -> None:
    court = Court(build)
    court.find([4, 4], tactic=HONEST)
    court.find([4])
    assert court.law.prosecute(2).tolist() == [4]
    assert court.run_counts.recouped[:, 4].tolist() == [WORTH, 0, 0, 2 * WORTH]
    assert court.run_counts.fines[:, 4].tolist() == [FINE, 0, 0, 2 * FINE]


def test_nothing_is_collected_when_nothing_can_be(build: Build) -> None:
    court = Court(build, collected=0)
    court.find([4, 4, 4])
    court.law.prosecute(0)
    assert court.owed(4) == 3 * WORTH
