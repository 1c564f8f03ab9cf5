"""Probes, extrapolation, suspension and bars, by payer's law: closed forms, to the cent, and money that stays money."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.foresight.lower_limit import lower_limit
from threatsim.market.law.enforcement import Enforcement
from threatsim.market.law.look_back import BILLED, SUPPORTED, UNSUPPORTED, LookBack
from threatsim.market.law.probe import draw_sample
from threatsim.market.money.cost_sharing import CostSharing
from threatsim.market.money.ledger import Ledger
from threatsim.market.providers.table import ProviderTable, provider_table
from threatsim.market.providers.utility import honest_income
from threatsim.market.streams import Streams

if TYPE_CHECKING:
    from tests.market.conftest import Build

WORTH = 37575  # cents between the fees of fundoscopy
PROBE = {"after_findings": 2, "window": 10, "claims": 400, "tolerated_rate": 0.2, "lag": 3}
FAULTLESS = {"payers.*.audit.sensitivity": 1, "payers.*.audit.specificity": 1}


class Court:
    """A law with a probe of all claims; nothing is collected but by offset unless the test says so."""

    def __init__(self, build: Build, changes: dict[str, Any] | None = None, **law: Any) -> None:
        parts = {"findings_to_accuse": None, "probe": PROBE, "collected": {"extrapolated": 1, "penalties": 0}}
        parts |= {"damages": 3, "per_claim_penalty": 1000, "exclusion": 0} | law
        under_law = {f"law.{name}": value for name, value in parts.items()}
        self.scenario = build(FAULTLESS | under_law | (changes or {}))
        self.table: ProviderTable = provider_table(self.scenario, Streams(0, 0))
        self.ledger = Ledger(len(self.table), 2)
        self.run_counts = RunCounts(len(self.table), list(self.scenario.tactics), 26, payers=2)
        self.income = honest_income(self.table)
        sharing = CostSharing.of([float(payer.share_of_allowed) for payer in self.scenario.payers], self.table)
        self.law = Enforcement(
            self.scenario, self.table, self.ledger, self.run_counts, Streams(0, 0), self.income, sharing
        )

    def bill(self, row: int, billed: int, paid: int, unsupported: int, *, payer: int = 0, week: int = 0) -> None:
        counts = np.zeros((3, len(self.table)), np.int64)
        counts[:, row] = billed, paid, unsupported
        self.law.billed(week, payer, *counts)

    def find(self, row: int, times: int, *, payer: int = 0, week: int = 0) -> None:
        rows = np.full(times, row, np.int64)
        self.law.find(payer, rows, np.zeros(times, np.int8), week=week, billed=week, paid=True)

    def taken(self, row: int) -> int:
        return -int(self.ledger.balance[row])

    def run(self, first: int, last: int) -> list[int]:
        """The rows accused in some weeks, the last one included."""
        return [int(row) for week in range(first, last + 1) for row in self.law.prosecute(week)]


def limit(found: int, size: int) -> float:
    return float(lower_limit(np.array([found]), np.array([size]))[0])


def test_an_error_rate_above_the_tolerated_one_accuses_after_the_lag(build: Build) -> None:
    court = Court(build)
    court.bill(4, 100, 80, 24)
    court.find(4, 2)
    assert court.run(0, 2) == []
    assert court.run(3, 3) == [4]
    assert court.taken(4) == 2 * WORTH + 24 * WORTH - 2 * WORTH  # the sample's own claims, less what was recouped
    court.ledger.check()


def test_at_the_tolerated_rate_findings_are_forgotten(build: Build) -> None:
    court = Court(build)
    court.bill(4, 100, 80, 16)
    court.find(4, 2)
    assert court.run(0, 3) == []
    court.find(4, 1, week=4)
    assert court.run(4, 9) == []
    assert court.ledger.totals["auditing"] == 80 * 100 * 100  # one probe of 80 claims at 100 USD, and no second one
    court.bill(4, 100, 80, 16, week=10)
    court.find(4, 1, week=10)
    assert court.run(10, 13) == []
    assert court.ledger.totals["auditing"] == 2 * 80 * 100 * 100


def test_extrapolation_rests_on_the_sample_alone(build: Build) -> None:
    court = Court(build, extrapolate=True)
    court.bill(4, 100, 80, 24)
    court.bill(4, 60, 40, 12, payer=1)
    court.find(4, 2)
    assert court.run(0, 3) == [4]
    rate = limit(36, 120)
    expected = [math.floor(rate * 80 * WORTH), math.floor(rate * 40 * WORTH)]
    assert court.taken(4) == sum(expected)
    audits = 100 * 100
    balances = [int(court.ledger.balance[court.ledger.payer(payer)]) for payer in (0, 1)]
    assert balances == [expected[0] - 80 * audits, expected[1] - 40 * audits]


def test_what_is_extrapolated_is_not_recouped_again(build: Build) -> None:
    court = Court(build, extrapolate=True)
    court.bill(4, 100, 80, 24)
    court.find(4, 2)
    court.run(0, 3)
    before = court.taken(4)
    late = np.array([4], np.int64)
    court.law.find(0, late, np.zeros(1, np.int8), week=5, billed=0, paid=True)
    assert court.taken(4) == before
    court.law.find(0, late, np.zeros(1, np.int8), week=6, billed=1, paid=True)
    assert court.taken(4) == before + WORTH


def test_what_is_recouped_while_the_sample_is_reviewed_is_credited(build: Build) -> None:
    court = Court(build, extrapolate=True)
    court.bill(4, 100, 80, 24)
    court.find(4, 2)
    court.run(0, 1)
    court.law.find(0, np.array([4, 4, 4]), np.zeros(3, np.int8), week=2, billed=0, paid=True)
    assert court.taken(4) == 5 * WORTH
    assert court.run(2, 3) == [4]
    assert court.taken(4) == math.floor(limit(24, 80) * 80 * WORTH)


@pytest.mark.parametrize("settled", [False, True])
def test_a_settlement_and_a_judgment_to_the_cent(build: Build, *, settled: bool) -> None:
    """Multiple or damages of the sample's sum, credited with all that was repaid; penalties only if judged."""
    collected = {"offsets": 0.5, "extrapolated": 0.2, "penalties": 0.25}
    settlement = {"share": 1, "multiple": 2} if settled else None
    court = Court(build, extrapolate=True, collected=collected, settlement=settlement, resolution_lag=4)
    court.bill(4, 100, 80, 40)
    court.find(4, 2)
    court.run(0, 6)
    single, repaid = math.floor(limit(40, 80) * 80 * WORTH), 2 * round(0.5 * WORTH)
    first = round(0.2 * (single - repaid))
    assert court.taken(4) == repaid + first
    court.run(7, 7)
    fines = 0 if settled else math.floor(limit(40, 80) * 100) * 100_000
    due = (2 if settled else 3) * single + fines - repaid - first
    assert court.taken(4) == pytest.approx(repaid + first + 0.25 * due, abs=2)
    assert court.ledger.balance[court.ledger.treasury] == pytest.approx(0.25 * fines, abs=1)
    court.ledger.check()


