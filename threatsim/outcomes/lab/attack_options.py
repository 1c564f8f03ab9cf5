"""From what a user types to the attack that the engine runs; what does not fit together is refused by name.

An option is a parameter of the attack's row in the catalogue, with - in place of _. Lengths are typed on the pixel
range or in grey levels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.checks import check_spec
from threatsim.catalogue.access import ACCESSES
from threatsim.catalogue.attack_row import AttackRow
from threatsim.catalogue.attacks import ATTACKS, attacks_named_in
from threatsim.common.errors import InputError
from threatsim.outcomes.published.finlayson import EPSILON


def attack_from(name: str, given: Mapping[str, Any]) -> ImageAttack:
    """Build the attack that `threatsim attack run` is called for.

    Args:
        name: of the attack, or `foolbox:Name`, `art:Name`.
        given: `access`, and parameters of the attack by name; None where the user gave nothing. `epsilon` and
            `step` are texts, on the pixel range ("0.02") or in grey levels ("4/255"), `pixel_range` is "low,high".

    Raises:
        InputError: there is no such attack, access, norm or goal; an option does not apply to the attack; or the
            budget leaves nothing to change.
    """
    row, called = _row(name)
    requested = {option: value for option, value in given.items() if value is not None}
    access = requested.pop("access", None)
    taken = {parameter.name: parameter for parameter in row.parameters if parameter.in_command}
    _refuse_what_does_not_apply(name, requested, taken)
    for parameter in taken.values():
        if parameter.choices and parameter.name in requested:
            _among(_option(parameter.name), requested[parameter.name], parameter.choices)
    values = {parameter.name: requested.get(parameter.name, parameter.default) for parameter in taken.values()}
    values["access"] = row.default_access if access is None else _access(row, access)
    values["attack_name"] = called or None
    try:
        if "epsilon" in taken:
            budget = budget_from(requested.get("epsilon"), requested.get("pixel_range"), requested.get("norm", "linf"))
            values |= {"epsilon": budget.epsilon, "pixel_range": (budget.low, budget.high)}
            if "step" in requested:
                values["step"] = _step(requested["step"], budget)
        spec: ImageAttack = row.build(values)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("budget",))
        raise InputError(
            f"{name}: {where}: {first['msg']}, got {first['input']!r}", given=str(first["input"])
        ) from error
    check_spec(spec)
    return spec


def _row(name: str) -> tuple[AttackRow, str]:
    """Find the row of an attack, and what the library calls it where it is another library's."""
    libraries = [other for other, row in ATTACKS.items() if row.library]
    library, _, called = name.partition(":")
    if called:
        return ATTACKS[_among("the library of --attack", library, libraries)], called
    names = [other for other in attacks_named_in("command") if other not in libraries]
    if name not in names:
        allowed = ", ".join([*names, *(f"{other}:Name" for other in libraries)])
        raise InputError(f"there is no attack '{name}'; allowed are {allowed}", given=name, allowed=names)
    return ATTACKS[name], ""


def _access(row: AttackRow, access: str) -> str:
    return _among("--access", access, sorted(row.access, key=lambda one: one == "none"), ACCESSES)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _refuse_what_does_not_apply(name: str, requested: Iterable[str], taken: Iterable[str]) -> None:
    for option in requested:
        if option not in taken:
            takes = ", ".join(_option(one) for one in taken)
            raise InputError(
                f"{_option(option)} does not apply to {name}",
                given=_option(option),
                hint=f"It takes {takes}." if takes else "It takes no option of its own.",
            )


def _step(text: str, budget: PixelBudget) -> float:
    """Return the step on the budget's scale."""
    value, in_levels = _length("--step", text)
    if value <= 0:
        raise InputError(f"--step is {text}; a step must be above 0", given=text)
    return value / 255 * (budget.high - budget.low) if in_levels and budget.high != 255 else value


def budget_from(epsilon: str | None, pixel_range: str | None, norm: str = "linf") -> PixelBudget:
    """Read a budget as typed: "0.02" on the pixel range (default -1,1, the paper's), or "4/255" in grey levels.

    Raises:
        InputError: it is no number, or not above 0.
    """
    low, high = _range(pixel_range)
    text = f"{EPSILON:g}" if epsilon is None else epsilon
    value, in_levels = _length("--epsilon", text)
    if value <= 0:
        raise InputError(f"--epsilon is {text}; an attack needs a budget above 0", given=text)
    wanted: Any = norm
    if in_levels:
        return PixelBudget(epsilon=value, norm=wanted, low=0, high=255)
    return PixelBudget(epsilon=value, norm=wanted, low=low, high=high)


def _range(text: str | None) -> tuple[float, float]:
    if text is None:
        return -1.0, 1.0
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            f"--pixel-range is '{text}'; wanted are two numbers, as in --pixel-range=-1,1", given=text
        ) from None
    if not low < high or not math.isfinite(low) or not math.isfinite(high):
        raise InputError(f"--pixel-range is {text}; the value of black must be below that of white", given=text)
    return low, high


def _length(option: str, text: str) -> tuple[float, bool]:
    """Read a length as typed, and whether it is in grey levels."""
    number, slash, levels = text.partition("/")
    try:
        value = float(number)
        if slash and levels.strip() != "255":
            raise ValueError
    except ValueError:
        raise InputError(f"{option} is '{text}'; wanted is a number, or grey levels as in 4/255", given=text) from None
    if not math.isfinite(value):
        raise InputError(f"{option} is {text}; wanted is a finite number", given=text)
    return value, bool(slash)


def _among(option: str, value: str, allowed: Sequence[str], known: Sequence[str] = ()) -> str:
    if value in allowed:
        return value
    fits = " for this attack" if value in known else ""
    raise InputError(
        f"{option} is '{value}'; allowed{fits} {'is' if len(allowed) == 1 else 'are'} {', '.join(allowed)}",
        given=value,
        allowed=allowed,
    )
