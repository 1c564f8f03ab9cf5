"""Points of a scenario: values at its paths, what may be varied, and the scenario that an arm has there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from threatsim.common.digest import digest_of_bytes
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.experiment.record.fingerprint import canonical_json
from threatsim.questions.pictures import needs_attacks
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.explain import explain
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import SAME_IN_ALL_ARMS, PathError, at, child, expand, keeping_unit, slot_at
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.quantity import is_written_out

_LISTED: Final = 6
"""Values that are listed of a point that makes no scenario; of more only how many."""


def check_paths(loaded: LoadedScenario, paths: Iterable[str], option: str) -> None:
    """Refuse paths that lead nowhere, or to what cannot vary.

    Raises:
        InputError: for the first of them.
    """
    for path in paths:
        location = f"{option} {path}"
        if path.split(".")[0] in SAME_IN_ALL_ARMS:
            raise InputError(
                f"'{path}' cannot vary: it says what the run is, not what happens in it", given=path, location=location
            )
        if needs_attacks(path):
            raise InputError(
                f"'{path}' cannot vary here: every value of it would need attacks of its own",
                given=path,
                location=location,
                hint="Write a tactic for each value, and vary which of them are available.",
            )
        try:
            expand(path, loaded.document.data)
        except PathError as error:
            raise InputError(str(error), given=path, location=location, hint=error.hint or None) from None


def at_point(loaded: LoadedScenario, values: Mapping[str, Any]) -> LoadedScenario:
    """Return a scenario with values set in it, before its arms are: what an arm says by a number goes by the new one.

    Args:
        loaded: the scenario.
        values: dotted path -> value.
    """
    data = deepcopy(loaded.document.data)
    for pattern, value in values.items():
        for path in expand(pattern, data):
            _put(data, path, value, loaded.scenario)
    return replace(loaded, document=replace(loaded.document, data=data))


def _put(data: dict[str, Any], path: KeyPath, value: Any, scenario: Scenario) -> None:
    """Set a value in plain data; a bare number keeps the unit of the one it replaces.

    A section that is written as one number, as `law.collected` may be, is first written out as the scenario has it.
    """
    holder: Any = data
    for place, following in enumerate(path[1:], start=1):
        part = path[place - 1]
        inside = child(holder, part)
        if inside is not None and _is_number(inside, path[:place]):
            holder[part] = at(scenario.model_dump(mode="json"), path[:place])
        elif not isinstance(inside, (dict, list)):
            holder[part] = [] if isinstance(following, int) else {}
        holder = holder[part]
    slot = slot_at(path)
    former = child(holder, path[-1])
    holder[path[-1]] = keeping_unit(value, former) if slot and slot.is_quantity else value


def _is_number(inside: Any, path: KeyPath) -> bool:
    slot = slot_at(path)
    if slot is None or slot.is_quantity or slot.model is None:
        return False
    return not isinstance(inside, dict) or is_written_out(inside)


def point_number(values: Mapping[str, Any]) -> int:
    """Return what a point is called: 0 for the scenario as it is, else a number of 62 bits made of its values."""
    return int(digest_of_bytes(canonical_json(dict(values)).encode()), 16) >> 2 if values else 0


def scenario_at(loaded: LoadedScenario, values: Mapping[str, Any], arm: str) -> Scenario:
    """Return the scenario that an arm has at a point.

    Args:
        loaded: the scenario.
        values: dotted path -> value.
        arm: name of the arm.

    Raises:
        ThreatsimError: the values do not make a scenario.
    """
    there = at_point(loaded, values)
    try:
        return resolve_arm(there, arm)
    except ValidationError as error:
        first, *_ = explain(error.errors(), there.document.data, lambda path, key: None)
        few = list(values.items())[:_LISTED]
        more = f" and {len(values) - len(few)} more" if len(values) > len(few) else ""
        listed = ", ".join(f"{path} {value!r}" for path, value in few)
        hints = [first.hint, f"The values were: {listed}{more}."]
        raise ThreatsimError(f"in arm '{arm}': {first.text}", hint=" ".join(filter(None, hints))) from None


def telling_points(points: Sequence[Mapping[str, Any]], most: int = 64) -> list[Mapping[str, Any]]:
    """Return all points if they are few, else those at which a path has its least or largest value, or a new word.

    Args:
        points: of a design; a path that a point has not stays at the scenario's value there.
        most: how many are few; of more, about so many are taken from everywhere in the design as well.
    """
    if len(points) <= most:
        return list(points)
    chosen = set(range(0, len(points), -(-len(points) // most)))
    for path in dict.fromkeys(path for point in points for path in point):
        values = {place: point[path] for place, point in enumerate(points) if path in point}
        if all(isinstance(value, (int, float)) for value in values.values()):
            chosen |= {pick(values, key=values.__getitem__) for pick in (min, max)}
        else:
            chosen |= set({repr(value): place for place, value in values.items()}.values())
    return [points[place] for place in sorted(chosen)]


def check_points(loaded: LoadedScenario, points: Sequence[Mapping[str, Any]], arms: Sequence[str], option: str) -> None:
    """Refuse, before any attack or market, points that do not make a scenario.

    To make one takes 10 ms, so of many points those are tried at which a path has its lowest or highest value, and
    some between; one that fails elsewhere is told among the failures of its markets.

    Args:
        loaded: the scenario.
        points: dotted path -> value each.
        arms: names of those that are run.
        option: where the values were written.

    Raises:
        InputError: for the first of them.
    """
    for values in telling_points(points):
        for arm in arms:
            try:
                scenario_at(loaded, values, arm)
            except ThreatsimError as error:
                given = ", ".join(values)
                raise InputError(error.message, given=given, location=option, hint=error.hint) from None
