"""What Bortsova et al. 2021 (Medical Image Analysis 73:102141) found to decide whether attacks transfer.

Tables 3 to 5 of the paper: AUROC of the victim under attacks crafted on a surrogate, mean of FGSM and PGD at epsilon
0.02 on [-1, 1]. Here: the attacks that its grid is tried with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.goal import NEVER
from threatsim.outcomes.published.finlayson import EPSILON, STEP, STEPS

SOURCE: Final = "Bortsova et al. 2021, Medical Image Analysis 73:102141, Tables 3 to 5"
LARGER: Final = 0.06
"""The largest epsilon of the paper's Table 2, on [-1, 1]."""
MOMENTUM: Final = 1.0
"""Decay of Dong et al. 2018 (arXiv 1710.06081)."""


def transfer_attacks(epsilons: tuple[float, ...] = (EPSILON, LARGER)) -> Mapping[str, PGD]:
    """Return PGD and momentum PGD on a surrogate, all steps taken, at each epsilon on [-1, 1]."""
    return {
        f"{name} {epsilon:g}": PGD(
            access="black_box",
            budget=PixelBudget(epsilon=epsilon),
            step=STEP / EPSILON * epsilon,
            steps=STEPS,
            momentum=momentum,
            random_start=not momentum,
            goal=NEVER,
        )
        for epsilon in epsilons
        for name, momentum in (("PGD", 0.0), ("momentum", MOMENTUM))
    }
