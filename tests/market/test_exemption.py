"""Practices that are exempt from review because nearly all of their claims were affirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market
from threatsim.market.payers.exemption import Exemptions
from threatsim.market.simulation import simulate
from threatsim.scenario.schema import Exemption

if TYPE_CHECKING:
    from tests.market.conftest import Build

RULE = Exemption.model_validate({"affirmed": 0.9, "least_claims": 10, "period": 2, "spot_check": 0.1})


def counted(exemptions: Exemptions, week: int, *practices: tuple[int, int]) -> list[bool]:
    """Count (reviewed, affirmed) of each practice, and return who is exempt then."""
    reviewed, affirmed = (
        np.repeat(np.arange(len(practices)), [practice[part] for practice in practices]) for part in (0, 1)
    )
    exemptions.count(week, reviewed, affirmed)
    return exemptions.exempt.tolist()


def test_it_is_earned_at_the_end_of_a_period_and_kept_by_spot_checks() -> None:
    exemptions = Exemptions(RULE, 4)
    assert counted(exemptions, 0, (5, 5), (5, 5), (9, 9), (6, 5)) == [False] * 4
    assert counted(exemptions, 1, (5, 4), (5, 3), (0, 0), (14, 13)) == [True, False, False, True]
    # the first is checked once and affirmed, the last fails one check of two
    assert counted(exemptions, 2, (1, 1), (0, 0), (0, 0), (2, 1)) == [True, False, False, True]
    assert counted(exemptions, 3) == [True, False, False, False]
    # nobody is looked at: who is exempt stays so, who is not has earned nothing
    counted(exemptions, 4)
    assert counted(exemptions, 5) == [True, False, False, False]


def test_a_new_owner_begins_anew() -> None:
    exemptions = Exemptions(RULE, 2)
    counted(exemptions, 0, (20, 20), (20, 20))
    counted(exemptions, 1)
    exemptions.forget(np.array([1]))
    assert exemptions.exempt.tolist() == [True, False]


def test_nobody_looks_at_claims_of_exempt_practices_but_spot_checks(
    build: Build, tables: dict[str, OutcomeTable]
) -> None:
    rule = {"affirmed": 0.01, "least_claims": 1, "period": 1, "spot_check": 0.25}
    changes = {"weeks": 6, "payers.*.readers.second_look": 1, "payers.*.readers.capacity": 1_000_000}
    scenario = build(changes | {"payers.*.triage.exemption": rule}, fixed=True)
    market = Market(scenario, tables, seed=2)
    waived = looked_at = 0
    for week in range(6):
        before = [payer.exemptions.exempt.copy() for payer in market.payers if payer.exemptions]
        market.step()
        for payer, exempt in zip(market.payers, before, strict=True):
            claims = payer.claims_of_week
            unread = exempt[claims.provider] & ~claims.read
            assert claims.paid[unread].all()
            assert not claims.pended[unread].any()
            assert not claims.recognised[unread].any()
            assert claims.read[~exempt[claims.provider]].all()
            assert payer.looked_at == claims.row.size - np.count_nonzero(unread)
            waived += int(np.count_nonzero(unread))
            looked_at += int(np.count_nonzero(exempt[claims.provider] & claims.read))
        assert week or not any(exempt.any() for exempt in before)
    assert abs(looked_at / (waived + looked_at) - 0.25) < 4 * np.sqrt(0.25 * 0.75 / (waived + looked_at))


def test_a_rule_that_nobody_meets_changes_nothing(build: Build, tables: dict[str, OutcomeTable]) -> None:
    rule = {"affirmed": 1, "least_claims": 100_000, "period": 4, "spot_check": 0}
    without, with_rule = build(), build({"payers.*.triage.exemption": rule})
    first, second = (simulate(one, tables, arm="baseline", replicate=0, seed=1) for one in (without, with_rule))
    assert first.outcomes == second.outcomes
    assert first.accounts == second.accounts
