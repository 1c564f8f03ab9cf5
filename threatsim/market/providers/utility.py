"""Conduct: which tactic a provider uses, how far, and toward which payer, by expected utility.

For provider i, tactic k and share s of its e eligible cases a week (cases without the finding), the
utility beside honest billing, whose utility is 0, is in USD a week

    W = e s [ p g - a x - c - r (1 + greed s) ] - setup / R - A { e s [ a h + (a + b) f ] + o / R + y / 2 }

with the beliefs p (a false claim is paid), b (it is recognised at once, before it is paid) and a (it is not,
but an audit finds it), all of this provider and tactic; the gain g (fee with the finding, less the fee
without it, less the care really delivered); the recoupment x; the tactic's cost c, for each query too, and, unpaid, its
set-up cost with that of the access it needs; the reluctance r; R weeks. A provider does not know when the run ends: it
always reckons a year ahead, R = 52. n = (a + b) e s R findings are expected in that time; A is the chance that they
lead to an accusation: that a Poisson number of mean n reaches what is missing to `findings_to_accuse` (1 for a provider
already accused). Of what an accusation costs, as far as it is collected, h are the damages for a claim found
by an audit (a multiple of x: on a claim that was not paid there is nothing to recoup or to multiply), f is
the fine for any finding, o the penalty for the findings made and not yet penalised, and y the honest income of
a week, which exclusion takes away, on average halfway through (0 without exclusion).

A provider that may choose its payers has beliefs of each; toward payer j alone, e is multiplied by the payer's
share of claims, and toward all of them the sums over the payers stand in place of e p, e a and e b.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import poisson_at_least
from threatsim.market.conventions import ALL_PAYERS, HONEST, NO_WEEK
from threatsim.market.providers.table import ProviderTable
from threatsim.scenario.schema import Conduct, Scenario

Floats = NDArray[np.float64]

PLANNING_WEEKS = 52
"""How far ahead a provider reckons (weeks)."""


@dataclass(frozen=True)
class Choice:
    """What each provider decided: (P,) tactic, `HONEST` if none, share of eligible cases, and target."""

    tactic: NDArray[np.int8]
    share: NDArray[np.float32]
    target: NDArray[np.int8]


def shares_to_choose(conduct: Conduct) -> Floats:
    """Return (S,) the shares above zero; honesty can always be chosen and need not be listed."""
    return np.array([share for share in conduct.shares if share > 0], dtype=np.float64)


def targets(scenario: Scenario) -> Floats:
    """Return (B, G): of each of B payers with beliefs of their own, the share of claims that each of G targets has.

    The targets are every payer alone and then all of them; or all of them only, with beliefs of all alike.
    """
    if not scenario.conduct.choose_payer or len(scenario.payers) == 1:
        return np.ones((1, 1))
    shares = np.array([float(payer.share) for payer in scenario.payers])
    return np.concatenate([np.diag(shares), shares[:, None]], axis=1)


def expected_utility(scenario: Scenario, table: ProviderTable, owed: NDArray[np.int64]) -> Floats:
    """Return (P, T x G, S) USD a week for each tactic, target and share above zero; -inf where access is lacking.

    The columns of a tactic's G targets lie together.

    Args:
        scenario: the conduct, the tactics, the payers and the law.
        table: the providers.
        owed: (P,) cents that an accusation would cost now, for the findings not yet penalised.
    """
    conduct, law = scenario.conduct, scenario.law
    shares = shares_to_choose(conduct)
    weights = targets(scenario)
    width = weights.shape[1]
    cost = np.array([float(tactic.cost_per_claim) for tactic in scenario.tactics.values()])
    setup = np.array([float(tactic.setup_cost) for tactic in scenario.tactics.values()])
    eligible = table.volume * (1 - table.prevalence.astype(np.float64))
    recoupment = table.difference / 100
    gain = recoupment - float(conduct.care_delivered) * table.care_cost / 100
    damages = float(law.collected) * float(law.damages) * recoupment
    fine = float(law.collected) * float(law.per_claim_penalty)

    providers = len(table)
    shape = (providers, len(cost), width)
    per_claim, detected, penalty = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for belief, weight in zip(table.beliefs, weights, strict=True):
        audited, found = belief.audited(), belief.detected()  # (P, T)
        worth = belief.paid.expected() * gain[:, None] - audited * recoupment[:, None] - cost * (1 + table.queries)
        per_claim += worth[:, :, None] * weight
        detected += found[:, :, None] * weight
        penalty += (audited * damages[:, None] + found * fine)[:, :, None] * weight
    total = weights.sum(axis=0)  # (G,) share of all claims that a target has

    def columns(values: Floats) -> Floats:
        return values.reshape(providers, len(cost) * width)[:, :, None]

    qualms = table.reluctance[:, None] * (1 + float(conduct.greed_penalty) * shares)  # (P, S)
    claims = (eligible[:, None] * shares)[:, None, :]  # (P, 1, S) a week, of all payers
    weekly = claims * (columns(per_claim) - qualms[:, None, :] * np.tile(total, len(cost))[None, :, None])
    outlay = np.where(table.equipped, 0.0, (setup + table.capability_cost / 100) / PLANNING_WEEKS)
    weekly -= np.repeat(outlay, width, axis=1)[:, :, None]

    accused = table.accused_week != NO_WEEK
    missing = np.where(accused, 0, np.maximum(law.findings_to_accuse - table.findings, 0))
    chance = poisson_at_least(columns(detected) * claims * PLANNING_WEEKS, missing)
    loss = columns(penalty) * claims + (owed / 100 / PLANNING_WEEKS)[:, None, None]
    if law.exclusion:
        loss += honest_income(table)[:, None, None] / 2
    weekly -= chance * loss
    return np.where(np.repeat(table.allowed, width, axis=1)[:, :, None], weekly, -np.inf)


def honest_income(table: ProviderTable) -> Floats:
    """Return (P,) what a provider earns by honest billing, after the care that it delivers (USD a week)."""
    prevalence = table.prevalence.astype(np.float64)
    with_finding, without = table.fee_positive - table.care_cost, table.fee_negative
    income: Floats = table.volume * (prevalence * with_finding + (1 - prevalence) * without) / 100
    return income


def with_honesty(utility: Floats) -> Floats:
    """Return (P, 1 + T x G x S) the options in a row, honest billing and its utility of 0 first."""
    providers = utility.shape[0]
    return np.concatenate([np.zeros((providers, 1)), utility.reshape(providers, -1)], axis=1)


def column_of(target: NDArray[np.int8], width: int) -> NDArray[np.int64]:
    """Return the column (n,) of each target among `width`, of which the last is that of all payers."""
    return np.where(target == ALL_PAYERS, width - 1, target).astype(np.int64)


def choice_of(conduct: Conduct, option: NDArray[np.int64], width: int) -> Choice:
    """Return what the columns (P,) of `with_honesty` stand for."""
    shares = shares_to_choose(conduct)
    cheats = option > 0
    column, share = np.divmod(option - 1, shares.size)
    tactic, target = np.divmod(column, width)
    return Choice(
        tactic=np.where(cheats, tactic, HONEST).astype(np.int8),
        share=np.where(cheats, shares[share], 0.0).astype(np.float32),
        target=np.where(cheats & (target < width - 1), target, ALL_PAYERS).astype(np.int8),
    )
