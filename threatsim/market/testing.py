"""Checks that the author of a plug-in runs on a metric.

A check returns nothing, or raises `AssertionError` with what does not hold. It runs a market of the author's own
scenario on made-up scores (`exact_tables`), so that no image is attacked.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threatsim.catalogue.controls import CONTROLS
from threatsim.catalogue.metrics import METRICS, MetricRow
from threatsim.market.agents import release
from threatsim.market.exact_tables import exact_tables
from threatsim.market.measures.sums import Sums
from threatsim.market.model import Market
from threatsim.scenario.schema import Scenario

_NEVER_WORTH_IT = 1e9
"""A reluctance at which nobody bills falsely (USD per claim)."""


def check_metric(name: str, scenario: Scenario) -> None:
    """Check the figure that a metric's row leads to.

    It is a number, for every tactic too where the row says so; the same when it is asked again; within the range that
    its kind is cut to; and in a market in which nobody bills falsely it is a number or NaN, without an error or a
    warning.

    Args:
        name: the metric's, in the catalogue.
        scenario: a market to measure, in which some bill falsely.

    Raises:
        AssertionError: one of these does not hold.
        InputError: there is no such metric.
    """
    row = METRICS.find(name)
    with _sums_of(scenario) as sums:
        _require(bool(sums.false.any()), "nobody bills falsely in this scenario, so it shows little of a metric")
        first, again = _figures(row, scenario, sums), _figures(row, scenario, sums)
        _require(repr(first) == repr(again), "asked again, the metric gives another number")
        for figure in first:
            _check_range(row, figure)
    with _sums_of(_honest(scenario)) as sums, warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in _figures(row, scenario, sums):
            _check_range(row, figure)


def _figures(row: MetricRow, scenario: Scenario, sums: Sums) -> list[float]:
    """The figure of an arm, and of each tactic, where there are such."""
    measure: Any = row.resolve()
    asked: list[int | None] = [None] if "arm" in row.per else []
    asked += range(len(scenario.tactics)) if "tactic" in row.per else []
    found = []
    for tactic in asked:
        of_what = "an arm" if tactic is None else f"tactic {tactic}"
        try:
            found.append(float(measure(sums, tactic)))
        except Exception as error:  # a stranger's code may raise anything
            raise AssertionError(f"the metric of {of_what} fails: {error!r}") from error
    return found


def _check_range(row: MetricRow, figure: float) -> None:
    if math.isnan(figure):
        return
    _require(math.isfinite(figure), "the metric is infinite; a figure that is undefined is NaN")
    if row.kind == "share":
        _require(0 <= figure <= 1, f"the metric is a share, and {figure:.6g} is not between 0 and 1")
    elif row.kind in ("rate", "cost", "duration"):
        _require(figure >= 0, f"the metric is a {row.kind}, and {figure:.6g} is below 0")


@contextmanager
def _sums_of(scenario: Scenario) -> Iterator[Sums]:
    """What a market of the scenario adds up to."""
    market = Market(scenario, exact_tables(scenario, screens=CONTROLS), arm="check", replicate=0, seed=scenario.seed)
    for _ in range(scenario.weeks):
        market.step()
    yield Sums.of(market)
    release(market)


def _honest(scenario: Scenario) -> Scenario:
    data = scenario.model_dump(mode="json")
    data["conduct"]["reluctance_median"] = _NEVER_WORTH_IT
    return Scenario.model_validate(data)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
