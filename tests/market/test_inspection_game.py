"""Providers and a payer as players of the inspection game, against its equilibria.

The gain of a false claim is g, a finding costs F more than the gain, an audit finds with d and costs c. In the mixed
equilibrium the payer audits p* = g / (d (g + F)) of the claims and q* = c / (d (g + F)) of them are false. Fictitious
play tends there (Robinson 1951; Fudenberg and Levine 1998, The Theory of Learning in Games, chapter 2); logit players
tend to a fixed point of their own (McKelvey and Palfrey 1995).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
GAIN = 375.75
FOUND, COST, MULTIPLE = 0.8, 180.0, 1.5  # d, c, and F / g
LOW, MOST, SHARE = 0.02, 0.9, 0.3
GAME: dict[str, Any] = {
    "weeks": 520,
    "providers.chest.count": 1,
    "providers.chest.weekly_volume": 0,
    "providers.eye.volume_skew": 0,
    "providers.eye.count": 100,
    "providers.*.coding_error_up": 0,
    "providers.*.coding_error_down": 0,
    "conduct.decision_interval": 1,
    "conduct.shares": [0, SHARE],
    "conduct.reluctance_median": 0,
    "conduct.care_delivered": 0,
    "conduct.belief_weight": 0,
    "conduct.belief_paid": 1,
    "law.findings_to_accuse": 1,
    "law.exclusion": False,
    "law.damages": 1 + MULTIPLE,
    "law.collected": 1,
    "law.per_claim_penalty": 0,
    "payers.*.audit.random": LOW,
    "payers.*.audit.targeted": 0,
    "payers.*.audit.lag": 0,
    "payers.*.audit.sensitivity": FOUND,
    "payers.*.audit.specificity": 1,
    "payers.*.audit.cost": COST,
}


def approved(tables: Tables) -> Tables:
    """Every image passes, so that every claim is paid."""
    return {
        name: replace(table, clean=np.ones_like(table.clean), attacked={"code_only": np.ones_like(table.clean)})
        for name, table in tables.items()
    }


def played(build: Build, tables: Tables, changes: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    """The share of claims audited and the share of claims that are false, week by week."""
    market = Market(build(GAME | changes, tactics=["code_only"]), approved(tables))
    audited, false = [], []
    for _ in range(520):
        audited.append(np.mean([investigator.random_share for investigator in market.investigators]))
        market.step()
        false.append((market.claims.tactic >= 0).mean())
    return np.array(audited), np.array(false)


def test_fictitious_play_tends_to_the_mixed_equilibrium(build: Build, tables: Tables) -> None:
    audited, false = played(
        build, tables, {"conduct.rule": "fictitious_play", "payers.*.adaptation": {"best_reply": {"most": MOST}}}
    )
    p_star = 1 / (FOUND * (1 + MULTIPLE))
    q_star = COST / (FOUND * GAIN * (1 + MULTIPLE))
    assert audited.mean() == pytest.approx(p_star, rel=0.1)
    assert false.mean() == pytest.approx(q_star, rel=0.1)
    # Pure strategies in turn, not a mixture every week; the two payers may be a week apart.
    assert set(np.round(audited, 6)) <= {LOW, round((LOW + MOST) / 2, 6), MOST}


def test_logit_players_tend_to_their_own_fixed_point(build: Build, tables: Tables) -> None:
    precision, payers_precision, cost = 4.0, 30.0, 60.0
    audited, false = played(
        build,
        tables,
        {
            "conduct.rule": "logit",
            "conduct.public": True,
            "conduct.precision": precision,
            "payers.*.audit.cost": cost,
            "payers.*.adaptation": {"best_reply": {"most": MOST, "precision": payers_precision}},
        },
    )
    eligible, true = 30 * 0.75, 30 * 0.25

    def false_share(audit: float) -> float:
        weekly = eligible * SHARE * GAIN * (1 - audit * FOUND * (1 + MULTIPLE))
        cheats = expit(precision * weekly / 1000) * eligible * SHARE
        return float(cheats / (cheats + true))

    def audit_share(false: float) -> float:
        gain = false * FOUND * GAIN * (1 + MULTIPLE) - cost
        return float(LOW + (MOST - LOW) * expit(payers_precision * gain / 1000))

    fixed = brentq(lambda audit: audit_share(false_share(audit)) - audit, LOW, MOST)
    assert audited[300:].mean() == pytest.approx(fixed, rel=0.05)
    # Its beliefs hold all weeks since the first, so the market is still on its way: 1 to 11 % above, by the seed.
    assert false[300:].mean() == pytest.approx(false_share(fixed), rel=0.12)
    p_star, q_star = 1 / (FOUND * (1 + MULTIPLE)), cost / (FOUND * GAIN * (1 + MULTIPLE))
    assert abs(fixed - p_star) + abs(false_share(fixed) - q_star) > 0.1  # another equilibrium than that of best replies


@pytest.mark.parametrize(("factor", "cheat"), [(0.9, True), (1.1, False)])
def test_the_break_even_audit_rate(build: Build, tables: Tables, factor: float, cheat: bool) -> None:
    """At a fixed audit rate, fraud pays just below g / (d (g + F)) and not just above it."""
    rate = factor / (FOUND * (1 + MULTIPLE))
    changes = GAME | {"weeks": 30, "conduct.rule": "fictitious_play", "payers.*.audit.random": rate}
    market = Market(build(changes, tactics=["code_only"]), approved(tables))
    for _ in range(30):
        market.step()
    assert ((market.table.share[:100] > 0) == cheat).all()
