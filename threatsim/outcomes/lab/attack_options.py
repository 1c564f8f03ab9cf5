"""From what a user types to the attack that the engine runs; what does not fit together is refused by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError

from threatsim.attacks.base import NEVER, TURNED, Goal
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import check_spec
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.registry import AttackSpec
from threatsim.common.errors import ThreatsimError
from threatsim.common.suggest import did_you_mean
from threatsim.outcomes.published.finlayson import EPSILON, PATCH_SCALE, STEPS

_WHITE_OR_BLACK: Final = ("white_box", "black_box")
_GOALS: Final[Mapping[str, Goal]] = {"turned": TURNED, "never": NEVER}


@dataclass(frozen=True)
class AttackOptions:
    """The options of `threatsim attack run`; None where the user has said nothing.

    Attributes:
        attack: name of the attack, or foolbox:Name, art:Name.
        access: what the attacker has of the classifier.
        epsilon: radius, on the pixel range, or in grey levels as "4/255".
        pixel_range: "low,high" of black and white.
        norm: linf or l2.
        steps, restarts, queries: how long it searches.
        step: step size, written as epsilon is.
        goal: turned or never.
        scale: diameter of a patch as a share of the width.
        angle: greatest rotation (degrees).
        captures: number of captures.
    """

    attack: str
    access: str | None = None
    epsilon: str | None = None
    pixel_range: str | None = None
    norm: str | None = None
    steps: int | None = None
    step: str | None = None
    restarts: int | None = None
    queries: int | None = None
    goal: str | None = None
    scale: float | None = None
    angle: float | None = None
    captures: int | None = None


@dataclass(frozen=True)
class _Kind:
    accesses: tuple[str, ...]
    takes: tuple[str, ...]
    make: Callable[[AttackOptions, dict[str, Any]], AttackSpec]


_BUDGET: Final = ("epsilon", "pixel_range", "norm")


def attack_from(options: AttackOptions) -> AttackSpec:
    """The attack that the options describe.

    Raises:
        ThreatsimError: there is no such attack, access, norm or goal; an option does not apply to the attack; or the
            budget leaves nothing to change.
    """
    library, _, called = options.attack.partition(":")
    kind = _external(library, called) if called else _KINDS.get(options.attack)
    if kind is None:
        names = [*_KINDS, "foolbox:Name", "art:Name"]
        raise ThreatsimError(
            f"there is no attack '{options.attack}'; allowed are {', '.join(names)}",
            hint=did_you_mean(options.attack, _KINDS) or None,
        )
    _refuse_what_does_not_apply(options, kind)
    common: dict[str, Any] = {}
    if options.access is not None:
        common["access"] = _among(
            "--access", options.access, kind.accesses, ("white_box", "black_box", "queries", "none")
        )
    if "norm" in kind.takes:
        common["norm"] = _among("--norm", options.norm or "linf", ("linf", "l2"))
    if options.goal is not None:
        common["goal"] = _GOALS[_among("--goal", options.goal, tuple(_GOALS))]
    common |= {
        name: value for name in ("steps", "restarts", "queries") if (value := getattr(options, name)) is not None
    }
    try:
        if "epsilon" in kind.takes:
            common["budget"] = budget_from(options.epsilon, options.pixel_range, common.pop("norm", "linf"))
        spec = kind.make(options, common)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("budget",))
        raise ThreatsimError(f"{options.attack}: {where}: {first['msg']}, got {first['input']!r}") from error
    check_spec(spec)
    return spec


def budget_from(epsilon: str | None, pixel_range: str | None, norm: str = "linf") -> PixelBudget:
    """A budget as typed: "0.02" on the pixel range (default -1,1, the paper's), or "4/255" in grey levels.

    Raises:
        ThreatsimError: it is no number, or not above 0.
    """
    low, high = _range(pixel_range)
    text = f"{EPSILON:g}" if epsilon is None else epsilon
    value, in_levels = _length("--epsilon", text)
    if value <= 0:
        raise ThreatsimError(f"--epsilon is {text}; an attack needs a budget above 0")
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
        raise ThreatsimError(f"--pixel-range is '{text}'; wanted are two numbers, as in --pixel-range=-1,1") from None
    if not low < high or not math.isfinite(low) or not math.isfinite(high):
        raise ThreatsimError(f"--pixel-range is {text}; the value of black must be below that of white")
    return low, high


def _length(option: str, text: str) -> tuple[float, bool]:
    """A length as typed, and whether it is in grey levels."""
    number, slash, levels = text.partition("/")
    try:
        value = float(number)
        if slash and levels.strip() != "255":
            raise ValueError
    except ValueError:
        raise ThreatsimError(f"{option} is '{text}'; wanted is a number, or grey levels as in 4/255") from None
    if not math.isfinite(value):
        raise ThreatsimError(f"{option} is {text}; wanted is a finite number")
    return value, bool(slash)


def _step(options: AttackOptions, budget: PixelBudget) -> float:
    """On the budget's scale; half the radius by default, as in the paper."""
    if options.step is None:
        return budget.epsilon / 2
    value, in_levels = _length("--step", options.step)
    if value <= 0:
        raise ThreatsimError(f"--step is {options.step}; a step must be above 0")
    return value / 255 * (budget.high - budget.low) if in_levels and budget.high != 255 else value


def _among(option: str, value: str, allowed: tuple[str, ...], known: tuple[str, ...] = ()) -> str:
    if value in allowed:
        return value
    fits = " for this attack" if value in known else ""
    raise ThreatsimError(
        f"{option} is '{value}'; allowed{fits} {'is' if len(allowed) == 1 else 'are'} {', '.join(allowed)}",
        hint=did_you_mean(value, allowed) or None,
    )


def _refuse_what_does_not_apply(options: AttackOptions, kind: _Kind) -> None:
    for name in (
        "epsilon",
        "pixel_range",
        "norm",
        "steps",
        "step",
        "restarts",
        "queries",
        "goal",
        "scale",
        "angle",
        "captures",
    ):
        if getattr(options, name) is not None and name not in kind.takes:
            takes = [f"--{taken.replace('_', '-')}" for taken in kind.takes]
            raise ThreatsimError(
                f"--{name.replace('_', '-')} does not apply to {options.attack}",
                hint=f"It takes {', '.join(takes)}." if takes else "It takes no option of its own.",
            )


def _pgd(options: AttackOptions, common: dict[str, Any]) -> AttackSpec:
    step = _step(options, common["budget"])
    return PGD(**{"access": "white_box", "steps": STEPS, "step": step, "goal": TURNED} | common)


def _patch(options: AttackOptions, common: dict[str, Any], place: str = "random") -> AttackSpec:
    scale = PATCH_SCALE if options.scale is None else options.scale
    return Patch(**{"access": "white_box", "scale": scale, "place": place} | common)


def _rotation(options: AttackOptions, common: dict[str, Any]) -> AttackSpec:
    return Rotation(**({"greatest": options.angle} if options.angle is not None else {}) | common)


def _captures(options: AttackOptions, common: dict[str, Any]) -> AttackSpec:
    return Captures(**({"count": options.captures} if options.captures is not None else {}) | common)


def _external(library: str, called: str) -> _Kind:
    _among("the library of --attack", library, ("foolbox", "art"))
    return _Kind(
        _WHITE_OR_BLACK,
        _BUDGET,
        lambda options, common: External(**{"library": library, "name": called} | common),
    )


_KINDS: Final[Mapping[str, _Kind]] = {
    "fgsm": _Kind(_WHITE_OR_BLACK, _BUDGET, lambda options, common: FGSM(**common)),
    "pgd": _Kind(_WHITE_OR_BLACK, (*_BUDGET, "steps", "step", "goal"), _pgd),
    "apgd": _Kind(_WHITE_OR_BLACK, (*_BUDGET, "steps", "restarts", "goal"), lambda options, common: APGD(**common)),
    "minimal_norm": _Kind(_WHITE_OR_BLACK, ("norm", "steps"), lambda options, common: MinimalNorm(**common)),
    "patch": _Kind((*_WHITE_OR_BLACK, "none"), ("scale",), _patch),
    "lens_patch": _Kind(_WHITE_OR_BLACK, ("scale",), lambda options, common: _patch(options, common, "lens")),
    "universal": _Kind(
        _WHITE_OR_BLACK, ("epsilon", "pixel_range", "steps"), lambda options, common: Universal(**common)
    ),
    "square": _Kind(("queries",), ("epsilon", "pixel_range", "queries"), lambda options, common: Square(**common)),
    "hopskipjump": _Kind(("queries",), (*_BUDGET, "queries"), lambda options, common: HopSkipJump(**common)),
    "rotation": _Kind((*_WHITE_OR_BLACK, "queries", "none"), ("angle",), _rotation),
    "captures": _Kind((*_WHITE_OR_BLACK, "queries"), ("captures",), _captures),
    "substitution": _Kind(("none",), (), lambda options, common: Substitution(**common)),
}
ATTACKS: Final = tuple(_KINDS)
"""Names that `attack run` takes, beside foolbox:Name and art:Name."""
