"""Whether a tactic gives its attack what the catalogue says that it needs, and has the access that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from threatsim.catalogue.attack_row import AttackRow
from threatsim.catalogue.attacks import ATTACKS
from threatsim.common.suggest import did_you_mean
from threatsim.scenario.rules.consistency import Clash, number

FIELDS: Final = (
    "epsilon",
    "step",
    "steps",
    "scale",
    "queries",
    "angle",
    "captures",
    "assumed_resize",
    "attack_name",
    "arguments",
)
"""Fields of a tactic that are parameters of attacks; those of another package's own stand in `parameters`."""


def tactic_clashes(tactic: Mapping[str, Any]) -> list[Clash]:
    """Return what does not agree within one tactic, given as plain data in which empty fields may be absent."""
    row = ATTACKS[tactic["attack"]]
    low, high = tactic["pixel_range"]
    return [
        *_parameters(row, tactic),
        *_own_parameters(row, tactic.get("parameters") or {}),
        *_ranges(tactic),
        *_access(row, tactic),
        *_surrogate(row, tactic),
        *([] if low < high else [Clash(("pixel_range",), "it must be [low, high] with low < high")]),
    ]


def _parameters(row: AttackRow, tactic: Mapping[str, Any]) -> Iterator[Clash]:
    """Yield those that are fields of a tactic."""
    taken = {parameter.name: parameter for parameter in row.in_scenario() if parameter.name in FIELDS}
    given = [name for name in FIELDS if tactic.get(name) is not None]
    for name, parameter in taken.items():
        if parameter.required and name not in given:
            yield Clash((), f"attack '{row.name}' needs {name}")
    for name in given:
        if name not in taken:
            yield Clash((name,), f"attack '{row.name}' does not use it")


def _own_parameters(row: AttackRow, given: Mapping[str, Any]) -> Iterator[Clash]:
    """Yield those that another package's attack has for itself."""
    own = {
        parameter.name: parameter for parameter in row.in_scenario() if parameter.name not in (*FIELDS, "pixel_range")
    }
    for name, parameter in own.items():
        if parameter.required and given.get(name) is None:
            yield Clash((), f"attack '{row.name}' needs parameters.{name}")
    for name in given:
        if name not in own:
            text, hint = f"attack '{row.name}' has no parameter of its own by this name", did_you_mean(name, own)
            yield Clash(("parameters", name), f"{text}. {hint}" if hint else text, at_key=True)


def _ranges(tactic: Mapping[str, Any]) -> Iterator[Clash]:
    for name, most in (("epsilon", None), ("step", None), ("angle", 180)):
        value = number(tactic[name])
        if value is not None and not 0 < value <= (most or value):
            yield Clash((name,), "it must be above 0" + (f" and at most {most}" if most else ""))


def _access(row: AttackRow, tactic: Mapping[str, Any]) -> Iterator[Clash]:
    access = tactic["access"]
    if access not in row.access:
        if not row.implementation:
            yield Clash(("access",), f"attack '{row.name}' leaves the image as it is, so access must be none")
        else:
            *others, last = row.access
            allowed = f"{', '.join(others)} or {last}" if others else last
            yield Clash(("access",), f"attack '{row.name}' needs access: {allowed}")
        return
    for parameter in row.in_scenario():
        only = parameter.only_with
        if only and access != only and tactic.get(parameter.name) is not None:
            yield Clash((parameter.name,), f"{row.name} uses it only with access: {only}")


def _surrogate(row: AttackRow, tactic: Mapping[str, Any]) -> Iterator[Clash]:
    if tactic["surrogate"] is None:
        return
    if not row.any_surrogate:
        able = ", ".join(name for name, other in ATTACKS.items() if other.any_surrogate)
        yield Clash(("surrogate",), f"attack '{row.name}' cannot name a surrogate; attacks that can: {able}")
    elif tactic["access"] != "black_box":
        text = f"a surrogate is for access: black_box, and access is {tactic['access']}"
        yield Clash(("surrogate",), text)
