"""From the counts of a run to its figures; what each figure means stands in `threatsim.catalogue.metrics`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.careers import CareerColumns
from threatsim.market.books.tally import WEEKS_PER_YEAR
from threatsim.market.conventions import ACCESS, NEVER
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult


def kaplan_meier_median(durations: NDArray[np.int64], events: NDArray[np.bool_]) -> float:
    """Return the least time at which the Kaplan-Meier survival is at most one half; NaN if it stays above.

    Args:
        durations: (n,) time to the event, or to the end of observation.
        events: (n,) whether the event was observed.
    """
    surviving = 1.0
    for time in np.unique(durations[events]):
        at_risk = np.count_nonzero(durations >= time)
        surviving *= 1 - np.count_nonzero(events & (durations == time)) / at_risk
        if surviving <= 0.5 + 1e-12:
            return float(time)
    return math.nan


def replicate_result(market: Market) -> ReplicateResult:
    """Sum up a market that has run."""
    tally, table, scenario = market.tally, market.table, market.spec
    years = scenario.weeks / WEEKS_PER_YEAR
    net = tally.net_fraud(table.difference, market.care_on_false, market.cost)
    loss = tally.false_paid * table.difference - tally.recouped[:-1] - tally.damages[:-1]
    false, paid = tally.false_claims.sum(axis=1), tally.false_paid.sum(axis=1)
    years_used = (tally.years[:, None] * tally.used_in_year.sum(axis=2)).sum(axis=0)  # (T,) provider-years
    fraud_years = (tally.years * tally.used_in_year.any(axis=1).sum(axis=1)).sum()
    careers = market.careers.all()
    fraudster = careers.fraudster
    honest_years = float(careers.active_weeks[~fraudster].sum()) / WEEKS_PER_YEAR
    accused = careers.accused_week != NEVER
    first_week = np.where(careers.first_week == NEVER, scenario.weeks, careers.first_week).min(axis=0)

    tactics = {
        name: {
            "fraud_payoff": _ratio(net[row].sum() / 100, years_used[row]),
            "payer_loss": float(loss[row].sum()) / 100 / years,
            "detection_rate": _ratio(tally.mature_found[row], tally.mature[row]),
            "paid_rate": _ratio(paid[row], false[row]),
            "weeks_to_detection": _weeks_to_accusation(careers, careers.first_week[row], scenario.weeks),
            "claims": float(false[row]) / years,
        }
        for row, name in enumerate(scenario.tactics)
    }
    outcomes = {
        "fraud_payoff": _ratio(net.sum() / 100, fraud_years),
        "payer_loss": float(loss.sum()) / 100 / years,
        "control_cost": (market.ledger.totals["reading"] + market.ledger.totals["auditing"]) / 100 / years,
        "detection_rate": _ratio(tally.mature_found.sum(), tally.mature.sum()),
        "paid_rate": _ratio(paid.sum(), false.sum()),
        "weeks_to_detection": _weeks_to_accusation(careers, np.where(fraudster, first_week, NEVER), scenario.weeks),
        "false_accusations": _ratio(100 * np.count_nonzero(accused & ~fraudster), honest_years),
        "fraud_share": _ratio(false.sum(), tally.cases - tally.true_cases),
        "fraud_providers": float(fraudster.mean()),
        "honest_denied": _ratio(tally.true_denied, tally.true_billed),
        "denied_value": tally.true_unpaid / 100 / years,
        "suppression_gain": (tally.withheld - market.ledger.totals["suppression"]) / 100 / years,
        "accepted_rate": _ratio(tally.accepted, tally.cases),
        "true_rate": _ratio(tally.true_cases, tally.cases),
    }
    return ReplicateResult(
        arm=market.arm,
        replicate=market.replicate,
        outcomes=outcomes,
        tactics=tactics,
        accounts=market.ledger.net(),
        weekly=tally.weekly,
        providers=_providers(market, net),
        sample=market.sample.columns(),
        decisions=market.history.columns() if market.history else {},
    )


def _weeks_to_accusation(careers: CareerColumns, first_week: NDArray[np.int64], weeks: int) -> float:
    """Kaplan-Meier median from the first false claim; providers accused before it are left out."""
    accused_week = careers.accused_week
    accused = accused_week != NEVER
    at_risk = (first_week != NEVER) & ~(accused & (accused_week < first_week))
    end = np.where(accused, accused_week, weeks - 1)
    return kaplan_meier_median((end - first_week)[at_risk], accused[at_risk])


def _providers(market: Market, net: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    tally, table, scenario = market.tally, market.table, market.spec
    false = tally.false_claims.sum(axis=0)
    names = np.array([*scenario.tactics, ""])
    main = np.where(false > 0, tally.false_claims.argmax(axis=0), len(names) - 1)
    rate = np.divide(tally.with_finding, tally.claims, out=np.full(len(table), np.nan), where=tally.claims > 0)
    return {
        "specialty": np.array(list(scenario.providers))[table.specialty],
        "volume": table.volume,
        "access": np.array(ACCESS)[table.access],
        "tactic": names[main],
        "claims": tally.claims,
        "false_claims": false,
        "findings": tally.findings,
        "accused_week": table.last_accused,
        "entered_week": table.entered_week,
        "honest": false == 0,
        "net_fraud_usd": net.sum(axis=0) / 100,
        "billed_finding_rate": rate,
    }


def _ratio(part: Any, whole: Any) -> float:
    return float(part) / float(whole) if whole else math.nan
