"""A classifier made ready to be attacked: a private copy that is fast to search on, and an untouched one for verdicts.

The user's own model is never changed: both are copies, frozen and in evaluation mode. The search copy has its batch
normalisation folded into the convolutions and channels last, and may run in bfloat16; whatever it finds counts only
when the verdict model, the same float32 network that the payer runs, agrees on the saved image.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Literal

import torch
from torch import nn

from threatsim.attacks.search.batch_invariance import is_batch_invariant, out_of_memory, parts
from threatsim.attacks.search.folding import Centred, folded, reduced
from threatsim.attacks.search.precision import full_precision, has_depthwise, native_bfloat16
from threatsim.attacks.search.steady_layers import steadied
from threatsim.cases.stored_images import Images
from threatsim.catalogue.pictures.resizes import NO_RESIZE
from threatsim.classifiers.resizing.resized_classifier import behind_resize, parted
from threatsim.common.errors import InputError, ThreatsimError

Precision = Literal["auto", "float32", "bfloat16"]


class Target:
    """A frozen copy of a classifier on a device.

    Args:
        classifier: (N, 3, H, W) images in [0, 1] to (N, C) logits, C from two; copied, never changed. Behind a payer's
            resize (`ResizedClassifier`) a verdict is passed on the file that it makes, and the search follows the
            linear map of that resize.
        device: where attacks on it run.
        precision: of the search. auto is bfloat16 where the processor multiplies it natively and the network has no
            depthwise convolutions, for attacks that stop at a success which the float32 verdict confirms, and float32
            for all others.
    """

    def __init__(self, classifier: nn.Module, device: torch.device, *, precision: Precision = "auto") -> None:
        self.device = device
        self._plain = _frozen(classifier, device)
        self._network, self._resize = parted(self._plain)
        self._precision = precision
        self._verdict_model = steadied(self._plain)
        self._classes: int | None = None
        self._invariant: bool | None = None
        self._prepared = False
        self._folded: Centred | None = None
        self._searched: dict[bool, nn.Module] = {}
        self._assuming: dict[str, Target] = {}
        gains = native_bfloat16(device) and not has_depthwise(self._verdict_model)
        self._wants_bfloat16 = precision == "bfloat16" or (precision == "auto" and gains)

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) logits of the verdict model; differentiable with respect to the images alone."""
        logits: torch.Tensor = self._verdict_model(images.contiguous(memory_format=torch.channels_last))
        return logits

    def verdict(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) logits in float32: the payer's verdict.

        Raises:
            LogitsError: the classifier does not return (N, C) finite numbers.
        """
        return self._evaluate(self.logits, images)

    def preview(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) logits of the folded copy in float32: the verdict but for rounding, and sooner.

        Raises:
            LogitsError: the classifier does not return (N, C) finite numbers.
        """
        model = self.search_model(images, confirmed=False)
        return self._evaluate(lambda some: model(some.contiguous(memory_format=torch.channels_last)), images)

    def _evaluate(self, model: Callable[[torch.Tensor], torch.Tensor], images: torch.Tensor) -> torch.Tensor:
        with torch.inference_mode(), full_precision():
            found = []
            for start, count, size in parts(len(images), self.device, images.shape[-2] * images.shape[-1]):
                rows = torch.arange(start, start + size, device=images.device).clamp(max=start + count - 1)
                try:
                    found.append(checked(model(images[rows]), size)[:count].float())
                except LogitsError as error:
                    if error.row is not None:
                        error.row = min(error.row, count - 1) + start
                    raise
            return torch.cat(found)

    def classes(self, images: torch.Tensor) -> int:
        """Count the logits that an image gets; `images` (N, 3, H, W) are some to find out with."""
        if self._classes is None:
            self._classes = self.verdict(images[:1]).shape[1]
        return self._classes

    def scores(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N,) p(finding) of a two-class classifier, by the verdict."""
        return self.verdict(images).softmax(1)[:, 1]

    def is_batch_invariant(self, images: Images) -> bool:
        """Find out whether the verdict model and the copies to search on round an image alike alone and in company.

        Found out once, on the first of `images` (N, 3, H, W); not so where memory has no room to find out. A classifier
        that raises counts as such: what is wrong with it becomes known when a verdict is wanted.
        """
        if self._invariant is None:
            image = images[:1].to(self.device)
            searched = (self.search_model(image, confirmed=confirmed) for confirmed in (False, True))
            models = dict.fromkeys((self._verdict_model, *searched))  # in float32 both searches are on the same one
            try:
                with full_precision():
                    self._invariant = all(is_batch_invariant(model, image) for model in models)
            except Exception as error:  # what else a model raises is its own affair
                if not out_of_memory(error):
                    return True
                self._invariant = False
        return self._invariant

    def search_model(self, images: torch.Tensor, *, confirmed: bool) -> nn.Module:
        """Return the model to search on, from images to logits.

        Args:
            images: (N, 3, H, W) some of the images, to check the copy with.
            confirmed: whether a verdict will confirm what is found; only then may precision be reduced.
        """
        if not self._prepared:
            self._folded, self._prepared = folded(self._network, self._as_read(images[:2])), True
        if self._folded is None:
            return self._verdict_model
        less = confirmed and self._wants_bfloat16
        if less not in self._searched:
            fast = (reduced(self._folded, self._as_read(images[:2])) if less else None) or self._folded
            self._searched[less] = fast if self._resize is None else nn.Sequential(self._resize.as_linear(), fast)
        return self._searched[less]

    def assuming(self, resize: str) -> Target:
        """Return the same network as an attacker has it who reckons with another resize than the payer's.

        Args:
            resize: name of a resize, or `none`: the network is followed on the pictures as they are submitted.

        Raises:
            InputError: the classifier reads pictures as they are submitted, or there is no such resize.
        """
        if self._resize is None:
            raise InputError(
                f"the attacker is to reckon with the resize '{resize}', and this classifier has none: it reads "
                "pictures as they are submitted",
                given=resize,
                hint="A card says what its classifier reads: `reads: 224`.",
            )
        if resize not in self._assuming:
            size = None if resize == NO_RESIZE else self._resize.size
            guessed = behind_resize(self._network, size, resize)
            self._assuming[resize] = Target(guessed, self.device, precision=self._precision)
        return self._assuming[resize]

    def _as_read(self, images: torch.Tensor) -> torch.Tensor:
        return images if self._resize is None else self._resize.as_linear()(images)


class LogitsError(ThreatsimError):
    """A classifier's output that is no verdict.

    Attributes:
        row: the image of the batch that it is about, or None if it is about all of them.
    """

    def __init__(self, message: str, row: int | None = None) -> None:
        super().__init__(message)
        self.row = row


def checked(logits: torch.Tensor, n: int) -> torch.Tensor:
    """Return the logits, if they are (n, C) finite numbers.

    Raises:
        LogitsError: they are not.
    """
    if logits.ndim != 2 or len(logits) != n or logits.shape[1] < 1:
        raise LogitsError(wrong_shape(logits, n))
    if not bool(torch.isfinite(logits).all()):
        row = int((~torch.isfinite(logits)).any(1).nonzero()[0])
        raise LogitsError("the classifier returned a logit that is not a finite number", row)
    return logits


def wrong_shape(logits: torch.Tensor, n: int) -> str:
    """Say what is wrong with an output that is not (n, C)."""
    return (
        f"the classifier returned an output of shape {tuple(logits.shape)} for {n} images; "
        f"wanted is ({n}, C), a logit for each of C classes"
    )


def _frozen(classifier: nn.Module, device: torch.device) -> nn.Module:
    network = copy.deepcopy(classifier).eval().requires_grad_(False)
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network
