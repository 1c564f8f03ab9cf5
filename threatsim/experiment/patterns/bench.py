"""Runs variants of a scenario's market on the same streams: what the checks of patterns compare."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.distributions import FAMILIES
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.agents import release
from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult
from threatsim.population.volumes import spread_of
from threatsim.scenario.reading.paths import expand, with_value
from threatsim.scenario.schema import Scenario

Changes = Mapping[str, Any]
Simulate = Callable[..., ReplicateResult]


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
    """Runs variants of a scenario on the same streams, each once, and measures after a burn-in.

    Every second replicate is run: 2k and 2k + 1 share all streams but that of their cases, so that no two of those run
    share their streams, and a plain t interval holds. It is for the images at hand; the chance of the test set is left
    out, since a pattern is asked of this market, not of one with other images.

    Args:
        scenario: the scenario as its baseline has it.
        tables: modality -> scores.
        simulate: runs one replicate (threatsim.market.simulation.simulate).
        scale: how large the runs are.
    """

    def __init__(
        self, scenario: Scenario, tables: Mapping[str, OutcomeTable], simulate: Simulate, scale: Scale = FULL
    ) -> None:
        small = scaled(scenario, scale.providers)
        weeks = min(scale.weeks, 2 * small.weeks)
        burn_in = max(small.burn_in, min(scale.burn_in, weeks))
        self.scenario = small.model_copy(update={"burn_in": burn_in, "weeks": weeks})
        self._tables, self._simulate, self._scale = tables, simulate, scale
        self._done: dict[str, list[ReplicateResult]] = {}
        self._billing: list[YearsOfBilling] = []

    def run(self, changes: Changes) -> list[ReplicateResult]:
        """Return the replicates with some dotted paths changed."""
        key = repr(sorted(changes.items()))
        if key not in self._done:
            variant = self.variant(changes)
            self._done[key] = [
                self._simulate(
                    variant, self._tables, arm="check", replicate=replicate, seed=variant.seed, sample_rate=0.0
                )
                for replicate in self._replicates()
            ]
        return self._done[key]

    def billing(self) -> list[YearsOfBilling]:
        """Return what practices billed in each year of the scenario as it is, a replicate each."""
        if not self._billing:
            self._billing = [self._by_year(replicate) for replicate in self._replicates()]
        return self._billing

    def variant(self, changes: Changes) -> Scenario:
        """Return the scenario with some dotted paths changed."""
        data = self.scenario.model_dump(mode="json")
        for pattern, value in changes.items():
            for path in expand(pattern, data):
                data = with_value(data, path, value)
        return Scenario.model_validate(data)

    def _replicates(self) -> range:
        return range(0, 2 * self._scale.replicates, 2)

    def _by_year(self, replicate: int) -> YearsOfBilling:
        scenario = self.scenario.model_copy(update={"weeks": self._scale.years * WEEKS_PER_YEAR})
        market = Market(scenario, self._tables, replicate=replicate, seed=scenario.seed, sample_rate=0.0)
        totals: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []

        def keep(week: int) -> None:
            if week % WEEKS_PER_YEAR == 0:
                counts, _ = market.recorded()
                totals.append((counts.claims.copy(), counts.with_finding.copy()))

        market.run(keep)
        claims, with_finding = (np.diff(np.array(column), axis=0, prepend=0) for column in zip(*totals, strict=True))
        billing = YearsOfBilling(market.table.specialty.copy(), claims, with_finding)
        release(market)
        return billing


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
