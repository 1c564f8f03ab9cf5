"""What common random numbers save: variance of an arm's difference to the baseline, paired and unpaired.

The flagship with policies of several sizes, scores from two normal distributions. The unpaired difference takes another
seed for the second arm. The smaller a change of policy, the more the two arms have in common, and the more pairing
saves. Run it with

    python benchmarks/pairing.py [--pairs 60] [--json]
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from market import score_table
from rich.console import Console
from rich.table import Table

from threatsim.market.simulation import simulate
from threatsim.scenario.arms import resolve_arm
from threatsim.scenario.loaded import LoadedScenario
from threatsim.scenario.loading import load_scenario
from threatsim.scenario.schema import Scenario

RAISED = {"audits_raised": 1.2, "fine_raised": 1.2}
"""Changes by a fifth: of the audits' shares, of the penalty for a claim."""
FIGURES = ("payer_loss", "control_cost", "honest_denied", "fraud_share")


def differences(pairs: int, arm: str) -> list[dict[str, Any]]:
    """A row a figure: variances of the difference of an arm to the baseline."""
    loaded = load_scenario("insurance_upcoding")
    base, other = resolve_arm(loaded, "baseline"), changed(loaded, arm)
    tables = {name: score_table(name, list(base.tactics)) for name in base.modalities}

    def figures(scenario: Any, seed: int) -> dict[str, Any]:
        runs = [
            simulate(scenario, tables, arm="a", replicate=r, seed=seed, sample_rate=0).outcomes for r in range(pairs)
        ]
        return {name: np.array([run[name] for run in runs]) for name in FIGURES}

    one, two, elsewhere = figures(base, 1), figures(other, 1), figures(other, 2)
    rows = []
    for name in FIGURES:
        paired, unpaired = (two[name] - one[name]).var(ddof=1), (elsewhere[name] - one[name]).var(ddof=1)
        rows.append(
            {
                "arm": arm,
                "figure": name,
                "pairs": pairs,
                "paired_variance": float(paired),
                "independent_variance": float(unpaired),
                "ratio": round(float(unpaired / paired), 1) if paired > 0 else None,
            }
        )
    return rows


def changed(loaded: LoadedScenario, arm: str) -> Scenario:
    """The scenario of an arm, or with a number raised by a fifth."""
    if arm not in RAISED:
        return resolve_arm(loaded, arm)
    scenario = loaded.scenario
    new: dict[str, float] = {}
    if arm == "audits_raised":
        for payer in scenario.payers:
            for part in ("random", "targeted"):
                new[f"payers.{payer.name}.audit.{part}"] = RAISED[arm] * float(getattr(payer.audit, part))
    else:
        new["law.per_claim_penalty"] = RAISED[arm] * float(scenario.law.per_claim_penalty)
    return load_scenario(loaded.path, overrides=new).scenario


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--pairs", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [
        row
        for arm in (*RAISED, "audits_doubled", "hardened_operating_point")
        for row in differences(options.pairs, arm)
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    table = Table("arm", "figure", "paired", "independent", "ratio", title="Variance of the difference to the baseline")
    for row in rows:
        numbers = (f"{row[key]:.3g}" for key in ("paired_variance", "independent_variance"))
        table.add_row(row["arm"], row["figure"], *numbers, "" if row["ratio"] is None else f"{row['ratio']} x")
    Console().print(table)


if __name__ == "__main__":
    main()