def test_a_fixed_error_rate_accuses_large_practices_no_more_than_small_ones() -> None:
    """Ten times the claims at the same error rate: the chance to be accused by a sample of 30 is the same, 8 of 100."""
    rates = []
    for size in (200, 2000):
        accused = 0
        for row in range(1500):
            accused += _sample(size, 0.12, row).rate > 0.2
        rates.append(accused / 1500)
    assert rates[0] == pytest.approx(rates[1], abs=4 * math.sqrt(2 * 0.08 * 0.92 / 1500))


def _sample(size: int, rate: float, row: int, **audits: float) -> Any:
    from tests.market.conftest import SCENARIO
    from threatsim.scenario.schema import Audit, Law

    audit = Audit.model_validate(SCENARIO["payers"][0]["audit"] | {"sensitivity": 1, "specificity": 1} | audits)
    law = Law.model_validate({"probe": PROBE | {"claims": 30}, "collected": {"penalties": 0}})
    claims = np.zeros((4, 1), np.int64)
    wrong = round(size * rate)
    claims[UNSUPPORTED], claims[SUPPORTED], claims[BILLED] = wrong, size - wrong, size
    return draw_sample(law, [audit], claims, Streams(3, 0).generator("probe", 5, row), week=5, lag=0)


def test_the_sample_is_drawn_without_replacement() -> None:
    """Of 40 claims with 10 unsupported ones 30 are drawn: mean and variance are the hypergeometric law's."""
    found = np.array([_sample(40, 0.25, row).unsupported[0] for row in range(3000)])
    variance = 30 * 0.25 * 0.75 * (40 - 30) / 39
    assert found.mean() == pytest.approx(7.5, abs=4 * math.sqrt(variance / 3000))
    assert found.var() == pytest.approx(variance, rel=0.12)
    assert _sample(20, 0.25, 0).unsupported[0] == 5  # fewer claims than the sample takes: all of them


