"""Replicates of the whole library and of every rule of conduct, as hashes. Run by `test_market.py` in a child.

With names of scenarios after it, of these alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.processors.switches import exact, print_report
from threatsim.catalogue.distributions import Beta, Distribution, Lognormal, Normal, Triangular, Uniform
from threatsim.experiment.controls_used import controls_used
from threatsim.experiment.doctor.digests import replicate_digests
from threatsim.experiment.doctor.probe_scenario import PROBE_CONTROLS, RULES, probe_scenario
from threatsim.experiment.outer_loop import outer_loop
from threatsim.market.exact_tables import exact_tables
from threatsim.market.simulation import simulate
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import scenario_names
from threatsim.scenario.schema import Scenario

MOST_PROVIDERS: Final = 20
"""Of a specialty; the national year has thousands."""
MOST_WEEKS: Final = 12
MOST_BURN_IN: Final = 8
DRAWS: Final = 40

FAMILIES: Final[tuple[Distribution, ...]] = (
    Normal(mean=3, sd=2),
    Lognormal(median=40, sigma=0.7),
    Beta(alpha=2.5, beta=7),
    Beta(alpha=0.4, beta=0.6),
    Triangular(low=1, mode=2, high=7),
    Uniform(low=0.1, high=0.7),
)


def main() -> None:
    """Compute and print."""
    print_report(dict([*_library(sys.argv[1:] or scenario_names()), *_conduct(), *_drawn()]))


def _library(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in names:
        loaded = load_scenario(name)
        arms = {arm.name: _smaller(resolve_arm(loaded, arm.name)) for arm in loaded.scenario.arms}
        controls = dict.fromkeys(use.name for use in controls_used(arms.values()))
        tables = exact_tables(loaded.scenario, controls=controls)
        for arm, scenario in arms.items():
            yield from _replicate(f"{name}.{arm}", scenario, tables, 0)
        # Numbers are drawn for all arms alike, and each draw of the law costs a table of its own.
        arm, scenario = next(iter(arms.items()))
        loop = outer_loop({arm: scenario}, draws=2, seed=scenario.seed)
        of_draw = loop.replicates[-1]
        yield from _replicate(f"{name}.{arm}", loop.scenario_of(arm, scenario, of_draw), tables, of_draw)


def _smaller(scenario: Scenario) -> Scenario:
    data = scenario.model_dump(mode="json")
    for group in data["providers"].values():
        group["count"] = min(MOST_PROVIDERS, group["count"])
    return Scenario.model_validate(
        data | {"weeks": min(MOST_WEEKS, scenario.weeks), "burn_in": min(MOST_BURN_IN, scenario.burn_in)}
    )


def _conduct() -> Iterator[tuple[str, str]]:
    """Payers that adapt, before providers of every rule, for a longer year than the probe's."""
    for rule in RULES:
        scenario = Scenario.model_validate(probe_scenario(rule).model_dump(mode="json") | {"weeks": MOST_WEEKS})
        tables = exact_tables(scenario, controls=PROBE_CONTROLS)
        for replicate in range(4):
            yield from _replicate(rule, scenario, tables, replicate)


def _replicate(name: str, scenario: Scenario, tables: Any, replicate: int) -> Iterator[tuple[str, str]]:
    result = simulate(scenario, tables, arm="a", replicate=replicate, seed=scenario.seed, sample_rate=0.2)
    for part, found in replicate_digests(result).items():
        yield f"{name}.{replicate}.{part}", found


def _drawn() -> Iterator[tuple[str, str]]:
    """Uncertain numbers of every family, free and cut, each as it is and with what lies within its bounds."""
    for number, family in enumerate(FAMILIES):
        for low, high in ((0.0, None), (0.2, 0.6), (1.5, 6.5)):
            name = f"drawn.{number} {family.describe()}.{low} to {high}"
            if family.within(low, high) <= 0.01:
                continue
            yield f"{name}.within", exact(family.within(low, high))
            for step in range(DRAWS):
                yield f"{name}.{step}", exact(family.quantile((step + 0.5) / DRAWS, low, high))


if __name__ == "__main__":
    main()
