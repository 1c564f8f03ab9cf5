"""A market that has run, summed up: every figure of the catalogue, and the columns that are kept of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import ARM_METRICS, PAYER_METRICS, TACTIC_METRICS
from threatsim.market.books.run_counts import weeks_of_record
from threatsim.market.conventions import ACCESS
from threatsim.market.measures.bought import bought
from threatsim.market.measures.sums import Ratio, Sums
from threatsim.market.model import Market
from threatsim.market.result import Denominator, ReplicateResult


def replicate_result(market: Market) -> ReplicateResult:
    """Sum up a market that has run."""
    sums = Sums.of(market)
    run_counts = sums.run_counts
    found = {name: metric.resolve()(sums, None) for name, metric in ARM_METRICS.items() if not metric.avoids}
    by_tactic = {
        tactic: {name: metric.resolve()(sums, row) for name, metric in TACTIC_METRICS.items()}
        for row, tactic in enumerate(market.spec.tactics)
    }
    by_payer = {
        payer.name: {name: metric.resolve()(sums.of_payer(row), None) for name, metric in PAYER_METRICS.items()}
        for row, payer in enumerate(market.spec.payers)
    }
    return ReplicateResult(
        arm=market.arm,
        replicate=market.replicate,
        outcomes=_floats(found) | bought(sums),
        tactics={tactic: _floats(figures) for tactic, figures in by_tactic.items()},
        denominators=_denominators(found),
        tactic_denominators={tactic: _denominators(figures) for tactic, figures in by_tactic.items()},
        payers={payer: _floats(figures) for payer, figures in by_payer.items()},
        payer_denominators={payer: _denominators(figures) for payer, figures in by_payer.items()},
        accounts=market.recorded()[1].net(),
        weekly=run_counts.weekly,
        providers=_providers(market, sums),
        sample=market.sample.columns(),
        decisions=market.history.columns() if market.history else {},
    )


def _floats(found: Mapping[str, float | Ratio]) -> dict[str, float]:
    return {name: float(figure) for name, figure in found.items()}


def _denominators(found: Mapping[str, float | Ratio]) -> dict[str, Denominator]:
    return {name: Denominator(one.whole, one.clusters) for name, one in found.items() if isinstance(one, Ratio)}


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
