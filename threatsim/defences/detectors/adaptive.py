"""The attack that knows the detector: it changes the decision and keeps the statistic under the threshold at once.

A detector that is reported only against attacks that ignore it says nothing about an attacker who does not (Carlini &
Wagner, AISec 2017, arXiv 1705.07263; on medical images Levy et al. 2022, arXiv 2201.08661).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

import torch
import torch.nn.functional as F

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import SelfTuning
from threatsim.attacks.goal import UNTIL_SUCCESS
from threatsim.attacks.search.batch_invariance import alone, steady_threads
from threatsim.attacks.search.domain import Domain
from threatsim.attacks.search.loop import search
from threatsim.attacks.search.objective import DecisionObjective, Objective
from threatsim.attacks.search.precision import full_precision
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.defences.detectors.detector import Calibrated, invariant_statistic

EvasionLoss = Literal["joint", "staged"]
LOSSES: tuple[EvasionLoss, ...] = ("joint", "staged")
_ENOUGH = 2 * UNTIL_SUCCESS.margin
"""Logits by which the decision must be the wanted one before the staged loss looks at the detector."""


class Evasion:
    """Turning a decision unseen: the margin is the lesser of the decision's and the detector's.

    Decision margins are in logits, detector margins in the clean spread of the statistic. There are two losses, for
    each is stuck where the other is not. `joint` is the sum of both margins' log-sigmoids: whichever condition is not
    met gives nearly all of the gradient. Between two classes a detector may lie on the way like a wall, which keeps the
    image on its side; `staged` looks at the detector once the decision is the wanted one and not before (Bryniarski et
    al., ICLR 2022, arXiv 2106.15023).

    Args:
        decision: the objective that ignores the detector.
        detector: what must not flag the image.
        loss: what is ascended.
    """

    def __init__(self, decision: Objective, detector: Calibrated, loss: EvasionLoss = "joint") -> None:
        self._decision, self._detector, self._loss = decision, detector, loss

    def measure(self, images: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return loss (M,) and margin (M,), above zero where the decision is wanted and nothing is flagged."""
        _, decision = self._decision.measure(images, rows)
        unseen = self._detector.margin(images).to(decision.dtype)
        margin = torch.minimum(decision, unseen)
        if self._loss == "joint":
            return F.logsigmoid(decision) + F.logsigmoid(unseen), margin
        # Above zero and rising with the margin everywhere, so that reaching the decision is never a loss.
        reward = torch.where(unseen < 0, 1 / (1 - unseen.clamp(max=0)), 1 + unseen)
        return torch.where(decision < _ENOUGH, decision, _ENOUGH + reward), margin


@dataclass(frozen=True)
class Evaded:
    """The outcome of an adaptive attack, on the CPU, from the saved files.

    Attributes:
        images: (N, 3, H, W) files.
        success: (N,) bool, whether the decision is the wanted one.
        flagged: (N,) bool, whether the detector flags the file.
    """

    images: torch.Tensor
    success: torch.Tensor
    flagged: torch.Tensor

    @property
    def undetected(self) -> torch.Tensor:
        """(N,) bool: the decision is the wanted one, and the file is not flagged."""
        return self.success & ~self.flagged


def evade(
    target: Target,
    detector: Calibrated,
    images: torch.Tensor,
    target_decision: TargetDecision,
    budget: PixelBudget,
    *,
    keys: list[str],
    steps: int = 100,
    restarts: int = 1,
    batch: int = 64,
) -> Evaded:
    """Attack classifier and detector together, by APGD on `Evasion`, until an image has both or its steps are spent.

    Images that survive one loss are tried with the other.

    Args:
        target: the classifier, white box.
        images: (N, 3, H, W) in [0, 1].
        target_decision: the decision wanted of each image.
        keys: (N,) what each image's random start is drawn from.
        steps: gradient steps with a loss from a start.
        restarts: starts for images that survived: first the image itself, then random points of the ball.
    """
    parts = []
    invariant = target.is_batch_invariant(images) and invariant_statistic(detector.detector, images)
    with steady_threads(), alone(not invariant):
        for rows in torch.split(torch.arange(len(images)), batch):
            own = [keys[int(row)] for row in rows]
            part = images[rows].to(target.device)
            parts.append(
                _evade(
                    target, detector, part, target_decision.take(rows).to(target.device), budget, own, steps, restarts
                )
            )
    return Evaded(*(torch.cat([getattr(part, name) for part in parts]) for name in Evaded.__dataclass_fields__))


def _evade(
    target: Target,
    detector: Calibrated,
    images: torch.Tensor,
    target_decision: TargetDecision,
    budget: PixelBudget,
    keys: list[str],
    steps: int,
    restarts: int,
) -> Evaded:
    def succeeded(files: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return target_decision.take(rows).is_success(target.verdict(files)) & ~detector.flags(files)

    model = target.search_model(images, confirmed=False)
    files, left = images.clone(), torch.arange(len(images), device=images.device)
    for attempt, (restart, loss) in enumerate(product(range(restarts), LOSSES)):
        domain = Domain.of(images[left], budget)
        begin = domain.images
        if restart:
            named = [f"{keys[int(row)]}/start/{restart}" for row in left]
            begin = domain.start(keyed_uniform(named, tuple(images.shape[1:])).to(images.device))
        objective = Evasion(DecisionObjective(model, target_decision.take(left), "margin"), detector, loss)
        rows = left  # of this batch, for the verdict, which counts from the rows that are left

        def verdict(found: torch.Tensor, which: torch.Tensor, rows: torch.Tensor = rows) -> torch.Tensor:
            return succeeded(found, rows[which])

        with full_precision():
            found = search(objective, domain, SelfTuning(begin, steps), UNTIL_SUCCESS, verdict)
        replaced = found.success if attempt else torch.ones_like(found.success)
        files[left[replaced]] = found.files[replaced]
        left = left[~found.success]
        if not len(left):
            break
    return Evaded(files.cpu(), target_decision.is_success(target.verdict(files)).cpu(), detector.flags(files).cpu())
