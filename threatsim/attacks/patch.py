"""The adversarial patch (Brown et al. 2017, arXiv 1712.09665) and its natural control.

A patch is trained once, over the whole training set, and then serves every image: its expected success over images,
places, angles and sizes is what is maximised. Training follows Finlayson et al.: size uniform in 0.1 to 1.0 of the
width, rotation up to 22.5 degrees either way, a place that keeps the patch inside the frame, a round soft mask.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F

from threatsim.attacks.randomness import keyed_uniform
from threatsim.attacks.spec import Patch
from threatsim.attacks.target import Target
from threatsim.imaging.cases import CaseSet

TRAINING_SCALES = (0.1, 1.0)


def paste(
    images: torch.Tensor, patch: torch.Tensor, *, scale: torch.Tensor, rotation: float, unit: torch.Tensor
) -> torch.Tensor:
    """Paste a patch into every image at its own place and angle, in one resampling of the batch.

    Args:
        images: (N, 3, H, W) in [0, 1].
        patch: (3, H, W) in [0, 1]; a disc of it is pasted.
        scale: (N,) diameter as a share of the width.
        rotation: greatest rotation either way (degrees).
        unit: (N, 3) random numbers in [0, 1): angle, horizontal and vertical place.

    Returns:
        (N, 3, H, W), differentiable with respect to the patch.
    """
    n, _, height, width = images.shape
    angle = (unit[:, 0] * 2 - 1) * math.radians(rotation)
    room = 1 - scale  # the centre's range that keeps the disc inside the frame
    centre_x, centre_y = (unit[:, 1] * 2 - 1) * room, (unit[:, 2] * 2 - 1) * room
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    theta = torch.stack(
        [
            torch.stack([cos, sin, -(cos * centre_x + sin * centre_y)], 1),
            torch.stack([-sin, cos, sin * centre_x - cos * centre_y], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, [n, 3, height, width], align_corners=False)
    content = F.grid_sample(patch.expand(n, -1, -1, -1), grid, padding_mode="border", align_corners=False)
    # The paper's soft disc; clamped first, since far outside the power overflows.
    mask = (1 - (grid.square().sum(-1).clamp(max=1.2) ** 40)).clamp(0, 1)[:, None]
    return torch.lerp(images, content, mask)


def apply_patch(
    images: torch.Tensor, patches: torch.Tensor, wrong: torch.Tensor, spec: Patch, *, keys: list[str]
) -> torch.Tensor:
    """Paste on each image the patch for the class `wrong` (N,), at the place and angle of its key.

    `patches` is (2, 3, H, W): the patch for class 0 and for class 1.
    """
    unit = keyed_uniform(keys, (3,)).to(images.device)
    scale = torch.full((len(images),), spec.scale, device=images.device)
    pasted = [paste(images, patch, scale=scale, rotation=spec.rotation, unit=unit) for patch in patches]
    return torch.where(wrong[:, None, None, None] == 1, pasted[1], pasted[0])


def train_patch(
    target: Target,
    cases: CaseSet,
    *,
    towards: int,
    steps: int,
    seed: int,
    batch: int = 32,
    learning_rate: float = 0.05,
    on_step: Callable[[int, float], None] | None = None,
) -> torch.Tensor:
    """Train a (3, H, W) patch in [0, 1] that makes `target` see class `towards` wherever it is pasted.

    Adam on the patch's pixels instead of the paper's plain gradient steps at rate 5, which need far more of them.

    Args:
        steps: gradient steps, of `batch` images each.
        on_step: called after each step with its number and the batch's mean p(towards).
    """
    height, width = cases.size
    patch = torch.full((3, height, width), 0.5, device=target.device, requires_grad=True)
    optimiser = torch.optim.Adam([patch], lr=learning_rate)
    low, high = TRAINING_SCALES
    wanted = torch.full((batch,), towards, device=target.device)
    for step in range(1, steps + 1):
        unit = keyed_uniform([f"patch/{seed}/{towards}/{step}/{row}" for row in range(batch)], (5,))
        rows = (unit[:, 4] * len(cases)).long().clamp(max=len(cases) - 1)
        images, unit = cases.images[rows].to(target.device), unit.to(target.device)
        pasted = paste(images, patch, scale=low + (high - low) * unit[:, 3], rotation=22.5, unit=unit)
        logits = target.logits(pasted)
        loss = F.cross_entropy(logits, wanted)
        patch.grad = torch.autograd.grad(loss, patch)[0]
        for group in optimiser.param_groups:
            group["lr"] = learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        optimiser.step()
        with torch.no_grad():
            patch.clamp_(0, 1)
        if on_step:
            on_step(step, float(logits.detach().softmax(1)[:, towards].mean()))
    return patch.detach().cpu()


def natural_patch(scores: torch.Tensor, cases: CaseSet, *, towards: int) -> torch.Tensor:
    """The paper's control: the training image that the victim finds most typical of class `towards`.

    Args:
        scores: (N,) the victim's p(finding) on `cases`.
    """
    chosen = int(scores.argmax() if towards == 1 else scores.argmin())
    return cases.images[chosen].clone()
