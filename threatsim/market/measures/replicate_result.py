"""A market that has run, summed up: every figure of the catalogue, and the columns that are kept of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS
from threatsim.market.books.run_counts import weeks_of_record
from threatsim.market.conventions import ACCESS
from threatsim.market.measures.sums import Sums
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult


def replicate_result(market: Market) -> ReplicateResult:
    """Sum up a market that has run."""
    sums = Sums.of(market)
    run_counts = sums.run_counts
    tactics = {
        tactic: {name: float(metric.resolve()(sums, row)) for name, metric in TACTIC_METRICS.items()}
        for row, tactic in enumerate(market.spec.tactics)
    }
    outcomes = {name: float(metric.resolve()(sums, None)) for name, metric in ARM_METRICS.items()}
    return ReplicateResult(
        arm=market.arm,
        replicate=market.replicate,
        outcomes=outcomes,
        tactics=tactics,
        accounts=market.recorded()[1].net(),
        weekly=run_counts.weekly,
        providers=_providers(market, sums),
        sample=market.sample.columns(),
        decisions=market.history.columns() if market.history else {},
    )


def _providers(market: Market, sums: Sums) -> dict[str, NDArray[Any]]:
    run_counts, table, scenario = sums.run_counts, market.table, market.spec
    accused_week = weeks_of_record(table.last_accused, scenario.burn_in)
    false = run_counts.false_claims.sum(axis=0)
    names = np.array([*scenario.tactics, ""])
    main = np.where(false > 0, run_counts.false_claims.argmax(axis=0), len(names) - 1)
    rate = np.divide(
        run_counts.with_finding, run_counts.claims, out=np.full(len(table), np.nan), where=run_counts.claims > 0
    )
    return {
        "specialty": np.array(list(scenario.providers))[table.specialty],
        "volume": table.volume,
        "access": np.array(ACCESS)[table.access],
        "tactic": names[main],
        "claims": run_counts.claims,
        "false_claims": false,
        "findings": run_counts.findings,
        "accused_week": np.maximum(accused_week, -1),
        "entered_week": np.maximum(table.entered_week - scenario.burn_in, 0),
        "honest": false == 0,
        "net_fraud_usd": sums.net.sum(axis=0) / 100,
        "billed_finding_rate": rate,
    }
