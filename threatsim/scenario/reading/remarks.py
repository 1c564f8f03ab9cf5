"""What is allowed in a scenario but seldom meant."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from threatsim.catalogue.distributions import FAMILIES
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.reading.arms import Change, read_changes, resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import child
from threatsim.scenario.reading.unlikely import unlikely_numbers
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.relative_value import RelativeValue, is_relative

_SAID_OF_NUMBERS = {"unit", "source", "kind", "note", "parameter", "year"}
_NAMED = 3


def remarks(loaded: LoadedScenario) -> Iterator[str]:
    """Yield what a user should look at once more, each in a line, with its place in the file where it has one."""
    yield from _long_burn_in(loaded)
    yield from unlikely_numbers(loaded)
    yield from arm_remarks(loaded)


def _long_burn_in(loaded: LoadedScenario) -> Iterator[str]:
    """Yield that more weeks are run than are recorded, where this file or a `--set` says so and not another file."""
    scenario, document = loaded.scenario, loaded.document
    # A file that repeats the length of the one that it extends has said nothing.
    lengths = [
        path
        for path in (("burn_in",), ("weeks",))
        if path not in document.replaced or document.replaced[path] != document.data[path[0]]
    ]
    places = [document.spots[path].value for path in lengths if path in document.spots]
    said = [place.within(loaded.path) for place in places if place.file is None]
    said += [document.overridden[path] for path in lengths if path in document.overridden]
    if scenario.burn_in > scenario.weeks and said:
        yield (
            f"{said[0]}: the burn-in of {scenario.burn_in} weeks, which is in no figure, is longer than the record of "
            f"{scenario.weeks}"
        )


def arm_remarks(loaded: LoadedScenario, arms: Mapping[str, Scenario] | None = None) -> Iterator[str]:
    """Yield where an arm may mean something else than its author thought, each in a line with its place.

    Args:
        loaded: the scenario.
        arms: arm name -> the scenario as that arm sets it, for who has them already.
    """
    document = loaded.document
    for index, arm in enumerate(loaded.scenario.arms[1:], start=1):
        for change in read_changes(document, index)[0] if document.overridden else ():
            yield from _set_twice(loaded, arm.name, change)
        yield from _changes_nothing(loaded, arms[arm.name] if arms else resolve_arm(loaded, arm.name), index)


def _set_twice(loaded: LoadedScenario, arm: str, change: Change) -> Iterator[str]:
    """Yield what an entry of an arm means beside a `--set` of the same path."""
    given = loaded.document.overridden
    typed = {given[path]: None for path in given for target in change.targets if _overlap(path, target)}
    if not typed:
        return
    written: Any = loaded.document.data
    for part in change.entry:
        written = written[part]
    there = _listed(_shown(value) for value in change.values)
    if is_relative(written):
        relative = RelativeValue.model_validate(dict(written))
        how = f"{relative.times:g} times" if relative.plus is None else f"{relative.plus:+g} to"
        means = f"the arm has {how} what that says: {there}"
    else:
        means = f"the arm has {there} all the same"
        if all(_number(value) is not None for value in change.values):
            means += "; {times: 2} in the arm would go by what is given"
    yield f"{_at(loaded, change.entry)}: arm '{arm}' sets {change.pattern}, and so does {_listed(typed)}: {means}"


def _changes_nothing(loaded: LoadedScenario, resolved: Scenario, index: int) -> Iterator[str]:
    """Yield that an arm is the scenario as it is, or differs from it in doubt alone."""
    base, other = (_without_sources(_plain(one)) for one in (loaded.scenario, resolved))
    arm, place = loaded.scenario.arms[index].name, _at(loaded, ("arms", index))
    if base == other:
        yield f"{place}: arm '{arm}' changes nothing: it sets what the scenario has there"
    elif _without_doubt(base) == _without_doubt(other):
        yield (
            f"{place}: arm '{arm}' changes no value: it sets what the scenario has there, with another distribution "
            "or none, which tells only where doubt is asked for"
        )


def _at(loaded: LoadedScenario, path: KeyPath) -> str:
    return loaded.document.spot(path).key.within(loaded.path)


def _overlap(one: KeyPath, other: KeyPath) -> bool:
    """Return whether one of two paths leads to the other or into it."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _plain(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", exclude={"arms"})


def _without_sources(data: Any) -> Any:
    """Return plain data of which numbers say nothing but their value and distribution."""
    if isinstance(data, dict):
        number = "value" in data and "kind" in data
        return {key: _without_sources(value) for key, value in data.items() if not (number and key in _SAID_OF_NUMBERS)}
    return [_without_sources(value) for value in data] if isinstance(data, list) else data


def _without_doubt(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_doubt(value) for key, value in data.items() if not ("value" in data and key in FAMILIES)}
    return [_without_doubt(value) for value in data] if isinstance(data, list) else data


def _shown(value: Any) -> str:
    number = _number(value)
    return json.dumps(value, ensure_ascii=False) if number is None else f"{number:g}"


def _number(value: Any) -> float | None:
    """Return the number that was written, bare or in full; None if it is none."""
    number = child(value, "value") if isinstance(value, Mapping) else value
    return number if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def _listed(parts: Iterable[str]) -> str:
    several = list(dict.fromkeys(parts))
    more = f" and {len(several) - _NAMED} more" if len(several) > _NAMED else ""
    return ", ".join(several[:_NAMED]) + more