def test_reviews_err_as_audits_do() -> None:
    found = np.array([_sample(5000, 0.4, row, sensitivity=0.7, specificity=0.9).unsupported[0] for row in range(2000)])
    assert found.mean() == pytest.approx(30 * (0.4 * 0.7 + 0.6 * 0.1), abs=4 * math.sqrt(30 * 0.34 * 0.66 / 2000))


def test_findings_lapse(build: Build) -> None:
    court = Court(build)
    court.bill(4, 100, 80, 40)
    court.find(4, 1, week=0)
    court.find(4, 1, week=10)  # the window is 10 weeks: the first finding counts no more
    assert court.run(10, 14) == []
    court.bill(4, 100, 80, 40, week=15)
    court.find(4, 1, week=15)
    assert court.run(15, 18) == [4]


def test_a_tip_opens_a_probe_at_once(build: Build) -> None:
    court = Court(build)
    court.bill(4, 100, 80, 40)
    court.law.dockets[0].tip(np.array([4]))
    assert court.run(0, 3) == [4]


def test_payments_are_held_back_until_the_resolution(build: Build) -> None:
    """Half the fees of the accused are held back; in the end they secure what is due, and the rest is released."""
    court = Court(build, suspension=0.5, resolution_lag=2, damages=2, per_claim_penalty=0)
    court.bill(4, 100, 80, 40)
    court.find(4, 2)
    court.run(0, 3)
    taken, fees = court.taken(4), np.full(len(court.table), 100_001, np.int64)
    court.law.withhold(0, fees)
    court.law.withhold(1, fees)
    assert court.taken(4) == taken + 2 * 50_000  # half a cent is rounded to even
    assert court.taken(5) == 0
    court.run(4, 5)
    assert court.taken(4) == taken + 2 * 50_000  # of what is due (40 x WORTH) as much as was held is collected
    assert court.ledger.totals["release"] == court.ledger.totals["suspension"] == 100_000
    court.law.withhold(0, fees)
    assert court.taken(4) == taken + 2 * 50_000
    court.ledger.check()


def test_each_law_bars_from_its_own_payers(build: Build) -> None:
    commercial = {
        "kind": "commercial",
        "findings_to_accuse": 2,
        "collected": {"penalties": 1},
        "termination": 1,
        "resolution_lag": 1,
    }
    changes = {"other_laws": {"contract": commercial}, "payers.1.law": "contract"}
    court = Court(build, changes, exclusion=1)
    court.bill(4, 100, 80, 40)
    court.find(4, 1)
    court.find(4, 1, payer=1)
    assert court.run(0, 3) == []  # a finding under each law is not two under one
    court.find(4, 1, payer=1, week=4)
    assert court.run(4, 5) == [4]
    assert court.table.barred[:, 4].tolist() == [False, True]
    assert not court.table.excluded[4]
    court.find(4, 1, week=6)
    assert court.run(6, 9) == [4]
    assert court.table.excluded[4]
    assert court.table.excluded_week[4] == 9


def test_an_integrity_agreement_multiplies_audits_for_its_weeks(build: Build) -> None:
    court = Court(build, integrity_agreement={"weeks": 4, "audits": 5})
    court.bill(4, 100, 80, 40)
    court.find(4, 2)
    court.run(0, 3)
    watched = court.law.watched(0, 7)
    assert watched is not None
    assert (watched[4], watched[5]) == (5, 1)
    assert court.law.watched(0, 8) is None


def test_a_look_back_counts_its_weeks_and_no_more() -> None:
    look_back = LookBack(4, 1, 2)
    for week in range(10):
        look_back.add(week, BILLED, 0, np.array([1, 2**week]))
    assert look_back.total[BILLED, 0].tolist() == [4, 2**6 + 2**7 + 2**8 + 2**9]
    look_back.close(1, 8)
    assert look_back.total[BILLED, 0].tolist() == [4, 2**9]
    look_back.advance(13)
    assert not look_back.total.any()


@pytest.mark.parametrize("weeks", [13, 24, 100, 156])
def test_a_long_look_back_is_kept_in_twelfths(weeks: int) -> None:
    look_back = LookBack(weeks, 1, 1)
    for week in range(400):
        look_back.add(week, SUPPORTED, 0, np.array([1]))
        if week >= weeks:
            assert weeks * 11 / 12 - 1 <= look_back.total[SUPPORTED, 0, 0] <= weeks + 12
