"""The adversarial patch (Brown et al. 2017, arXiv 1712.09665) and its controls.

A patch is trained once, over the whole training set, and then serves every image: its expected success over images,
places, angles and sizes is what is maximised. Training follows Finlayson et al.: rotation up to 22.5 degrees either
way, a place that keeps the patch inside the frame, a round soft mask; the sizes are those of the card. The patch on the
lens has one place on every image, since it sits on the camera.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.patch_checkpoints import STEPS_APART, PatchState
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.target import Target
from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.disc import paste_disc
from threatsim.classifiers.card import PatchRecipe
from threatsim.common.keyed.keyed_random import keyed_uniform


class Patch(ImageAttack):
    """A round patch (Brown et al. 2017, arXiv 1712.09665), or one of its controls, which are not optimised."""

    family: Literal["patch"] = "patch"
    access: Literal["white_box", "black_box", "none"] = Field(
        default="white_box", description="Trained on the victim, on the surrogate, or not trained: a control."
    )
    scale: float = Field(
        default=0.4, gt=0, le=1, description="Diameter as a share of the image's width; Finlayson et al.'s by default."
    )
    rotation: float = Field(default=22.5, ge=0, le=180, description="Greatest rotation either way (degrees).")
    place: Literal["random", "lens"] = Field(
        default="random",
        description="Pasted anywhere in the file, or a sticker on the lens: one place in every image, before capture.",
    )
    control: Literal["natural", "grey", "noise", "shuffled"] = Field(
        default="natural",
        description="What an untrained patch shows: the image most typical of the class, plain grey, random pixels, "
        "or the white-box patch with its pixels shuffled.",
    )

    @property
    def row_name(self) -> str:
        """Its name in the catalogue."""
        return "lens_patch" if self.place == "lens" else "patch"

    @property
    def trained_patch(self) -> str:
        """Name of the trained patch that is pasted."""
        if self.access == "none":
            return "none" if self.control == "natural" else self.control
        return f"lens_{self.access}" if self.place == "lens" else self.access

    def describe(self) -> str:
        """Return the attack in a line."""
        controls = {"natural": "natural image", "grey": "plain grey", "noise": "random pixels", "shuffled": "shuffled"}
        made = controls[self.control] if self.access == "none" else self.knowledge
        where = "on the lens, one place" if self.place == "lens" else "random place and angle"
        return f"Patch, {made}, {self.scale:.0%} of the width, {where}"

    def run(self, batch: Batch) -> AttackedImages:
        """Paste on each image the patch toward the decision that is wanted of it."""
        patches = batch.trained[self.trained_patch].to(batch.images.device)
        return AttackedImages.without_search(
            apply_patch(batch.images, patches, batch.target_decision.index, self, keys=batch.keys)
        )


Place = Literal["random", "lens"]

ROTATION = 22.5
MOMENTUM = 0.9
LENS_SCALE = 0.4
LENS_CENTRE = (0.55, 0.55)
"""Where the disc on the lens lies: right of and below the middle, inside the frame; -1 to 1 over the image."""
LENS_JITTER = 0.03
"""How far the lens moves against the patient's place between images, either way, on the same coordinates."""


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
    signed = unit * 2 - 1
    room = (1 - scale)[:, None]  # the centre's range that keeps the disc inside the frame
    angle = signed[:, 0] * math.radians(rotation)
    return paste_disc(images, patch, diameter=scale, angle=angle, centre=signed[:, 1:3] * room)


def paste_on_lens(
    images: torch.Tensor, patch: torch.Tensor, *, scale: torch.Tensor, unit: torch.Tensor
) -> torch.Tensor:
    """Paste a patch at the place of the lens, upright, with its small jitter.

    Args:
        images: (N, 3, H, W) float32 in [0, 1].
        patch: (3, P, P) float32 in [0, 1].
        scale: (N,) diameter as a share of the image's side.
        unit: (N, 3) uniform numbers in [0, 1); the first is not used, since the patch is not rotated.
    """
    middle = torch.tensor(LENS_CENTRE, device=images.device)
    room = (1 - scale)[:, None]
    centre = (middle + (unit[:, 1:3] * 2 - 1) * LENS_JITTER).clamp(-room, room)
    return paste_disc(images, patch, diameter=scale, angle=torch.zeros_like(scale), centre=centre)


