"""What is refused before an attack starts: wrong types, images outside [0, 1], an empty budget."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import torch
from torch import nn

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.search.target import Precision, Target
from threatsim.cases.stored_images import Images, StoredImages
from threatsim.catalogue.attacks import ATTACKS
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.suggest import did_you_mean


def check_model(model: object, images: object, labels: object) -> None:
    """Refuse arguments of the wrong type: a model that torch does not know, arrays that are no tensors.

    Raises:
        InputError: one has another type than torch's; `given` is its name.
    """
    tensor, module = (torch.Tensor,), (nn.Module, Target)
    for name, value, kinds in (("model", model, module), ("images", images, tensor), ("labels", labels, tensor)):
        if not isinstance(value, kinds):
            hint = "torch.from_numpy makes a tensor of an array." if kinds is tensor else None
            text = f"{name}: wanted is a torch {kinds[0].__name__}, not a {type(value).__name__}"
            raise InputError(text, given=name, hint=hint)


def check_is_attack(spec: object) -> None:
    """Refuse what is no attack on images: a name, or a class without its parameters.

    Raises:
        InputError: there is no attack of the name, or it is given by its name or its class.
    """
    if isinstance(spec, ImageAttack):
        return
    named = ATTACKS.find(spec).implementation.rpartition(":")[2] if isinstance(spec, str) else ""
    called = named or getattr(spec, "__name__", type(spec).__name__)
    text = f"wanted is an attack with its parameters, as in PGD(budget=PixelBudget.grey_levels(4)); got {called}"
    raise InputError(text, given=called, hint="threatsim.attacks has those that come with threatsim.")


def check_options(
    count: int,
    *,
    labels: torch.Tensor,
    towards: object = None,
    threshold: float = 0.5,
    surrogate: object = None,
    precision: str = "auto",
    batch: int | None = None,
) -> None:
    """Refuse what stands beside a model and its images and cannot be used.

    Args:
        count: how many images there are.
        labels, towards, threshold, surrogate, precision, batch: as `attack_model` takes them.

    Raises:
        InputError: one has another type, shape or range; `given` is its value, or its name where that says more.
    """
    for name, classes in (("labels", labels), ("towards", towards)):
        if classes is None:
            continue
        if not isinstance(classes, torch.Tensor):
            raise InputError(f"{name}: wanted is a torch Tensor, not a {type(classes).__name__}", given=name)
        if classes.shape != (count,):
            shape = tuple(classes.shape)
            wanted = f"wanted is one {'label' if name == 'labels' else 'class'} for each of {count} images"
            raise InputError(f"{name} have shape {shape}; {wanted}", given=str(shape))
        if classes.is_floating_point() or classes.is_complex():
            raise InputError(f"{name} are of type {classes.dtype}; wanted are whole numbers, as of int64", given=name)
    if not 0 <= threshold <= 1:
        raise InputError(f"threshold is {threshold:g}; allowed is from 0 to 1, a probability", given=f"{threshold:g}")
    if surrogate is not None and not isinstance(surrogate, nn.Module):
        text = f"surrogate: wanted is a torch Module, not a {type(surrogate).__name__}"
        raise InputError(text, given="surrogate")
    if precision not in get_args(Precision):
        hint = did_you_mean(precision, get_args(Precision))
        raise InputError(f"precision is '{precision}'", given=precision, allowed=get_args(Precision), hint=hint)
    if batch is not None and batch < 1:
        raise InputError(f"batch is {batch}; allowed is at least 1", given=str(batch))


def device_named(device: torch.device | str) -> torch.device:
    """Return a device of torch's.

    Raises:
        InputError: torch knows none of the name.
    """
    try:
        return torch.device(device)
    except RuntimeError:
        raise InputError(
            f"there is no device '{device}'",
            given=str(device),
            allowed=["cpu", "cuda", "mps"],
            hint=did_you_mean(device, ["cpu", "cuda", "mps"]) or "Or any other that torch.device takes.",
        ) from None


def check_images(images: Images, names: Sequence[str]) -> None:
    """Refuse what cannot be attacked.

    Args:
        images: (N, 3, H, W).
        names: (N,) what each image is called in a message.

    Raises:
        ThreatsimError: there are no images.
        InputError: they are no images by their shape, or one has values that are not within [0, 1].
    """
    if images.ndim != 4:
        shape = tuple(images.shape)
        raise InputError(f"images have shape {shape}; wanted is (N, channels, height, width)", given=str(shape))
    if len(images) == 0:
        raise ThreatsimError("there are no cases to attack")
    if isinstance(images, StoredImages):
        return  # a grey level of 8 bits is within [0, 1]
    flat = images.flatten(1)
    bad = ~((flat.amin(1) >= 0) & (flat.amax(1) <= 1))  # NaN fails both
    if bool(bad.any()):
        row = int(bad.nonzero()[0])
        low, high = float(flat[row].min()), float(flat[row].max())
        raise InputError(
            f"case '{names[row]}': its pixels run from {low:.3g} to {high:.3g}; images must lie within [0, 1]",
            given=f"{low:.3g} to {high:.3g}",
            hint="Normalisation belongs inside the classifier.",
        )


def check_spec(spec: ImageAttack) -> None:
    """Refuse a budget that leaves nothing to change.

    Raises:
        InputError: the radius is 0, or less than one grey level of the file.
    """
    budget = spec.bound
    if budget is None:
        return
    if budget.epsilon <= 0:
        raise InputError(
            f"epsilon is {budget.epsilon:g}; an attack needs a budget above 0", given=f"{budget.epsilon:g}"
        )
    if budget.levels is not None and budget.whole_levels == 0:
        raise InputError(
            f"epsilon {budget.label()}: no file of {budget.levels + 1} grey levels within it differs from the original",
            given=f"{budget.epsilon:g}",
            hint=f"The least budget is 1/{budget.levels}, which is {(budget.high - budget.low) / budget.levels:.3g} "
            f"on [{budget.low:g}, {budget.high:g}].",
        )
