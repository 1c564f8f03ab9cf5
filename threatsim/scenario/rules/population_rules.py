"""What must hold of providers that were filled from a file: how many there are and how they differ stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from threatsim.population.columns_text import numbers_in
from threatsim.population.volumes import spread_of
from threatsim.scenario.rules.consistency import Clash, number


def population_clashes(data: Mapping[str, Any]) -> Iterator[Clash]:
    """Yield what a scenario says of its providers that the file which they come from says otherwise.

    Args:
        data: a scenario as plain data; parts that are missing or of the wrong type are passed over.
    """
    population, providers = data.get("population"), data.get("providers")
    if not isinstance(population, Mapping) or not isinstance(providers, Mapping):
        return
    practices = population.get("practices")
    file = population.get("file")
    for name, group in providers.items():
        held = practices.get(name) if isinstance(practices, Mapping) else None
        if not isinstance(group, Mapping):
            continue
        if not isinstance(held, Mapping):
            yield Clash(
                ("providers", name), f"the population file {file} has no provider of this specialty", at_key=True
            )
            continue
        yield from _differing(name, group, held, file)


def _differing(name: str, group: Mapping[str, Any], held: Mapping[str, Any], file: Any) -> Iterator[Clash]:
    try:
        volumes, factors = numbers_in(held["services"]), numbers_in(held["fee_factors"])
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    if not volumes or min(volumes) <= 0 or len(factors) != len(volumes) or min(factors) <= 0:
        text = "its columns have a service and a fee factor above 0 of each practice"
        yield Clash(("population", "practices", name), text)
        return
    count, skew = group.get("count"), number(group.get("volume_skew"))
    if isinstance(count, int) and count != len(volumes):
        text = f"the population file {file} has {len(volumes):,} providers of this specialty, so count is no other"
        yield Clash(("providers", name, "count"), text)
    if skew is not None and skew != spread_of(volumes):
        text = f"the population file {file} says how volumes differ: by {spread_of(volumes):g}, not {skew:g}"
        yield Clash(("providers", name, "volume_skew"), text)
    for index, exclusion in enumerate(held.get("excluded") or ()):
        practice, week = (
            (exclusion.get(key) for key in ("practice", "week")) if isinstance(exclusion, Mapping) else (0, 0)
        )
        until = exclusion.get("until") if isinstance(exclusion, Mapping) else None
        path = ("population", "practices", name, "excluded", index)
        if isinstance(practice, int) and practice >= len(volumes):
            yield Clash((*path, "practice"), f"there are {len(volumes):,} practices, numbered from 0")
        if isinstance(week, int) and isinstance(until, int) and until <= week:
            yield Clash((*path, "until"), f"it is {until}, and the exclusion begins in week {week}")
