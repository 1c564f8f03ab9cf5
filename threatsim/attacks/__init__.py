"""Attacks on image classifiers: one family a file, and the batched engine that drives them.

Reading order: `base` (what every attack has), `budget`, `goal` (when one stops), `families/pgd` (one attack: what it is
and how it is run), `families/`, `search/` (what the families share), `threat_model` (victim and attacker),
`trained_patches`, `patch_checkpoints` (how far their training is), `checks` (what is refused), `engine` (one attack on
many cases), `on_model`.
"""

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import Attacked, attack
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
from threatsim.attacks.goal import NEVER, UNTIL_SUCCESS, Goal
from threatsim.attacks.on_model import attack_model
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.classifiers.resizing.resized_classifier import ResizedClassifier

__all__ = [
    "APGD",
    "FGSM",
    "NEVER",
    "PGD",
    "UNTIL_SUCCESS",
    "Attacked",
    "AttackedImages",
    "Batch",
    "Captures",
    "External",
    "Goal",
    "HopSkipJump",
    "ImageAttack",
    "MinimalNorm",
    "Patch",
    "PixelBudget",
    "ResizedClassifier",
    "Rotation",
    "Square",
    "Substitution",
    "TargetDecision",
    "ThreatModel",
    "Universal",
    "attack",
    "attack_model",
]
