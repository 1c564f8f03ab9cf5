"""Numbers that are allowed but hardly meant: far from what they take the place of, or from what was published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError

from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import PathError, expand
from threatsim.scenario.reading.reader import load_scenario, parameters_beside
from threatsim.scenario.reading.shared_parameters import ParameterError, Parameters
from threatsim.scenario.reading.sources import sourced_numbers
from threatsim.scenario.sections.quantity import Quantity

FACTOR: Final = 100
"""A number so many times another, or so small a part of it, is likely one in other units, or a slip of the pen."""
_LIBRARY: Final = "insurance_upcoding"
"""The scenario of the library whose published numbers are held against those of one that extends nothing."""


def unlikely_numbers(loaded: LoadedScenario) -> Iterator[str]:
    """Yield the numbers that a user should look at once more, each in a line with its place.

    A bare number is held against the one it takes the place of, in the scenario extended or before `--set`; where it
    takes none, against the published one that the library has at the same place. One that has a source, a note or a
    distribution of its own was thought about.
    """
    parameters = parameters_beside(loaded.path)
    published: dict[str, Quantity] | None = None
    for path, quantity in sourced_numbers(loaded.scenario):
        if quantity.parameter or quantity.source or quantity.note or quantity.distribution or quantity.value == 0:
            continue
        try:
            at = expand(path, loaded.document.data)[0]
        except PathError:  # a default
            continue
        if at in loaded.document.replaced:
            former = _number(loaded.document.replaced[at], parameters)
        else:
            published = _published() if published is None else published
            former = published.get(path)
        if former is not None and (why := _unlike(quantity.value, former)):
            yield f"{_where(loaded, at)}: {path} is {quantity.value:,.12g}, {why}"


def _published() -> dict[str, Quantity]:
    """Return path -> number, of those that the library takes from its shared parameters."""
    numbers = sourced_numbers(load_scenario(_LIBRARY).scenario)
    return {number.path: number.quantity for number in numbers if number.quantity.parameter}


def _number(written: Any, parameters: Parameters) -> Quantity | None:
    """Return the number that was written, that of a shared parameter if it refers to one; None if it is none."""
    name = written.get("parameter") if isinstance(written, dict) else None
    try:
        if isinstance(name, str) and "value" not in written:
            dated = parameters.find(name)[0].in_force(written.get("year"))
            return dated.number.model_copy(update={"parameter": name}) if dated else None
        return Quantity.model_validate(written)
    except (ParameterError, ValidationError):
        return None


def _unlike(value: float, former: Quantity) -> str:
    """Return how a number lies far from another, or nothing."""
    number = f"{former.value:,.12g}"
    whose = f"the {number} of {former.parameter}" if former.parameter else f"the {number} before it"
    if former.value > 0 and value >= FACTOR * former.value:
        return f"{float(f'{value / former.value:.3g}'):,.12g} times {whose}"
    if former.value > 0 and 0 < value * FACTOR <= former.value:
        return f"1/{float(f'{former.value / value:.3g}'):,.12g} of {whose}"
    held = former.distribution
    if held is not None and not held.holds(value):
        return f"outside of the range of {whose}: {held.describe()}"
    return ""


def _where(loaded: LoadedScenario, at: KeyPath) -> str:
    typed = loaded.document.overridden
    above = [typed[at[:length]] for length in range(len(at), 0, -1) if at[:length] in typed]
    return above[0] if above else loaded.document.spot(at).value.within(loaded.path)
