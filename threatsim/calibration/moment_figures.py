"""What a market is measured by: the figures of the catalogue, and those that published moments need beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.patterns.bench import YearsOfBilling
from threatsim.experiment.patterns.measures import outlying
from threatsim.market.agents import release
from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.market.measures.replicate_result import replicate_result
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario


class MeasuredMarket(NamedTuple):
    """What a market left.

    Attributes:
        result: its figures and weekly columns.
        billing: what practices billed in each whole year of the record.
        weeks: the weeks of the record that are meant, from 0, the second not included.
    """

    result: ReplicateResult
    billing: YearsOfBilling
    weeks: tuple[int, int]

    def a_year(self, column: str) -> float:
        """Return a weekly column of the weeks meant, as a sum a year."""
        first, last = self.weeks
        return float(self.result.weekly[column][first:last].sum()) * WEEKS_PER_YEAR / (last - first)


@dataclass(frozen=True)
class MomentFigureRow:
    """A figure that moments need.

    Attributes:
        unit: of it.
        meaning: what it is.
        of: gives it of a market; NaN where undefined.
        windowed: whether it can be of some weeks of the record alone.
        years: whole years that the record must have.
    """

    unit: str
    meaning: str
    of: Callable[[MeasuredMarket], float]
    windowed: bool = False
    years: int = 0


def _sum(column: str, unit: str, meaning: str) -> MomentFigureRow:
    return MomentFigureRow(unit, meaning, lambda market: market.a_year(column), windowed=True)


def _corrected(market: MeasuredMarket) -> float:
    claims = market.a_year("claims")
    return market.a_year("findings") / claims if claims > 0 else float("nan")


def _lost(market: MeasuredMarket) -> float:
    paid = market.a_year("paid")
    return float(market.result.outcomes["payer_loss"]) / paid if paid > 0 else float("nan")


def _coded(market: MeasuredMarket) -> float:
    claims = market.result.providers["claims"]
    rate = market.result.providers["billed_finding_rate"]
    return float(np.nansum(rate * claims)) / max(float(claims.sum()), 1.0)


OWN_FIGURES: Final[dict[str, MomentFigureRow]] = {
    "outliers": MomentFigureRow(
        "share of practices",
        "practices that bill the finding over 2 standard deviations above their specialty's mean in any year",
        lambda market: float(outlying(market.billing).any(axis=0).mean()),
        years=1,
    ),
    "lasting_outliers": MomentFigureRow(
        "share of practices",
        "the same in every year of the record",
        lambda market: float(outlying(market.billing).all(axis=0).mean()),
        years=2,
    ),
    "coded_share": MomentFigureRow("share of claims", "claims billed with the finding", _coded),
    "corrected_share": MomentFigureRow("share of claims", "claims that audits find false", _corrected, windowed=True),
    "billed_claims": _sum("claims", "claims per year", "claims billed"),
    "false_claims": _sum("false_claims", "claims per year", "false claims"),
    "paid": _sum("paid", "USD per year", "what payers pay"),
    "false_paid": _sum("false_paid", "claims per year", "false claims that were paid"),
    "share_lost": MomentFigureRow("share of payments", "payer loss by what payers pay", _lost),
    "recouped": _sum("recouped", "USD per year", "what audits take back"),
    "penalties": _sum("penalties", "USD per year", "damages and penalties collected"),
}
"""Figures beside those of the catalogue."""


def figure_names() -> tuple[str, ...]:
    """Return what moments may be of."""
    means = (name for name, row in ARM_METRICS.items() if row.kind not in ("duration", "change"))
    return (*OWN_FIGURES, *means)


def unit_of_figure(name: str) -> str:
    """Return the unit of a figure."""
    return OWN_FIGURES[name].unit if name in OWN_FIGURES else ARM_METRICS[name].unit


class WantedFigure(NamedTuple):
    """A figure of a market, of all weeks of the record or of some.

    Attributes:
        name: one of `figure_names`.
        weeks: first and last week, from 1; None for all.
    """

    name: str
    weeks: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """What it is kept under."""
        return f"{self.name}@{self.weeks[0]}-{self.weeks[1]}" if self.weeks else self.name


@dataclass(frozen=True)
class SimulateMoments:
    """Runs one replicate for the figures that moments need (`threatsim.experiment.execution.cells.Simulate`).

    Attributes:
        wanted: the figures.
    """

    wanted: tuple[WantedFigure, ...]

    def __call__(
        self,
        scenario: Scenario,
        tables: Mapping[str, OutcomeTable],
        *,
        arm: str,
        replicate: int,
        seed: int,
        progress: Callable[[int], None] | None = None,
        sample_rate: float = 0.0,
        claims_file: Path | None = None,
    ) -> ReplicateResult:
        """Return a result whose outcomes are the figures wanted, by their keys, and which has nothing else."""
        market = Market(scenario, tables, arm=arm, replicate=replicate, seed=seed, sample_rate=0.0)
        years: list[tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], ...]] = []

        def keep(week: int) -> None:
            if week % WEEKS_PER_YEAR == 0:
                counts, _ = market.recorded()
                years.append((counts.claims.copy(), counts.with_finding.copy()))
            if progress is not None:
                progress(week)

        market.run(keep)
        result = replicate_result(market)
        empty = np.zeros((0, len(market.table)), np.int64)
        columns = zip(*years, strict=True) if years else ()
        claims, with_finding = [np.diff(np.array(one), axis=0, prepend=0) for one in columns] or [empty, empty]
        billing = YearsOfBilling(market.table.specialty.copy(), claims, with_finding)
        release(market)
        outcomes = {one.key: _figure(one, result, billing, scenario.weeks) for one in self.wanted}
        return ReplicateResult(arm, replicate, outcomes, {}, {}, {}, {}, {})


def _figure(wanted: WantedFigure, result: ReplicateResult, billing: YearsOfBilling, weeks: int) -> float:
    if wanted.name not in OWN_FIGURES:
        return float(result.outcomes[wanted.name])
    first, last = wanted.weeks or (1, weeks)
    return OWN_FIGURES[wanted.name].of(MeasuredMarket(result, billing, (first - 1, last)))
