"""Attacks on any torch model in two lines, without a card, a case set or a scenario."""

from __future__ import annotations

import hashlib

import torch
from torch import nn

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.checks import check_images, check_is_attack, check_model, check_options, check_spec, device_named
from threatsim.attacks.engine import Attacked, AttackProblem, solve
from threatsim.attacks.search.batch_invariance import out_of_memory
from threatsim.attacks.search.target import Precision, Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.common.errors import InputError

_BEYOND_A_MODEL = frozenset({"trained_artefact", "training_images", "other_patients"})


def attack_model(
    model: nn.Module | Target,
    images: torch.Tensor,
    labels: torch.Tensor,
    spec: ImageAttack,
    *,
    towards: torch.Tensor | None = None,
    label: int | None = None,
    threshold: float = 0.5,
    surrogate: nn.Module | None = None,
    device: torch.device | str | None = None,
    precision: Precision = "auto",
    batch: int | None = None,
    seed: int = 0,
) -> Attacked:
    """Attack a classifier of yours.

    For instance::

        from threatsim.attacks import APGD, PixelBudget, attack_model
        attacked = attack_model(model, images, labels, APGD(budget=PixelBudget.grey_levels(4)))

    The model is copied: its parameters, gradients, mode and device stay as they are, and no global random state moves.

    Args:
        model: (N, C, H, W) images in [0, 1] to (N, K) logits; normalisation belongs inside. A `Target` made of it
            spares the preparation when it is attacked more than once.
        images: (N, C, H, W) float32 in [0, 1].
        labels: (N,) int64, what each image truly shows; the attack leads away from it.
        spec: the attack, with its parameters.
        towards: (N,) int64, the class to reach instead (targeted).
        label: number of the label to switch, for a multi-label model; `labels` then says where it is truly on.
        threshold: operating point on p(class 1) of a two-class model, or on the label's probability.
        surrogate: whose gradients are followed by attacks of access black_box.
        device: where to run; the model's own if None.
        precision: of the search, see `Target`.
        batch: images in a batch.
        seed: of the random starts.

    Returns:
        N outcomes: saved files, the model's logits on them, and whether each has the decision that was wanted.

    Raises:
        InputError: shapes, pixels, labels, budget or an option are wrong, the model cannot read the images, a surrogate
            is missing, or the attack needs more than a model (a trained patch, training images, other patients).
        LogitsError: what the model returns is no verdict; `row` is the image that it is about, if it is about one.
    """
    check_is_attack(spec)
    check_model(model, images, labels)
    if not _BEYOND_A_MODEL.isdisjoint(spec.row.needs):
        raise InputError(
            f"{spec.describe()}: this attack needs more than a model; use threatsim.attacks.engine.attack",
            given=spec.row_name,
        )
    check_images(images, [str(row) for row in range(len(images))])
    check_spec(spec)
    check_options(
        len(images),
        labels=labels,
        towards=towards,
        threshold=threshold,
        surrogate=surrogate,
        precision=precision,
        batch=batch,
    )
    if spec.named_surrogate is not None:
        raise InputError(
            "attack_model is given its surrogate itself; an attack here names no kind of surrogate",
            given=spec.named_surrogate.name,
        )
    if spec.access == "black_box" and surrogate is None:
        raise InputError("an attack by transfer (black_box) needs a surrogate", given=spec.access)
    if isinstance(model, Target):
        victim, where = model, model.device
    else:
        where = device_named(device) if device is not None else _device_of(model)
        victim = Target(model, where, precision=precision)
    source = Target(surrogate, where, precision=precision) if surrogate and spec.access == "black_box" else victim
    source = source if spec.reckons_with is None else source.assuming(spec.reckons_with)
    width = classes_of(victim, images)
    if source is not victim and (other := classes_of(source, images, called="the attacker's model")) != width:
        raise InputError(
            f"the attacker's model gives {other} logits an image, and the model that is attacked {width}",
            given=str(other),
        )
    problem = AttackProblem(
        victim=victim,
        source=source,
        images=images.float(),
        target_decision=_target_decision(labels, towards, label, threshold, width),
        keys=[f"{spec.family}/{seed}/{_content(image)}" for image in images],
        names=[f"image {row}" for row in range(len(images))],
    )
    return solve(problem, spec, batch=batch)


def classes_of(model: Target, images: torch.Tensor, *, called: str = "the model") -> int:
    """Count the logits that a model gives an image; `images` (N, C, H, W) are some to find out with.

    Args:
        model: the model.
        images: (N, C, H, W) in [0, 1].
        called: what a message calls it.

    Raises:
        InputError: the model fails on an image of this shape.
        LogitsError: what it returns is not (N, K) finite numbers.
    """
    try:
        return model.classes(images[:1].to(model.device))
    except RuntimeError as error:
        if out_of_memory(error):
            raise
        shape, reason = tuple(images.shape[1:]), str(error).splitlines()[0]
        raise InputError(f"{called} fails on an image of shape {shape}: {reason}", given=str(shape)) from error


def _target_decision(
    labels: torch.Tensor, towards: torch.Tensor | None, label: int | None, threshold: float, width: int
) -> TargetDecision:
    if label is not None:
        if not 0 <= label < width:
            raise InputError(f"there is no label {label}; the model has labels 0 to {width - 1}", given=str(label))
        return TargetDecision.switch(label, 1 - labels if towards is None else towards, threshold=threshold)
    if width < 2:
        raise InputError(
            f"the model returns {width} logit an image; a classifier of two classes returns two",
            given=str(width),
            hint="For a multi-label model name the label to switch: label=0.",
        )
    for name, classes in (("labels", labels), ("towards", towards)):
        if classes is not None and not bool(((classes >= 0) & (classes < width)).all()):
            raise InputError(
                f"{name} run from {int(classes.min())} to {int(classes.max())}; the model has {width} classes",
                given=name,
            )
    if width == 2:
        return TargetDecision.finding(1 - labels if towards is None else towards, threshold=threshold)
    return TargetDecision.leave(labels) if towards is None else TargetDecision.reach(towards)


def _device_of(model: nn.Module) -> torch.device:
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def _content(image: torch.Tensor) -> str:
    pixels = image.detach().cpu().contiguous().float().numpy()
    return hashlib.blake2b(str(pixels.shape).encode() + pixels.tobytes(), digest_size=16).hexdigest()
