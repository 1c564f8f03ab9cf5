"""Conduct: which tactic a provider uses, how far, and toward which payer, by expected utility.

Beside honest billing, whose utility is 0, a tactic at a share of the eligible cases has a utility, in USD a week, of

    weekly = claims (p_paid gain - p_audited recoupment - cost - reluctance (1 + greed share))
             - setup / weeks - p_accused loss
    loss   = claims (p_audited damages + (p_audited + p_recognised) fine) + owed / weeks + income / 2

    claims        false claims a week: the share of the eligible cases, which are those without the finding
    p_paid        believed chance that a false claim is paid
    p_recognised  believed chance that it is recognised at once, before it is paid
    p_audited     believed chance that it is not, but an audit finds it
    gain          USD a claim: the fee with the finding, less the fee without it, less the care really delivered
    recoupment    USD a claim that an audit takes back
    cost          USD a claim of the tactic, for each query too
    reluctance    USD a claim; greed is the penalty by which it grows with the share
    setup         USD, where unpaid: of the tactic and of the access that it needs
    weeks         52: a provider does not know when the run ends, and always reckons a year ahead
    p_accused     chance that a Poisson number of mean claims (p_audited + p_recognised) weeks reaches what is missing
                  to `findings_to_accuse`; 1 for a provider already accused
    damages       USD a claim found by an audit, as far as collected: a multiple of the recoupment; on a claim that was
                  not paid there is nothing to recoup or to multiply
    fine          USD for any finding, as far as collected
    owed          USD of penalties for the findings made and not yet penalised
    income        USD a week of honest billing, which exclusion takes away, on average halfway through; else 0

A provider that may choose its payers has beliefs of each; toward one payer alone, claims are multiplied by the payer's
share of all, and toward all of them sums over the payers stand in place of claims times p_paid, p_audited and
p_recognised.
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

    The targets are every payer alone and then all of them; or all of them only, with beliefs that they share.
    """
    if not scenario.conduct.choose_payer or len(scenario.payers) == 1:
        return np.ones((1, 1))
    shares = np.array([float(payer.share) for payer in scenario.payers])
    return np.concatenate([np.diag(shares), shares[:, None]], axis=1)


def expected_utility(
    scenario: Scenario, table: ProviderTable, owed: NDArray[np.int64], rows: NDArray[np.int64]
) -> Floats:
    """Return (N, T x G, S) USD a week for each tactic, target and share above zero; -inf where access is lacking.

    The columns of a tactic's G targets lie together.

    Args:
        scenario: the conduct, the tactics, the payers and the law.
        table: the providers.
        owed: (P,) cents that an accusation would cost now, for the findings not yet penalised.
        rows: (N,) of those providers who ask.
    """
    conduct, law = scenario.conduct, scenario.law
    shares = shares_to_choose(conduct)
    weights = targets(scenario)
    width = weights.shape[1]
    cost = np.array([float(tactic.cost_per_claim) for tactic in scenario.tactics.values()])
    setup = np.array([float(tactic.setup_cost) for tactic in scenario.tactics.values()])
    eligible = table.volume[rows] * (1 - table.prevalence[rows].astype(np.float64))
    recoupment = table.difference[rows] / 100
    gain = recoupment - float(conduct.care_delivered) * table.care_cost[rows] / 100
    damages = float(law.collected.penalties) * max(float(law.damages) - 1, 0.0) * recoupment
    fine = float(law.collected.penalties) * float(law.per_claim_penalty)

    shape = (rows.size, len(cost), width)
    per_claim, detected, penalty = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    for belief, weight in zip(table.beliefs, weights, strict=True):
        audited, found = belief.audited(rows), belief.detected(rows)  # (N, T)
        expected_gain = (
            belief.paid.expected(rows) * gain[:, None]
            - audited * recoupment[:, None]
            - cost * (1 + table.queries[rows])
        )
        per_claim += expected_gain[:, :, None] * weight
        detected += found[:, :, None] * weight
        penalty += (audited * damages[:, None] + found * fine)[:, :, None] * weight
    total = weights.sum(axis=0)  # (G,) share of all claims that a target has

    def columns(values: Floats) -> Floats:
        return values.reshape(rows.size, len(cost) * width)[:, :, None]

    qualms = table.reluctance[rows, None] * (1 + float(conduct.greed_penalty) * shares)  # (N, S)
    claims = (eligible[:, None] * shares)[:, None, :]  # (N, 1, S) a week, of all payers
    weekly = claims * (columns(per_claim) - qualms[:, None, :] * np.tile(total, len(cost))[None, :, None])
    outlay = np.where(table.equipped[rows], 0.0, (setup + table.capability_cost[rows] / 100) / PLANNING_WEEKS)
    weekly -= np.repeat(outlay, width, axis=1)[:, :, None]

    accused = table.accused_week[rows] != NO_WEEK
    missing = np.where(accused, 0, np.maximum(law.findings_to_act - table.findings[rows], 0))
    chance = poisson_at_least(columns(detected) * claims * PLANNING_WEEKS, missing)
    loss = columns(penalty) * claims + (owed[rows] / 100 / PLANNING_WEEKS)[:, None, None]
    if float(law.exclusion) > 0:
        loss += honest_income(table)[rows, None, None] / 2
    weekly -= chance * loss
    return np.where(np.repeat(table.allowed[rows], width, axis=1)[:, :, None], weekly, -np.inf)


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
    """Return the column (N,) of each target (N,) among `width`, of which the last is that of all payers."""
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
