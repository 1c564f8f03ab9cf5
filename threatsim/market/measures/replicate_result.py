"""A market that has run, summed up: every figure of the catalogue, and the columns that are kept of it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS
from threatsim.market.conventions import ACCESS, NO_WEEK
from threatsim.market.measures.sums import Sums
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult


def replicate_result(market: Market) -> ReplicateResult:
    """Sum up a market that has run."""
    run_counts, sums = market.run_counts, Sums.of(market)
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
        accounts=market.ledger.net(),
        weekly=run_counts.weekly,
        providers=_providers(market, sums.net),
        sample=market.sample.columns(),
        decisions=market.history.columns() if market.history else {},
    )


def _providers(market: Market, net: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    run_counts, table, scenario = market.run_counts, market.table, market.spec
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
        "accused_week": np.where(table.last_accused == NO_WEEK, -1, table.last_accused),
        "entered_week": table.entered_week,
        "honest": false == 0,
        "net_fraud_usd": net.sum(axis=0) / 100,
        "billed_finding_rate": rate,
    }
