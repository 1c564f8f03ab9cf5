"""The attacks of Table 1 of Finlayson et al. (`finlayson`), as this engine runs them, and controls beside them."""

from __future__ import annotations

from typing import Final

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.goal import NEVER
from threatsim.outcomes.published.finlayson import EPSILON, PATCH_SCALE, STEP, STEPS

PAPER_BUDGET: Final = PixelBudget(epsilon=EPSILON)
"""A file holds whole grey levels: two of them."""


def paper_attacks(budget: PixelBudget | None = None) -> dict[str, ImageAttack]:
    """Return the five attacks of the table with the paper's parameters.

    Args:
        budget: in place of the paper's epsilon; the step keeps its ratio to it.
    """
    allowed = budget or PAPER_BUDGET
    step = STEP / EPSILON * allowed.epsilon
    return {
        "pgd_white_box": PGD(access="white_box", budget=allowed, step=step, steps=STEPS, goal=NEVER),
        "pgd_black_box": PGD(access="black_box", budget=allowed, step=step, steps=STEPS, goal=NEVER),
        "patch_natural": Patch(access="none", scale=PATCH_SCALE),
        "patch_white_box": Patch(access="white_box", scale=PATCH_SCALE),
        "patch_black_box": Patch(access="black_box", scale=PATCH_SCALE),
    }


def control_attacks() -> dict[str, ImageAttack]:
    """Return controls that the paper does not have: patches that are not optimised, and the patch on the lens."""
    return {
        "patch_grey": Patch(access="none", scale=PATCH_SCALE, control="grey"),
        "patch_noise": Patch(access="none", scale=PATCH_SCALE, control="noise"),
        "patch_shuffled": Patch(access="none", scale=PATCH_SCALE, control="shuffled"),
        "patch_lens_white_box": Patch(access="white_box", scale=PATCH_SCALE, place="lens"),
        "patch_lens_black_box": Patch(access="black_box", scale=PATCH_SCALE, place="lens"),
    }
