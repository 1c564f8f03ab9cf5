"""The cells of the frames' rows: figures with their units and intervals, of arms, tactics and payers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from threatsim.catalogue.metrics import ARM_METRICS, MetricRow
from threatsim.experiment.record.record import PayerOutcome, RunRecord, TacticOutcome
from threatsim.statistics.estimate import Estimate


def part_rows(
    record: RunRecord, kind: Literal["tactic", "payer"], metrics: Mapping[str, MetricRow]
) -> Iterator[dict[str, Any]]:
    """Yield a row for each figure of each tactic or payer of every arm, with its difference to the baseline."""
    for arm in record.arms:
        parts: Sequence[TacticOutcome | PayerOutcome] = arm.tactics if kind == "tactic" else arm.payers
        for part in parts:
            for name, estimate in in_order(part.outcomes, metrics):
                change = part.differences.get(name)
                yield {
                    "arm": arm.name,
                    kind: getattr(part, kind),
                    **metric_cells(name, metrics),
                    **estimate_cells(estimate),
                    "difference": change.value if change else None,
                    "difference_low": change.low if change else None,
                    "difference_high": change.high if change else None,
                    "detected": change.detected if change else False,
                }


def doubt_rows(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Yield a row for each figure of which draws of the uncertain numbers tell."""
    for one in record.doubt.figures if record.doubt else ():
        yield {
            "arm": one.arm,
            **metric_cells(one.figure, ARM_METRICS),
            **estimate_cells(one.both),
            "numbers_share": one.of_numbers.value,
            "numbers_share_low": one.of_numbers.low,
            "numbers_share_high": one.of_numbers.high,
        }


def driver_rows(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Yield a row for each number that a figure follows."""
    for one in record.doubt.figures if record.doubt else ():
        for driver in one.drivers:
            yield {
                "arm": one.arm,
                "metric": one.figure,
                "number": driver.number,
                "correlation": driver.correlation.value,
                "low": driver.correlation.low,
                "high": driver.correlation.high,
                "variance_share": driver.share.value if driver.share else None,
                "where_least": driver.lowest,
                "where_most": driver.highest,
            }


def draw_rows(record: RunRecord) -> Iterator[dict[str, Any]]:
    """Yield a row for each number and draw."""
    for one in record.doubt.numbers if record.doubt else ():
        for draw, value in enumerate(one.draws):
            yield {"number": one.label, "draw": draw, "value": value, "held": one.value, "unit": one.unit}


def metric_cells(name: str, metrics: Mapping[str, MetricRow]) -> dict[str, str]:
    """Return a figure's name, title and unit."""
    known = metrics.get(name)  # a record of a later threatsim of this version may have more
    return {"metric": name, "label": known.title if known else name, "unit": known.unit if known else ""}


def in_order(figures: Mapping[str, Any], metrics: Mapping[str, MetricRow]) -> Iterator[tuple[str, Any]]:
    """Yield figures in the order of the reports; a record's own is alphabetical."""
    for name in (*(one for one in metrics if one in figures), *(one for one in figures if one not in metrics)):
        yield name, figures[name]


def estimate_cells(estimate: Estimate) -> dict[str, float | int | None]:
    """Return a figure with its interval, and of how many replicates it is."""
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n}


def one_market(found: Estimate | None) -> dict[str, float | None]:
    """Return the interval of one further market."""
    return {"one_market_low": found.low if found else None, "one_market_high": found.high if found else None}


def measured_cells(part: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the fields of a part of the record, its estimates spread over three columns."""
    row = dict(part)
    for name in names:
        estimate: Estimate = row.pop(name)
        row |= {name: estimate.value, f"{name}_low": estimate.low, f"{name}_high": estimate.high}
    return row
