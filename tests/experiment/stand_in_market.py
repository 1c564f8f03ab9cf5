"""A small market for the runner's tests: importable by worker processes, and quick.

Figures are drawn from (seed, replicate) alone, so that arms share their random numbers, and shift with the
audit rate.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from threatsim.catalogue.metrics import ARM_METRICS, PAYER_METRICS, TACTIC_METRICS
from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

LOG = "STAND_IN_MARKET_LOG"  # a folder: one file for each replicate that was really simulated


def simulate(
    scenario: Scenario,
    tables: Mapping[str, OutcomeTable],
    *,
    arm: str,
    replicate: int,
    seed: int,
    progress: Any = None,
    sample_rate: float = 0.01,
) -> ReplicateResult:
    if LOG in os.environ:
        (Path(os.environ[LOG]) / f"{arm}-{replicate}-{os.getpid()}-{time.monotonic_ns()}").touch()
    rng = np.random.default_rng([seed, replicate])
    effect = float(scenario.payers[0].audit.random) * 1000
    mean_score = float(next(iter(tables.values())).clean.mean())
    outcomes = {
        name: float(rng.normal(10, 1) - effect + mean_score) for name, row in ARM_METRICS.items() if not row.avoids
    }
    outcomes |= {
        "fraud_providers": 0.2,
        "weeks_to_detection": math.nan if replicate % 3 == 0 else 20.0 + replicate,
    }
    if replicate == 1:  # nobody billed falsely
        outcomes |= {"fraud_providers": 0.0, "weeks_to_detection": math.nan, "detection_rate": math.nan}
    tactics = {
        tactic: {name: float(rng.normal()) for name in TACTIC_METRICS} | {"claims": 5.0} for tactic in scenario.tactics
    }
    weeks, providers, rows = scenario.weeks, 7, 5 + replicate
    return ReplicateResult(
        arm=arm,
        replicate=replicate,
        outcomes=outcomes,
        tactics=tactics,
        payers={payer.name: {name: float(rng.normal()) for name in PAYER_METRICS} for payer in scenario.payers},
        accounts={"providers": 3.5, "payers": -3.5},
        weekly={"claims": rng.poisson(50, weeks), "paid": rng.normal(size=weeks) - effect},
        providers={
            "specialty": np.array(["eye", "skin"] * 3 + ["lung"], dtype=object),
            "honest": rng.random(providers) < 0.5,
            "accused_week": np.full(providers, -1, dtype=np.int16),
        },
        sample={
            "week": np.arange(rows, dtype=np.int16),
            "tactic": np.array(["none", "pgd_white_box", "none", "patch", "none"] + ["none"] * replicate),
            "score": rng.random(rows, dtype=np.float32),
        },
        links=np.array([[0, 1], [1, 0]]) if replicate == 0 else None,
    )


def simulate_slowly(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    time.sleep(0.2)
    return simulate(scenario, tables, **keywords)


def simulate_for_ever(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    if keywords["replicate"] >= 2:
        time.sleep(600)
    return simulate(scenario, tables, **keywords)


def simulate_with_fault(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    if (keywords["arm"], keywords["replicate"]) == ("audits_doubled", 3):
        raise ZeroDivisionError("a share of nothing")
    return simulate(scenario, tables, **keywords)


def simulate_refusing(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    raise ThreatsimError("tactic 'pgd' has no scores", hint="Compute them.")


def simulate_dying_once(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    if (keywords["arm"], keywords["replicate"]) == ("baseline", 2):
        os._exit(9)
    return simulate(scenario, tables, **keywords)


def simulate_telling_of_torch(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    result = simulate(scenario, tables, **keywords)
    heavy = {"torch", "pandas", "pyarrow", "scipy", "monai", "rich"} & set(sys.modules)
    return ReplicateResult(**{**vars(result), "accounts": dict.fromkeys(sorted(heavy), 1.0)})


def simulate_by_numbers(
    scenario: Scenario, tables: Any, *, arm: str, replicate: int, seed: int, **keywords: Any
) -> ReplicateResult:
    """Loss is 10 x damages, 2 x the cost of a reader and chance of variance 9; audits save 3 x damages - 4."""
    rng = np.random.default_rng([seed, replicate])
    damages, cost = float(scenario.law.damages), float(scenario.payers[0].readers.cost)
    saved = 0.0 if float(scenario.payers[0].audit.random) < 0.002 else 3 * damages - 4
    loss = 10 * damages + 2 * cost + rng.normal(0, 3)
    outcomes = dict.fromkeys(ARM_METRICS, 0.25) | {"payer_loss": loss - saved, "net_benefit": saved - loss}
    outcomes |= {"detection_rate": math.nan if replicate == 1_000_004 else 0.5 + rng.normal(0, 0.01)}
    return ReplicateResult(
        arm=arm,
        replicate=replicate,
        outcomes=outcomes,
        tactics={tactic: dict.fromkeys(TACTIC_METRICS, 1.0) for tactic in scenario.tactics},
        accounts={"providers": 3.5, "payers": -3.5},
        weekly={"claims": np.ones(scenario.weeks)},
        providers={"volume": np.ones(7)},
        sample={"week": np.zeros(3)},
    )
