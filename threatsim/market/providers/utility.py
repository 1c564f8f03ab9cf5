"""Conduct: which tactic a provider uses, how far, and toward which payer, by expected utility.

Beside honest billing, whose utility is 0, a tactic at a share of the eligible cases is worth, in USD a week over the
weeks of the horizon (`conduct.horizon`), under each law that payers are under, and summed over the laws,

    utility = gain (1 - barred) - (taken - taken_honest) - (barred - barred_honest) income - setup / weeks
    gain    = claims (p_paid (fee - care) - p_paid p_found recouped - cost - reluctance (1 + greed share)) - displaced

    claims      false claims a week: the share of the eligible cases, which are those without the finding
    p_paid      believed chance that a false claim is paid
    p_found     believed chance that an audit finds a false claim that was paid
    fee         USD a claim: the fee with the finding, less the fee without it
    care        USD a claim: the care really delivered
    recouped    USD a claim that is paid back for an audit finding, as far as it is collected
    cost        USD a claim of the tactic, for each query too
    reluctance  USD a claim; greed is the penalty by which it grows with the share
    displaced   USD a week that own coding errors would have brought on the same cases
    setup       USD, where unpaid: of the tactic and of the access that it needs
    barred      share of the horizon for which one is expected to be excluded or terminated by that law
    taken       USD a week that cases are expected to take, beyond recoupments (`foresight.expectation`)
    income      USD a week of honest billing to the payers under that law

`taken` and `barred` are the expectation of what the law does, which providers know. Findings are a Poisson number of
mean weeks x claims (p_recognised + p_paid p_found), with those on own coding errors and on supported claims that audits
get wrong; they lead to cases, samples and accusations, and these, after their lags, to what can be collected and to a
bar. What the claims of the horizon lead to counts whenever it comes, income lost only within the horizon; what a
practice cannot pay is not feared. Honesty is weighed in the same way, and fraud is never thought to save any of it.

A provider that may choose its payers has beliefs of each; toward one payer alone, claims are multiplied by the payer's
share of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatsim.market.foresight.expectation import BilledClaims, Exposure, expected_toll
from threatsim.market.foresight.standing import Standing
from threatsim.market.foresight.terms import Terms, laws_in_force, terms_of
from threatsim.market.providers.options import Floats, shares_to_choose, targets
from threatsim.market.providers.table import ProviderTable
from threatsim.scenario.schema import Scenario

Rows = NDArray[np.int64]


class _Week(NamedTuple):
    """What some providers expect of a week under one law.

    Attributes:
        toward: (C,) share of the claims under the law that the target has.
        claims, paid: (N, C) false claims, and those paid, if all eligible cases of the target are billed so.
        recognised, found: (N, C) those recognised at once, and those found by audits.
        errors, errors_found, errors_sent: (N,) own errors paid, found and sent, if all cases are billed honestly.
        true, true_found: (N,) supported claims paid, and those that audits find unsupported all the same.
        income, fees: (N,) USD of honest billing, and what is paid for it before care.
        gain: (N, C, S) USD gained beside honest billing, as long as one may bill.
    """

    toward: Floats
    claims: Floats
    paid: Floats
    recognised: Floats
    found: Floats
    errors: Floats
    errors_found: Floats
    errors_sent: Floats
    true: Floats
    true_found: Floats
    income: Floats
    fees: Floats
    gain: Floats


class ExpectedUtility:
    """What providers expect of their options, by their beliefs and by the law.

    Args:
        scenario: the conduct, the tactics, the payers and the laws.
        table: the providers.
        standings: gives how providers stand with each law now, in the order of `laws_in_force`.
        exact: whether the law is weighed for options too that lose without it, and are worse with it; else these have
            some utility that is not above 0.
    """

    def __init__(
        self,
        scenario: Scenario,
        table: ProviderTable,
        standings: Callable[[], Sequence[Standing]],
        *,
        exact: bool = True,
    ) -> None:
        conduct, tactics = scenario.conduct, list(scenario.tactics.values())
        self._table, self._standings, self._exact = table, standings, exact
        self._weeks, self._shares = conduct.horizon, shares_to_choose(conduct)
        self._care, self._greed = float(conduct.care_delivered), float(conduct.greed_penalty)
        self._cost = np.array([float(tactic.cost_per_claim) for tactic in tactics])
        self._setup = np.array([float(tactic.setup_cost) for tactic in tactics])
        # Honest claims carry untouched images, as those of a tactic without an attack do.
        untouched = [place for place, tactic in enumerate(tactics) if tactic.attack == "none"]
        self._untouched = untouched or list(range(len(tactics)))
        weights, share = targets(scenario), np.array([float(payer.share) for payer in scenario.payers])
        self._width = weights.shape[1]
        self._laws: list[tuple[Terms, Floats, Floats]] = []  # with shares of all claims by belief: (B, G), and (B,)
        for law, payers in laws_in_force(scenario):
            terms = terms_of(law, [scenario.payers[place] for place in payers], self._weeks)
            under = np.zeros(share.size)
            under[payers] = 1.0
            if len(table.beliefs) == 1:
                part = float((under * share).sum())
                self._laws.append((terms, weights * part, np.array([part])))
            else:
                self._laws.append((terms, weights * under[:, None], under * share))

    def __call__(self, rows: Rows) -> Floats:
        """Return (N, T x G, S) USD a week for each tactic, target and share above zero; -inf where access is lacking.

        The columns of a tactic's G targets lie together.

        Args:
            rows: (N,) of those providers who ask.
        """
        if self._exact:
            return self._worth(rows)
        worth = np.full((rows.size, self._cost.size * self._width, self._shares.size), -np.inf)
        tempted = self._tempted(rows)
        worth[tempted] = self._worth(rows[tempted])
        return worth

    def _tempted(self, rows: Rows) -> Rows:
        """Return the places (M,) of those to whom a claim may bring more than reluctance; others' options all lose."""
        table = self._table
        paid = np.max([belief.paid.expected(rows).max(axis=1) for belief in table.beliefs], axis=0)
        most = (table.difference[rows] - self._care * table.care_cost[rows]) / 100
        return np.flatnonzero(paid * most > table.reluctance[rows])

    def _worth(self, rows: Rows) -> Floats:
        table, standings = self._table, self._standings()
        weeks = [
            self._week(*law, rows, ~standing.barred[rows]) for law, standing in zip(self._laws, standings, strict=True)
        ]
        outlay = np.where(table.equipped[rows], 0.0, self._setup + table.capability_cost[rows] / 100)
        worth = np.repeat(outlay, self._width, axis=1)[:, :, None] / -self._weeks
        worth = worth + sum(week.gain for week in weeks)
        allowed = np.broadcast_to(np.repeat(table.allowed[rows], self._width, axis=1)[:, :, None], worth.shape)
        weighed = np.nonzero(allowed if self._exact else allowed & (worth > 0))
        for (terms, _, _), week, standing in zip(self._laws, weeks, standings, strict=True):
            worth[weighed] -= self._toll(terms, week, standing, rows, weighed) / self._weeks
        return np.where(allowed, worth, -np.inf)

    def _week(self, terms: Terms, by_target: Floats, of_all: Floats, rows: Rows, open_: NDArray[np.bool_]) -> _Week:
        """Return what is expected of a week under one law; nothing by those whom it bars."""
        table = self._table
        prevalence = table.prevalence[rows].astype(np.float64)
        volume = table.volume[rows] * open_
        eligible = volume * (1 - prevalence)
        shape = (rows.size, self._cost.size, self._width)
        paid, recognised, found, displaced = np.zeros((4, *shape))
        errors, errors_found, audited = np.zeros((3, rows.size))
        for belief, weight, share in zip(table.beliefs, by_target, of_all, strict=True):
            p_paid, p_recognised = belief.paid.expected(rows), belief.recognised.expected(rows)
            p_found = belief.found.expected(rows)
            paid += p_paid[:, :, None] * weight
            recognised += p_recognised[:, :, None] * weight
            found += (p_paid * p_found)[:, :, None] * weight
            untouched = p_paid[:, self._untouched].mean(axis=1)
            displaced += untouched[:, None, None] * weight
            errors += untouched * share
            errors_found += (p_paid * p_found)[:, self._untouched].mean(axis=1) * share
            audited += p_found[:, self._untouched].mean(axis=1) * share

        def columns(values: Floats) -> Floats:
            return values.reshape(rows.size, self._cost.size * self._width) * eligible[:, None]

        target = by_target.sum(axis=0)
        claims, paid, recognised, found, displaced = (
            columns(each) for each in (np.broadcast_to(target, shape), paid, recognised, found, displaced)
        )
        slips = eligible * table.error_up[rows]
        coded = volume * prevalence * (1 - table.error_down[rows])  # cases with the finding that are billed with it
        fee = table.difference[rows] / 100
        care = self._care * table.care_cost[rows] / 100
        cost = np.repeat(self._cost * (1 + table.queries[rows]), self._width, axis=1)
        per_share = (
            paid * (fee - care)[:, None]
            - found * (fee * terms.offsets)[:, None]
            - claims * cost
            - displaced * (table.error_up[rows] * fee)[:, None]
        )
        qualms = claims[:, :, None] * (table.reluctance[rows, None] * (1 + self._greed * self._shares))[:, None, :]
        return _Week(
            # At most 1: sums of the same shares in another order may differ in their last digit.
            toward=np.tile(np.minimum(target / max(of_all.sum(), 1e-300), 1.0), self._cost.size),
            claims=claims,
            paid=paid,
            recognised=recognised,
            found=found,
            errors=slips * errors,
            errors_found=slips * errors_found,
            errors_sent=slips * of_all.sum(),
            true=coded * of_all.sum(),
            true_found=coded * audited * (terms.wronged / max(terms.unsupported, 1e-9)),
            income=honest_income(table)[rows] * open_ * of_all.sum(),
            fees=volume
            * (prevalence * table.fee_positive[rows] + (1 - prevalence) * table.fee_negative[rows])
            / 100
            * of_all.sum(),
            gain=self._shares * (per_share[:, :, None] - qualms),
        )

    def _toll(self, terms: Terms, week: _Week, standing: Standing, rows: Rows, weighed: tuple[Rows, ...]) -> Floats:
        """Return (K,) USD that a law is expected to take over the horizon from K options, beyond what honesty bears."""
        row, column, share = weighed
        course = terms.course
        state = course.state_of(standing.missing[rows], standing.busy[rows])
        unsupported, supported = standing.unsupported[rows], standing.supported[rows]
        past = BilledClaims(
            paid=(unsupported + supported).astype(np.float64),
            wrong=terms.unsupported * unsupported + terms.wronged * supported,
            submitted=standing.billed[rows].astype(np.float64),
        )
        fee = self._table.difference[rows] / 100
        income = honest_income(self._table)[rows]

        asked, honestly = np.unique(row, return_inverse=True)  # honesty is weighed once for each of them
        options, who = row.size, np.concatenate([row, asked])
        sent, paid, recognised, found = np.zeros((4, who.size))
        billed = self._shares[share]
        for false, flow in ((sent, week.claims), (paid, week.paid), (recognised, week.recognised), (found, week.found)):
            false[:options] = billed * flow[row, column]
        honest = np.ones(who.size)  # share of own cases billed honestly
        honest[:options] -= billed * week.toward[column]
        state = state[who]
        state[options:] += course.states
        errors, true = honest * week.errors[who], week.true[who]
        recouped = found + honest * week.errors_found[who] + week.true_found[who]
        toll = expected_toll(
            terms,
            Exposure(
                state=state,
                findings=recouped + recognised,
                recouped=recouped,
                billing=BilledClaims(
                    paid=paid + errors + true,
                    wrong=terms.unsupported * (paid + errors) + terms.wronged * true,
                    submitted=sent + honest * week.errors_sent[who] + true,
                ),
                past=BilledClaims(*(each[who] for each in past)),
                worth=fee[who],
                income=income[who],
                fees=week.fees[who] + paid * fee[who],
            ),
        )
        gain = np.append(week.gain[weighed], np.zeros(asked.size))
        lost = toll.taken + toll.barred * (week.income[who] + gain)
        beyond: Floats = np.maximum(lost[:options] - lost[options:][honestly], 0.0)
        return beyond


def honest_income(table: ProviderTable) -> Floats:
    """Return (P,) what a provider earns by honest billing, after the care that it delivers (USD a week)."""
    prevalence = table.prevalence.astype(np.float64)
    with_finding, without = table.fee_positive - table.care_cost, table.fee_negative
    income: Floats = table.volume * (prevalence * with_finding + (1 - prevalence) * without) / 100
    return income
