"""Attacks of other libraries by name: foolbox, and the adversarial robustness toolbox (ART).

They are run image by image, since they draw from global generators that a batch shares. The generators are seeded from
the image's key and put back afterwards. What a library sees is a classifier of two classes: class 1 is that the
attacker has what it wants, class 0 that it has not. So every attack, targeted or not, works at the operating point and
for any number of classes or labels.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from threatsim.attacks.base import GradientAccess, ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.target import LogitsError, checked
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.suggest import did_you_mean


class External(ImageAttack):
    """An attack of another library, by name; run image by image, so that it too depends on its key alone."""

    family: Literal["external"] = "external"
    library: Literal["foolbox", "art"] = Field(description="foolbox, or the adversarial robustness toolbox (ART).")
    name: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Class in foolbox.attacks or art.attacks.evasion, for instance LinfDeepFoolAttack.",
    )
    arguments: dict[str, Any] = Field(default_factory=dict, description="Its keyword arguments, lengths on [0, 1].")
    access: GradientAccess = Field(default="white_box", description="Run on the victim or on the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"{self.name} ({self.library}), {self.knowledge}, epsilon {self.budget.label()}"

    @property
    def row_name(self) -> str:
        """Its name in the catalogue."""
        return self.library

    def libraries(self) -> Mapping[str, str]:
        """Return the library and its version here.

        Raises:
            ThreatsimError: it is not installed.
        """
        try:
            return {self.library: version(self.row.library)}
        except PackageNotFoundError as error:
            raise _not_installed(self) from error

    def run(self, batch: Batch) -> AttackedImages:
        """Run the library's attack on each image in turn, and bring what it returns into the budget and onto the grid.

        Raises:
            ThreatsimError: the library is not installed, has no such attack, does not take these arguments, or fails;
                or the attack measures its changes in another norm than the budget.
        """
        kind = attack_class(self)
        domain = batch.domain(self.budget)
        found, gradients = [], []
        for row, key in enumerate(batch.keys):
            at = torch.tensor([row], device=batch.images.device)
            decision = _Decision(batch, at)
            image = batch.images[at].contiguous()
            with _seeded(f"{key}/external", batch.images.device), torch.enable_grad():
                try:
                    moved = (_foolbox if self.library == "foolbox" else _art)(self, kind, decision, image)
                except LogitsError as error:
                    error.row = row
                    raise
                except (TypeError, ValueError, AssertionError, NotImplementedError, AttributeError) as error:
                    raise ThreatsimError(f"{self.name} of {self.library} fails on this classifier: {error}") from error
            found.append(domain.take(at).file(torch.nan_to_num(moved.detach().to(batch.images))))
            gradients.append(decision.gradients)
        counted = torch.tensor(gradients, device=batch.images.device)
        return AttackedImages(torch.cat(found), counted, counted, torch.zeros_like(counted))


_PLACES = {
    "foolbox": ("foolbox.attacks", "foolbox.attacks.base", "Attack"),
    "art": ("art.attacks.evasion", "art.attacks.attack", "EvasionAttack"),
}
"""Library -> module of its attacks, module and name of their base class."""


def attack_class(spec: External) -> Callable[..., Any]:
    """Return the library's class of this name.

    Raises:
        ThreatsimError: the library is not installed, or has no such attack.
    """
    place, base_place, base_name = _PLACES[spec.library]
    try:
        module, base = importlib.import_module(place), getattr(importlib.import_module(base_place), base_name)
    except ImportError as error:
        raise _not_installed(spec) from error
    kind = getattr(module, spec.name, None)
    if not (inspect.isclass(kind) and issubclass(kind, base)):
        names = [name for name, value in vars(module).items() if inspect.isclass(value) and issubclass(value, base)]
        hint = did_you_mean(spec.name, names) or f"See the list of {place}."
        raise InputError(f"{place} has no attack '{spec.name}'", given=spec.name, allowed=names, hint=hint)
    return kind


def _not_installed(spec: External) -> ThreatsimError:
    return ThreatsimError(
        f"the attack {spec.name} needs {spec.library}, which is not installed", hint=f"pip install {spec.row.library}"
    )


class _Decision(nn.Module):
    """The source as a classifier of two classes, the second of which is the wanted decision on one image.

    The network itself is no submodule, so that a library that switches modes or clears gradients does not reach it.

    Attributes:
        gradients: gradients that were computed through it.
    """

    def __init__(self, batch: Batch, at: torch.Tensor) -> None:
        super().__init__()
        self._logits, self._target_decision, self._at = batch.source.logits, batch.target_decision, at
        self.gradients = 0

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits = checked(self._logits(images.float()), len(images)).float()
        margin = self._target_decision.take(self._at.expand(len(images))).margin(logits)
        if margin.requires_grad:
            margin.register_hook(self._count)  # type: ignore[no-untyped-call]
        return torch.stack([-margin / 2, margin / 2], 1)

    def _count(self, gradient: torch.Tensor) -> None:
        self.gradients += 1


def _foolbox(spec: External, kind: Callable[..., Any], decision: nn.Module, image: torch.Tensor) -> torch.Tensor:
    foolbox = importlib.import_module("foolbox")
    attack = _made(spec, kind, spec.arguments)
    measured = getattr(getattr(attack, "distance", None), "p", None)
    if measured is not None and measured != _order(spec):
        raise ThreatsimError(f"{spec.name} of foolbox measures L{measured:g}; the budget's norm is {spec.budget.norm}")
    model = foolbox.PyTorchModel(decision.eval(), bounds=(0, 1), device=image.device)
    now, wanted = (torch.tensor([label], device=image.device) for label in (0, 1))
    try:
        _, clipped, _ = attack(model, image, foolbox.criteria.Misclassification(now), epsilons=spec.budget.radius)
    except ValueError as error:
        if "unsupported criterion" not in str(error):
            raise
        criterion = foolbox.criteria.TargetedMisclassification(wanted)
        _, clipped, _ = attack(model, image, criterion, epsilons=spec.budget.radius)
    moved: torch.Tensor = clipped
    return moved


def _art(spec: External, kind: Callable[..., Any], decision: nn.Module, image: torch.Tensor) -> torch.Tensor:
    estimators = importlib.import_module("art.estimators.classification")
    classifier = estimators.PyTorchClassifier(
        model=decision.eval(),
        loss=nn.CrossEntropyLoss(),
        input_shape=tuple(image.shape[1:]),
        nb_classes=2,
        clip_values=(0.0, 1.0),
        device_type="gpu" if image.device.type == "cuda" else "cpu",
    )
    taken = inspect.signature(kind).parameters
    default = {name: parameter.default for name, parameter in taken.items()}
    arguments: dict[str, Any] = {"eps": spec.budget.radius, "norm": _order(spec), "verbose": False, "targeted": False}
    step = default.get("eps_step")
    if isinstance(step, float | int) and step > spec.budget.radius:  # ART refuses a step beyond the radius
        arguments["eps_step"] = spec.budget.radius / 4
    arguments = {name: value for name, value in arguments.items() if name in taken} | spec.arguments
    subject = "estimator" if "estimator" in taken else "classifier"
    attack = _made(spec, lambda **rest: kind(**{subject: classifier}, **rest), arguments)
    label = np.array([[0, 1] if arguments.get("targeted") else [1, 0]], dtype=np.float32)
    return torch.from_numpy(np.asarray(attack.generate(x=image.cpu().numpy(), y=label)))


def _made(spec: External, kind: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    try:
        return kind(**arguments)
    except (TypeError, ValueError) as error:
        given = ", ".join(f"{name}={value!r}" for name, value in spec.arguments.items()) or "none"
        raise ThreatsimError(f"{spec.name} of {spec.library} does not take its arguments ({given}): {error}") from error


def _order(spec: External) -> float:
    return float("inf") if spec.budget.norm == "linf" else 2


@contextmanager
def _seeded(key: str, device: torch.device) -> Iterator[None]:
    """Seed the global generators of Python, numpy and torch from a key, and leave them as they were afterwards."""
    seed = int.from_bytes(hashlib.blake2b(key.encode(), digest_size=4).digest(), "little")
    python, legacy = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        random.seed(seed)
        np.random.seed(seed)
        torch.manual_seed(seed)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)
