"""Variants of a scenario's market on the same streams: what the checks of patterns compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.distributions import FAMILIES
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.agents import release
from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.population.volumes import spread_of
from threatsim.scenario.reading.paths import expand, with_value
from threatsim.scenario.schema import Scenario

Changes = Mapping[str, Any]
BILLING: Final = "billing"
"""Name of the runs that the distribution of billing is measured over."""


@dataclass(frozen=True)
class Scale:
    """How large the runs of a check are.

    Attributes:
        providers: a larger market is scaled down to about so many: the patterns are of rates.
        replicates: of every variant.
        burn_in: weeks before anything is measured, in a scenario whose own burn-in is shorter; no more than `weeks`.
        weeks: that variants are compared over; twice the scenario's own, where that is less.
        years: that the distribution of billing is measured over.
    """

    providers: int = 300
    replicates: int = 8
    burn_in: int = 104
    weeks: int = 104
    years: int = 3


FULL = Scale()


@dataclass(frozen=True)
class YearsOfBilling:
    """What P practices billed in each of Y years.

    Attributes:
        specialty: (P,) row of the specialty of each, from 0 and in this order.
        claims, with_finding: (Y, P) claims, and those of them billed with the finding.
    """

    specialty: NDArray[np.int64]
    claims: NDArray[np.int64]
    with_finding: NDArray[np.int64]


class Bench:
    """Variants of a scenario on the same streams, measured after a burn-in: first asked for, then run all at once.

    What measures the market asks twice: before anything was run it is given no replicates, and what it asked for is
    `wanted`; once those are there (`take`) it is given them.

    Every second replicate is run: 2k and 2k + 1 share all streams but that of their cases, so that no two of those run
    share their streams, and a plain t interval holds. It is for the images at hand; the chance of the test set is left
    out, since a pattern is asked of this market, not of one with other images.

    Args:
        scenario: the scenario as its baseline has it.
        scale: how large the runs are.
    """

    def __init__(self, scenario: Scenario, scale: Scale = FULL) -> None:
        small = scaled(scenario, scale.providers)
        weeks = min(scale.weeks, 2 * small.weeks)
        burn_in = max(small.burn_in, min(scale.burn_in, weeks))
        self.scenario = small.model_copy(update={"burn_in": burn_in, "weeks": weeks})
        self._scale = scale
        self._names: dict[str, str] = {}
        self._results: dict[str, list[ReplicateResult]] = {}
        self.wanted: dict[str, Scenario] = {}

    def run(self, changes: Changes) -> list[ReplicateResult]:
        """Return the replicates with some dotted paths changed; none before they were run."""
        key = repr(sorted(changes.items()))
        if key not in self._names:
            self._names[key] = f"variant_{len(self._names)}"
            self.wanted[self._names[key]] = self.variant(changes)
        return self._results.get(self._names[key], [])

    def billing(self) -> list[YearsOfBilling]:
        """Return what practices billed in each year of the scenario as it is, a replicate each."""
        self.wanted[BILLING] = self.scenario.model_copy(update={"weeks": self._scale.years * WEEKS_PER_YEAR})
        columns = [result.providers for result in self._results.get(BILLING, [])]
        return [YearsOfBilling(one["specialty"], one["claims"], one["with_finding"]) for one in columns]

    def take(self, results: Iterable[ReplicateResult]) -> None:
        """Take the replicates that were run of what is wanted; `ReplicateResult.arm` says of which."""
        for result in results:
            self._results.setdefault(result.arm, []).append(result)

    def variant(self, changes: Changes) -> Scenario:
        """Return the scenario with some dotted paths changed."""
        data = self.scenario.model_dump(mode="json")
        for pattern, value in changes.items():
            for path in expand(pattern, data):
                data = with_value(data, path, value)
        return Scenario.model_validate(data)


def simulate_wanted(
    scenario: Scenario, tables: Mapping[str, OutcomeTable], *, arm: str, replicate: int, seed: int, **options: Any
) -> ReplicateResult:
    """Run one replicate of what a bench wants (a function of a module, so that it can run in another process).

    Args:
        scenario, tables, replicate, seed, options: as `threatsim.market.simulation.simulate` takes them.
        arm: name of what is wanted; of `BILLING` the columns of providers are `YearsOfBilling`'s, and nothing else is
            there.
    """
    if arm != BILLING:
        return simulate(scenario, tables, arm=arm, replicate=replicate, seed=seed, **options)
    market = Market(scenario, tables, replicate=replicate, seed=seed, sample_rate=0.0)
    totals: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

    def keep(week: int) -> None:
        if week % WEEKS_PER_YEAR == 0:
            counts, _ = market.recorded()
            totals.append((counts.claims.copy(), counts.with_finding.copy()))

    market.run(keep)
    claims, with_finding = (np.diff(np.array(column), axis=0, prepend=0) for column in zip(*totals, strict=True))
    columns = {"specialty": market.table.specialty.copy(), "claims": claims, "with_finding": with_finding}
    release(market)
    return ReplicateResult(arm, replicate, {}, {}, {}, weekly={}, providers=columns, sample={})


def scaled(scenario: Scenario, providers: int) -> Scenario:
    """Return the scenario with at most about so many providers, and capacities and budgets to match.

    A referral network that is a list of links names its providers, so such a scenario stays as it is.
    """
    factor = providers / sum(group.count for group in scenario.providers.values())
    if factor >= 1 or scenario.referral_network.links is not None:
        return scenario
    return resized(scenario, factor)


def resized(scenario: Scenario, factor: float) -> Scenario:
    """Return the scenario with as many times the providers, capacities and budgets."""
    data = scenario.model_dump(mode="json")
    for name, group in data["providers"].items():
        group["count"] = max(1, math.ceil(group["count"] * factor))
        if scenario.population:
            practices = scenario.population.practices[name].drawn_evenly(group["count"])
            data["population"]["practices"][name] = practices.model_dump(mode="json")
            group["volume_skew"] = {"value": spread_of(practices.volumes)}
    for payer in data["payers"]:
        payer["readers"]["capacity"] = times(payer["readers"]["capacity"], factor)
        if payer["audit"]["budget"]:
            payer["audit"]["budget"] = times(payer["audit"]["budget"], factor)
        for rule in payer["adaptation"].values():
            if rule and "after_findings" in rule:
                rule["after_findings"] = max(1, round(rule["after_findings"] * factor))
    return Scenario.model_validate(data)


def times(number: Mapping[str, Any], factor: float) -> dict[str, Any]:
    """Return a number of a scenario's plain data so many times, without the range that it had."""
    known = {key: value for key, value in number.items() if key not in FAMILIES}
    return known | {"value": number["value"] * factor}
