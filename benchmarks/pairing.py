"""What common random numbers save: variance of an arm's difference to the baseline, paired and unpaired.

The flagship with policies of several sizes, scores from two normal distributions. The unpaired difference takes another
seed for the second arm. Luck lies by row, and all cases of a week are drawn whatever the policy, so it lines up in
every arm. What pairing saves then depends on how much the arms' figures have in common. Beside the ratio stand

- the correlation of the two arms' figures on the same streams, and the ratio that a correlation of 1 would give: it is
  bounded where a policy changes how much a figure varies;
- how much of the difference's variance goes with the baseline's figure: a policy that takes away a share of the loss
  takes more where there is more.

Run it with

    python benchmarks/pairing.py [--pairs 100] [--json]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from market import score_table
from rich.console import Console
from rich.table import Table

from threatsim.market.simulation import simulate
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

RAISED = {"audits_raised": 1.2, "fine_raised": 1.2}
"""Changes by a fifth: of the audits' shares, of the penalty for a claim."""
FIGURES = ("payer_loss", "control_cost", "honest_denied", "fraud_share")


def figures(scenario: Scenario, seed: int, pairs: int) -> dict[str, np.ndarray]:
    """Figure -> (pairs,) its value in each replicate."""
    tables = {name: score_table(name, list(scenario.tactics)) for name in scenario.modalities}
    runs = [simulate(scenario, tables, arm="a", replicate=r, seed=seed, sample_rate=0).outcomes for r in range(pairs)]
    return {name: np.array([run[name] for run in runs]) for name in FIGURES}


def differences(pairs: int, arms: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Return a row an arm and figure: variances of its difference to the baseline."""
    loaded = load_scenario("insurance_upcoding")
    base = figures(resolve_arm(loaded, "baseline"), 1, pairs)
    for arm in arms:
        other = changed(loaded, arm)
        yield from _rows(arm, base, figures(other, 1, pairs), figures(other, 2, pairs))


def _rows(
    arm: str, one: dict[str, np.ndarray], two: dict[str, np.ndarray], elsewhere: dict[str, np.ndarray]
) -> list[dict[str, Any]]:
    rows = []
    for name in FIGURES:
        change = two[name] - one[name]
        paired, unpaired = change.var(ddof=1), (elsewhere[name] - one[name]).var(ddof=1)
        spread = np.array([one[name].std(ddof=1), two[name].std(ddof=1)])
        rows.append(
            {
                "arm": arm,
                "figure": name,
                "pairs": len(change),
                "paired_variance": float(paired),
                "independent_variance": float(unpaired),
                "ratio": round(float(unpaired / paired), 1) if paired > 0 else None,
                "correlation": round(float(np.corrcoef(one[name], two[name])[0, 1]), 3),
                "ratio_at_correlation_1": round(float((spread**2).sum() / (spread[1] - spread[0]) ** 2), 1),
                "goes_with_baseline": round(float(np.corrcoef(one[name], change)[0, 1] ** 2), 2),
            }
        )
    return rows


def changed(loaded: LoadedScenario, arm: str) -> Scenario:
    """Return the scenario of an arm, or with a number raised by a fifth."""
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
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = list(differences(options.pairs, (*RAISED, "audits_doubled", "hardened_operating_point")))
    if options.json:
        print(json.dumps(rows, indent=2))
        return
    table = Table(*rows[0], title="Variance of the difference to the baseline")
    for row in rows:
        table.add_row(*(f"{value:.3g}" if isinstance(value, float) else str(value) for value in row.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
