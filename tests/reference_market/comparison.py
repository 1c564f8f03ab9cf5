"""Both implementations run on one scenario, and how far apart their figures are."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Any

import threatsim
from tests.reference_market.week import Market
from tests.reference_market.worlds import images, scores

FIGURES = ("claims", "false_claims", "false_paid", "paid", "findings", "false_findings", "recouped", "accused")
FIGURES += ("accused_honest", "penalties", "barred", "switched")


@dataclass(frozen=True)
class Agreement:
    """A figure on both sides: means of a replicate, and the standard error of their difference."""

    figure: str
    market: float
    reference: float
    error: float

    @property
    def z(self) -> float:
        """The difference in standard errors."""
        gap = self.reference - self.market
        return gap / self.error if self.error else math.copysign(math.inf, gap) if gap else 0.0


def totals_of_market(scenario: Any, tables: Any, replicates: int) -> list[dict[str, float]]:
    """Return figures of threatsim's market; pairs of replicates, which share streams, are one unit."""
    simulation = threatsim.simulate(scenario, tables, replicates=replicates, workers=1)
    weekly = simulation.weekly
    wanted = [one for one in weekly.columns if one in FIGURES or one.startswith("false_claims_")]
    sums = weekly.groupby("replicate")[wanted].sum()
    return [sums.iloc[n : n + 2].mean().to_dict() for n in range(0, replicates, 2)]


def totals_of_reference(scenario: Any, tables: Any, replicates: int, seed: int = 0) -> list[dict[str, float]]:
    """Return figures of the second implementation, a unit a replicate."""
    data = scenario.sections.model_dump(mode="json")
    pool = {name: images(one) for name, one in tables.items()}
    calibration = {
        name: list(zip(map(float, one.calibration_scores), map(int, one.calibration_labels), strict=True))
        for name, one in tables.items()
    }
    found = []
    for n in range(replicates):
        market = Market(data, pool, calibration, seed * 10_000 + n).run()
        keys = {key for week in market.weekly for key in week}
        found.append({key: sum(week.get(key, 0) for week in market.weekly) for key in keys})
    return found


def agreement(data: dict[str, Any], replicates: int, own_replicates: int) -> list[Agreement]:
    """Run both on one scenario and return each figure on both sides."""
    scenario = threatsim.Scenario.from_dict(data)
    tactics = list(data["tactics"])
    tables = {name: scores(name, tactics) for name in data["modalities"]}
    market = totals_of_market(scenario, tables, replicates)
    reference = totals_of_reference(scenario, tables, own_replicates)
    found = []
    for figure in market[0]:
        a, b = [one[figure] for one in market], [one.get(figure, 0.0) for one in reference]
        error = math.sqrt(variance(a) / len(a) + variance(b) / len(b))
        found.append(Agreement(figure, fmean(a), fmean(b), error))
    return found
