"""What each attack that a tactic may name needs, what it may also be given, and what the attacker must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from threatsim.scenario.rules.consistency import Clash, number

_TRAINED = ("white_box", "black_box")


@dataclass(frozen=True)
class AttackRule:
    """What a scenario says of one attack.

    Attributes:
        needs: fields that it must be given.
        access: what the attacker may have of the classifier.
        may: fields that it may be given.
        alters_file: whether the file that the device captured is changed or exchanged, so that a signature fails.
        patch: whether a reader can see a patch.
        exchanged: whether the image shows another patient.
        codes: whether it is made on the codes of a claim, and not on an image.
        any_surrogate: whether it can be computed on a surrogate of any kind, and not only on the one that a patch, for
            instance, was trained on ahead.
    """

    needs: tuple[str, ...]
    access: tuple[str, ...]
    may: tuple[str, ...] = ()
    alters_file: bool = True
    patch: bool = False
    exchanged: bool = False
    codes: bool = False
    any_surrogate: bool = False


ATTACKS: Mapping[str, AttackRule] = {
    "none": AttackRule((), ("none",), alters_file=False),
    "substitution": AttackRule((), ("none",), exchanged=True),
    "captures": AttackRule(("captures",), (*_TRAINED, "queries"), alters_file=False),
    "rotation": AttackRule(("angle",), ("none", *_TRAINED, "queries"), alters_file=False),
    "fgsm": AttackRule(("epsilon",), _TRAINED, any_surrogate=True),
    "pgd": AttackRule(("epsilon", "step", "steps"), _TRAINED, any_surrogate=True),
    "apgd": AttackRule(("epsilon",), _TRAINED, may=("steps",), any_surrogate=True),
    "universal": AttackRule(("epsilon",), _TRAINED, any_surrogate=True),
    "square": AttackRule(("epsilon", "queries"), ("queries",)),
    "hopskipjump": AttackRule(("epsilon", "queries"), ("queries",)),
    "patch": AttackRule(("scale",), ("none", *_TRAINED), patch=True),
    "lens_patch": AttackRule(("scale",), _TRAINED, alters_file=False, patch=True),
    "foolbox": AttackRule(("epsilon", "attack_name"), _TRAINED, may=("arguments",)),
    "art": AttackRule(("epsilon", "attack_name"), _TRAINED, may=("arguments",)),
    "code_swap": AttackRule((), ("none", *_TRAINED, "queries"), may=("queries",), alters_file=False, codes=True),
}
FIELDS = ("epsilon", "step", "steps", "scale", "queries", "angle", "captures", "attack_name", "arguments")


def tactic_clashes(tactic: Mapping[str, Any]) -> list[Clash]:
    """What does not agree within one tactic, given as plain data in which every field is there."""
    attack, access = tactic["attack"], tactic["access"]
    rule = ATTACKS[attack]
    given = [name for name in FIELDS if tactic[name] is not None]
    found = [Clash((), f"attack '{attack}' needs {name}") for name in rule.needs if name not in given]
    found += [
        Clash((name,), f"attack '{attack}' does not use it") for name in given if name not in (*rule.needs, *rule.may)
    ]
    for name, most in (("epsilon", None), ("step", None), ("angle", 180)):
        value = number(tactic[name])
        if value is not None and not 0 < value <= (most or value):
            found.append(Clash((name,), "it must be above 0" + (f" and at most {most}" if most else "")))
    if access not in rule.access:
        if attack == "none":
            found.append(Clash(("access",), "attack 'none' leaves the image as it is, so access must be none"))
        else:
            *others, last = rule.access
            allowed = f"{', '.join(others)} or {last}" if others else last
            found.append(Clash(("access",), f"attack '{attack}' needs access: {allowed}"))
    if attack == "code_swap" and access in rule.access and access != "queries" and "queries" in given:
        found.append(Clash(("queries",), "code_swap uses it only with access: queries"))
    if tactic["surrogate"] is not None and not rule.any_surrogate:
        able = ", ".join(name for name, other in ATTACKS.items() if other.any_surrogate)
        found.append(Clash(("surrogate",), f"attack '{attack}' cannot name a surrogate; attacks that can: {able}"))
    elif tactic["surrogate"] is not None and access != "black_box":
        found.append(Clash(("surrogate",), f"a surrogate is for access: black_box, and access is {access}"))
    low, high = tactic["pixel_range"]
    if low >= high:
        found.append(Clash(("pixel_range",), "it must be [low, high] with low < high"))
    return found
