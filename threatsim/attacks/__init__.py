"""Attacks on image classifiers: one family a file, and the batched engine that drives them.

Reading order: `spec` (what an attack is), `budget`, `aim` (what is wanted), `domain` (what a file may be), `target`
(the classifier made ready), `search` (the loop), a family such as `apgd`, `engine`.
"""

from threatsim.attacks.aim import Aim
from threatsim.attacks.engine import Adversary, Attacked, attack
from threatsim.attacks.on_model import attack_model
from threatsim.attacks.spec import (
    APGD,
    FGSM,
    NEVER,
    PGD,
    TURNED,
    AttackSpec,
    Captures,
    External,
    Goal,
    HopSkipJump,
    MinimalNorm,
    Patch,
    PixelBudget,
    Rotation,
    Square,
    Substitution,
    Universal,
)

__all__ = [
    "APGD",
    "FGSM",
    "NEVER",
    "PGD",
    "TURNED",
    "Adversary",
    "Aim",
    "AttackSpec",
    "Attacked",
    "Captures",
    "External",
    "Goal",
    "HopSkipJump",
    "MinimalNorm",
    "Patch",
    "PixelBudget",
    "Rotation",
    "Square",
    "Substitution",
    "Universal",
    "attack",
    "attack_model",
]
