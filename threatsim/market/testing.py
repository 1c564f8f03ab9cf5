"""Checks that the author of a plug-in runs on a metric or a conduct rule.

A check returns nothing, or raises `AssertionError` with what does not hold. No image is attacked: a market runs on
made-up scores (`exact_tables`).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.catalogue.controls import CONTROLS
from threatsim.catalogue.metrics import METRICS, MetricRow
from threatsim.market.agents import release
from threatsim.market.conduct.rule import ConductRule
from threatsim.market.exact_tables import exact_tables
from threatsim.market.measures.sums import Sums
from threatsim.market.model import Market
from threatsim.market.providers.options import Floats, with_honesty
from threatsim.scenario.schema import Conduct, Scenario

_PROVIDERS = 40
_NEVER_WORTH_IT = 1e9
"""A reluctance at which nobody bills falsely (USD per claim)."""


def check_metric(name: str, scenario: Scenario) -> None:
    """Check the figure that a metric's row leads to.

    It is a number, for every tactic and payer too where the row says so; the same at a second call; within the range
    that its kind is cut to; and in a market in which nobody bills falsely it is a number or NaN, without an error or a
    warning.

    Args:
        name: the metric's, in the catalogue.
        scenario: a market to measure, in which some bill falsely.

    Raises:
        AssertionError: one of these does not hold.
        InputError: there is no such metric.
    """
    row = METRICS.find(name)
    _require(not row.avoids, f"{name} is worked out from two arms, so that nothing runs in a market")
    with _sums_of(scenario) as sums:
        _require(bool(sums.false.any()), "nobody bills falsely in this scenario, so it shows little of a metric")
        first, again = _figures(row, scenario, sums), _figures(row, scenario, sums)
        _require(repr(first) == repr(again), "at a second call, the metric gives another number")
        for figure in first:
            _check_range(row, figure)
    with _sums_of(_honest(scenario)) as sums, warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in _figures(row, scenario, sums):
            _check_range(row, figure)


def check_conduct_rule(name: str, conduct: Conduct) -> None:
    """Check the rule of conduct that a row leads to.

    Every provider gets an option that it may choose; the same options and the same stream give the same choice; a
    provider goes by its own options alone; and as many random numbers are drawn whatever the options are worth, so that
    arms of a comparison share their chance.

    Args:
        name: the rule's, in the catalogue.
        conduct: its parameters; the rule that it names is not read.

    Raises:
        AssertionError: one of these does not hold.
        InputError: there is no such rule.
    """
    row = CONDUCT_RULES.find(name)
    first, other = _utility(1), _utility(2)
    mixed = np.concatenate([first[: _PROVIDERS // 2], other[_PROVIDERS // 2 :]])
    runs = [_choices(row.resolve()(conduct), utility) for utility in (first, first, mixed, other)]
    for utility, (chosen, _) in zip((first, first, mixed, other), runs, strict=True):
        allowed = np.isfinite(with_honesty(utility))
        for option in chosen:
            _require(option.shape == (_PROVIDERS,), f"the choice has shape {option.shape} for {_PROVIDERS} providers")
            _require(np.issubdtype(option.dtype, np.integer), "the choice is no column number")
            within = (option >= 0) & (option < allowed.shape[1])
            _require(bool(within.all()), f"a choice is not one of the {allowed.shape[1]} columns")
            _require(bool(allowed[np.arange(_PROVIDERS), option].all()), "a provider chooses what it cannot")
    (one, drawn), (again, _), (half, _), (_, drawn_otherwise) = runs
    _require(np.array_equal(one, again), "the same options and stream give another choice")
    kept = slice(_PROVIDERS // 2)
    _require(np.array_equal(np.array(one)[:, kept], np.array(half)[:, kept]), "a provider goes by others' options")
    _require(drawn == drawn_otherwise, "how many random numbers are drawn depends on what the options are worth")


def _choices(rule: ConductRule, utility: Floats) -> tuple[list[NDArray[np.int64]], object]:
    """Three choices with what they brought learnt and a newcomer in between, and where the stream then stands."""
    generator = np.random.default_rng(3)
    gained, everyone = np.linspace(-50, 50, _PROVIDERS), np.arange(_PROVIDERS)
    found = []
    rule.enter(everyone, lambda rows: utility[rows])
    for _ in range(3):
        found.append(rule.choose(everyone, lambda rows: utility[rows], generator).option)
        rule.learn(everyone, lambda: gained, np.full(_PROVIDERS, 4))
        rule.enter(np.array([2]), lambda rows: utility[rows])
    return found, generator.bit_generator.state


def _utility(seed: int) -> Floats:
    """Return (P, 4, 2) USD a week; some options cannot be chosen."""
    generator = np.random.default_rng(seed)
    utility = generator.normal(-20, 60, (_PROVIDERS, 4, 2))
    utility[generator.random((_PROVIDERS, 4)) < 0.3] = -np.inf
    return utility


def _figures(row: MetricRow, scenario: Scenario, sums: Sums) -> list[float]:
    """Return the figure of an arm, of each tactic and of each payer, where there are such."""
    measure: Any = row.resolve()
    wanted: list[tuple[str, Sums, int | None]] = [("an arm", sums, None)] if "arm" in row.per else []
    if "tactic" in row.per:
        wanted += [(f"tactic {tactic}", sums, tactic) for tactic in range(len(scenario.tactics))]
    if "payer" in row.per:
        wanted += [(f"payer {payer}", sums.of_payer(payer), None) for payer in range(len(scenario.payers))]
    found = []
    for of_what, part, tactic in wanted:
        try:
            found.append(float(measure(part, tactic)))
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
    """Yield what a market of the scenario adds up to."""
    market = Market(scenario, exact_tables(scenario, controls=CONTROLS), arm="check", replicate=0, seed=scenario.seed)
    market.run()
    yield Sums.of(market)
    release(market)


def _honest(scenario: Scenario) -> Scenario:
    data = scenario.model_dump(mode="json")
    data["conduct"]["reluctance_median"] = _NEVER_WORTH_IT
    return Scenario.model_validate(data)


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
