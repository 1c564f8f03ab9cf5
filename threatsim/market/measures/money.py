"""Figures in money. Each takes the sums of a run, and the number of a tactic or None for all of an arm."""

from __future__ import annotations

from threatsim.market.measures.sums import Ratio, Sums, ratio


def fraud_payoff(sums: Sums, tactic: int | None) -> Ratio:
    """Return USD per provider-year with a false claim that false billing brings."""
    if tactic is None:
        return ratio(sums.net.sum() / 100, sums.fraud_years)
    return ratio(sums.net[tactic].sum() / 100, sums.tactic_years[tactic])


def payer_loss(sums: Sums, tactic: int | None) -> float:
    """Return USD per year that false billing costs the payers."""
    loss = sums.loss if tactic is None else sums.loss[tactic]
    return float(loss.sum()) / 100 / sums.years


def control_cost(sums: Sums, tactic: None) -> float:
    """Return USD per year that payers spend on readers, audits and checks of images."""
    return sums.control_cost / 100 / sums.years


def denied_value(sums: Sums, tactic: None) -> float:
    """Return USD per year that true claims are short of."""
    return float(sums.run_counts.true_unpaid.sum()) / 100 / sums.years


def net_benefit(sums: Sums, tactic: None) -> float:
    """Return USD per year, below zero, of loss, control and unpaid true claims; an arm's gain is a difference."""
    return -(payer_loss(sums, None) + control_cost(sums, None) + denied_value(sums, None))


def suppression_gain(sums: Sums, tactic: None) -> float:
    """Return USD per year that payers keep by altering images, less the penalties."""
    return (sums.run_counts.suppressed_by_payer - sums.suppression_fines) / 100 / sums.years