def apply_patch(
    images: torch.Tensor, patches: torch.Tensor, wrong: torch.Tensor, spec: Patch, *, keys: list[str]
) -> torch.Tensor:
    """Paste on each image the patch for the wrong class, at the place and angle of its key.

    Args:
        images: (N, 3, H, W) float32 in [0, 1].
        patches: (2, 3, P, P) float32 in [0, 1]: the patch for class 0 and for class 1.
        wrong: (N,) int64, the class whose patch each image gets.
        spec: scale, place and rotation.
        keys: (N,) what place and angle are drawn from.
    """
    unit = keyed_uniform(keys, (3,)).to(images.device)
    scale = torch.full((len(images),), spec.scale, device=images.device)
    if spec.place == "lens":
        pasted = [paste_on_lens(images, patch, scale=scale, unit=unit) for patch in patches]
    else:
        pasted = [paste(images, patch, scale=scale, rotation=spec.rotation, unit=unit) for patch in patches]
    return torch.where(wrong[:, None, None, None] == 1, pasted[1], pasted[0])


def train_patch(
    target: Target,
    cases: CaseSet,
    *,
    towards: int,
    recipe: PatchRecipe,
    seed: int,
    place: Place = "random",
    start: torch.Tensor | None = None,
    on_step: Callable[[int, float], None] | None = None,
    kept_in: Path | None = None,
) -> torch.Tensor:
    """Train a (3, P, P) patch in [0, 1] that makes `target` see class `towards` wherever it is pasted.

    Signed gradients with momentum (Dong et al. 2018) in place of the paper's plain steps at rate 5, of which it takes
    2,600 to 68,000. Where every image is grey, so is the patch: nothing else can be put on an x-ray.

    Args:
        seed: of the draws of images, places, angles and diameters.
        place: anywhere on the image, or the one place of the lens, at the diameter `LENS_SCALE`.
        start: (3, S, S) in [0, 1], what it is trained from; plain grey if None.
        on_step: called after each step with its number and the batch's mean p(towards), and first for those that a
            killed training had finished.
        kept_in: file in which the training keeps how far it is, and from which it goes on (`patch_checkpoints`); the
            patch is that of a training that was not killed. Nothing is kept if None.
    """
    height, width = (recipe.side, recipe.side) if recipe.side else cases.size
    model = target.search_model(cases.images[:2].to(target.device), confirmed=True)  # whoever uses it gets its verdicts
    grey = cases.is_grey
    channels = 1 if grey else 3
    patch = torch.full((channels, height, width), 0.5) if start is None else resized(start[:channels], height)
    patch = patch.to(target.device).requires_grad_()
    state = PatchState(patch, torch.zeros_like(patch, requires_grad=False))
    if kept_in:
        state.restore(kept_in)
    low, high = recipe.scales if place == "random" else (LENS_SCALE, LENS_SCALE)
    steps = recipe.steps if place == "random" else recipe.lens_steps
    wanted = torch.full((recipe.batch_size,), towards, device=target.device)
    for step, score in enumerate(state.scores, start=1):
        if on_step:
            on_step(step, score)
    for step in range(len(state.scores) + 1, steps + 1):
        keys = [f"patch/{place}/{seed}/{towards}/{step}/{row}" for row in range(recipe.batch_size)]
        unit = keyed_uniform(keys, (5,))
        rows = (unit[:, 4] * len(cases)).long().clamp(max=len(cases) - 1)
        images, unit = cases.images[rows].to(target.device), unit.to(target.device)
        scale, content = low + (high - low) * unit[:, 3], patch.expand(3, -1, -1)
        if place == "lens":
            pasted = paste_on_lens(images, content, scale=scale, unit=unit)
        else:
            pasted = paste(images, content, scale=scale, rotation=ROTATION, unit=unit)
        logits = model(pasted.contiguous(memory_format=torch.channels_last))
        gradient = torch.autograd.grad(F.cross_entropy(logits, wanted), patch)[0]
        state.velocity = MOMENTUM * state.velocity + gradient / gradient.abs().mean().clamp(min=1e-12)
        rate = recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * step / steps))
        with torch.no_grad():
            patch.sub_(rate * state.velocity.sign()).clamp_(0, 1)
        if on_step or kept_in:  # on a GPU, to ask for the number is to wait for the step
            state.scores.append(float(logits.detach().softmax(1)[:, towards].mean()))
        if kept_in and (step % STEPS_APART == 0 or step == steps):
            state.write(kept_in)
        if on_step:
            on_step(step, state.scores[-1])
    return patch.detach().expand(3, -1, -1).clone().cpu()


def resized(patch: torch.Tensor, side: int) -> torch.Tensor:
    """Return a copy (C, side, side) of a square patch (C, P, P), filtered where it is made smaller."""
    if patch.shape[-1] == side:
        return patch.clone()
    return F.interpolate(patch[None], size=(side, side), mode="bilinear", antialias=True, align_corners=False)[0]
