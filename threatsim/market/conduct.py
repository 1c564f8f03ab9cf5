"""Conduct: which tactic a provider uses and how far, by expected utility.

For provider i, tactic k and share s of its e eligible cases a week (cases without the finding), the
utility beside honest billing, whose utility is 0, is in USD a week

    W = e s [ p g - a x - c - r (1 + greed s) ] - setup / R - A { e s [ a h + (a + b) f ] + o / R + y / 2 }

with the beliefs p (a false claim is paid), b (it is recognised at once, before it is paid) and a (it is not,
but an audit finds it), all of this provider and tactic; the gain g (fee with the finding, less the fee
without it, less the care really delivered); the recoupment x; the tactic's cost c and, while unpaid, its
set-up cost; the reluctance r; R weeks. A provider does not know when the run ends: it always reckons a year
ahead, R = 52. n = (a + b) e s R findings are expected in that time; A is the chance that they lead to an
accusation: that a Poisson number of mean n reaches what is missing to `findings_to_accuse` (1 for a provider
already accused). Of what an accusation costs, as far as it is collected, h are the damages for a claim found
by an audit (a multiple of x: on a claim that was not paid there is nothing to recoup or to multiply), f is
the fine for any finding, o the penalty for the findings made and not yet penalised, and y the honest income of
a week, which exclusion takes away, on average halfway through (0 without exclusion).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.providers import HONEST, ProviderTable
from threatsim.scenario.schema import Conduct, Scenario

Floats = NDArray[np.float64]

PLANNING_WEEKS = 52
"""How far ahead a provider reckons (weeks)."""


@dataclass(frozen=True)
class Choice:
    """What each provider decided: (P,) tactic, `HONEST` if none, and (P,) share of eligible cases."""

    tactic: NDArray[np.int8]
    share: NDArray[np.float32]


def shares_to_choose(conduct: Conduct) -> Floats:
    """Return (S,) the shares above zero; honesty can always be chosen and need not be listed."""
    return np.array([share for share in conduct.shares if share > 0], dtype=np.float64)


def accusation_chance(expected: Floats, missing: NDArray[np.int64]) -> Floats:
    """Return the chance that a Poisson number of mean `expected` reaches `missing` (broadcast together)."""
    expected, missing = np.broadcast_arrays(expected, missing)
    below = np.zeros(expected.shape)
    with np.errstate(divide="ignore"):
        log_mean = np.log(expected)
    log_term = -expected  # logarithm of the Poisson probability of `count`
    for count in range(int(missing.max(initial=0))):
        below += np.where(count < missing, np.exp(log_term), 0.0)
        log_term = log_term + log_mean - np.log(count + 1)
    return np.clip(1.0 - below, 0.0, 1.0)


def expected_utility(scenario: Scenario, table: ProviderTable, owed: NDArray[np.int64]) -> Floats:
    """Return (P, T, S) USD a week for each tactic and share above zero; -inf where the access is lacking.

    Args:
        scenario: the conduct, the tactics and the law.
        table: the providers.
        owed: (P,) cents that an accusation would cost now, for the findings not yet penalised.
    """
    conduct, law = scenario.conduct, scenario.law
    shares = shares_to_choose(conduct)
    cost = np.array([float(tactic.cost_per_claim) for tactic in scenario.tactics.values()])
    setup = np.array([float(tactic.setup_cost) for tactic in scenario.tactics.values()])
    eligible = table.volume * (1 - table.prevalence.astype(np.float64))
    recoupment = table.difference / 100
    gain = recoupment - float(conduct.care_delivered) * table.care_cost / 100
    paid = table.beliefs.paid.expected()  # (P, T)
    audited, found = table.beliefs.audited(), table.beliefs.detected()  # (P, T)

    per_claim = paid * gain[:, None] - audited * recoupment[:, None] - cost  # (P, T)
    qualms = table.reluctance[:, None] * (1 + float(conduct.greed_penalty) * shares)  # (P, S)
    claims = (eligible[:, None] * shares)[:, None, :]  # (P, 1, S) a week
    weekly = claims * (per_claim[:, :, None] - qualms[:, None, :])
    weekly -= np.where(table.equipped, 0.0, setup / PLANNING_WEEKS)[:, :, None]

    findings = found[:, :, None] * claims * PLANNING_WEEKS  # (P, T, S)
    accused = table.accused_week >= 0
    missing = np.where(accused, 0, np.maximum(law.findings_to_accuse - table.findings, 0))
    chance = accusation_chance(findings, missing[:, None, None])
    damages = float(law.collected) * float(law.damages) * recoupment
    fine = float(law.collected) * float(law.per_claim_penalty)
    penalty = audited * damages[:, None] + found * fine  # (P, T) for a false claim
    loss = penalty[:, :, None] * claims + (owed / 100 / PLANNING_WEEKS)[:, None, None]
    if law.exclusion:
        prevalence = table.prevalence.astype(np.float64)
        with_finding, without = table.fee_positive - table.care_cost, table.fee_negative
        income = table.volume * (prevalence * with_finding + (1 - prevalence) * without) / 100
        loss += income[:, None, None] / 2
    weekly -= chance * loss
    return np.where(table.allowed[:, :, None], weekly, -np.inf)


def choose(conduct: Conduct, utility: Floats, generator: np.random.Generator) -> Choice:
    """Choose among honest billing and every tactic and share.

    best_response takes the greatest utility; of equal ones honesty first, then the order of the scenario.
    logit takes an option with a chance proportional to exp(precision x utility / 1,000 USD), by Gumbel noise.

    Args:
        conduct: the rule.
        utility: (P, T, S) USD a week, from `expected_utility`.
        generator: the stream of this decision in this week.
    """
    providers, _, width = utility.shape
    options = np.concatenate([np.zeros((providers, 1)), utility.reshape(providers, -1)], axis=1)
    if conduct.rule == "logit":
        precision = float(conduct.precision) / 1000
        options = np.where(np.isneginf(options), -np.inf, precision * np.maximum(options, -1e300))
        options += generator.gumbel(size=options.shape)
    best = options.argmax(axis=1)
    cheats = best > 0
    shares = shares_to_choose(conduct)
    return Choice(
        tactic=np.where(cheats, (best - 1) // width, HONEST).astype(np.int8),
        share=np.where(cheats, shares[(best - 1) % width], 0.0).astype(np.float32),
    )
