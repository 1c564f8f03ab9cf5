"""The attacks of other libraries, as they are meant to be called: each from (model, images, labels, epsilon) to images.

A library that does not import is left out and named. epsilon is on [0, 1].
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import io
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import nn

Peer = Callable[[nn.Module, torch.Tensor, torch.Tensor, float], torch.Tensor]
STEPS = 20
QUERIES = 200
_DECLARED = torch.library.Library("torchvision", "FRAGMENT")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


def _import(name: str) -> Any:
    try:
        with _quiet():
            return importlib.import_module(name)
    except Exception:
        return None


def _import_torchvision() -> Any:
    """torchvision, whose wheel for another torch lacks the compiled operators; what pastes a patch is Python alone.

    Declaring the two that its import looks for, neither of which is ever called here, lets the rest of it load.
    """
    found = _import("torchvision")
    if found is None and importlib.util.find_spec("torchvision"):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        for name in ("nms", "qnms"):
            _DECLARED.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        found = _import("torchvision")
    return found


def _import_adv_lib() -> Any:
    """adv-lib wants torchvision and visdom for a loss and a logger that no attack here uses; empty modules stand in."""
    absent = [name for name in ("torchvision", "torchvision.models", "visdom") if _import(name) is None]
    for name in absent:
        sys.modules[name] = types.ModuleType(name)
    if "torchvision" in absent:
        sys.modules["torchvision"].models = sys.modules["torchvision.models"]  # type: ignore[attr-defined]
    try:
        return _import("adv_lib.attacks")
    finally:
        for name in absent:
            del sys.modules[name]


def _art_classifier(model: nn.Module, images: torch.Tensor) -> Any:
    from art.estimators.classification import PyTorchClassifier

    return PyTorchClassifier(
        model, nn.CrossEntropyLoss(), tuple(images.shape[1:]), nb_classes=2, clip_values=(0.0, 1.0),
        device_type="gpu" if images.is_cuda else "cpu",
    )  # fmt: skip


def _art(make: Callable[[Any, float], Any]) -> Peer:
    def run(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, epsilon: float) -> torch.Tensor:
        attack = make(_art_classifier(model, images), epsilon)
        with _quiet():
            return torch.from_numpy(attack.generate(images.cpu().numpy().astype(np.float32), labels.cpu().numpy()))

    return run


class OneChannel(nn.Module):
    """A classifier of three channels as one of grey images (N, 1, H, W), for peers that would colour a grey film."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """(N, 2) logits."""
        logits: torch.Tensor = self.model(images.expand(-1, 3, -1, -1))
        return logits


def on_grey(peer: Peer) -> Peer:
    """Run the same attack on grey images, whose three channels it changes alike."""

    def run(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, epsilon: float) -> torch.Tensor:
        return peer(OneChannel(model).eval(), images[:, :1].contiguous(), labels, epsilon).expand(-1, 3, -1, -1)

    return run


def pgd_peers(*, steps: int = STEPS) -> dict[str, Peer]:
    """PGD in the L-infinity norm, random start, step 2.5 epsilon / steps."""
    peers: dict[str, Peer] = {}
    if torchattacks := _import("torchattacks"):
        peers["torchattacks"] = lambda m, x, y, e: torchattacks.PGD(m, eps=e, alpha=2.5 * e / steps, steps=steps)(x, y)
    if foolbox := _import("foolbox"):

        def run_foolbox(m: nn.Module, x: torch.Tensor, y: torch.Tensor, e: float) -> torch.Tensor:
            attack = foolbox.attacks.LinfPGD(abs_stepsize=2.5 * e / steps, steps=steps, random_start=True)
            return attack(foolbox.PyTorchModel(m, bounds=(0, 1), device=x.device), x, y, epsilons=e)[1]

        peers["foolbox"] = run_foolbox
    if evasion := _import("art.attacks.evasion"):
        peers["art"] = _art(
            lambda c, e: evasion.ProjectedGradientDescentPyTorch(
                c, eps=e, eps_step=2.5 * e / steps, max_iter=steps, num_random_init=1, batch_size=512, verbose=False
            )
        )
    if adv_lib := _import_adv_lib():
        peers["adv-lib"] = lambda m, x, y, e: adv_lib.pgd_linf(
            m, x, y, e, steps=steps, absolute_step_size=2.5 * e / steps
        )
    return peers


def apgd_peers(*, steps: int) -> dict[str, Peer]:
    """APGD on cross-entropy in the L-infinity norm."""
    peers: dict[str, Peer] = {}
    if torchattacks := _import("torchattacks"):
        peers["torchattacks"] = lambda m, x, y, e: torchattacks.APGD(m, eps=e, steps=steps, loss="ce")(x, y)
    if evasion := _import("art.attacks.evasion"):
        peers["art"] = _art(
            lambda c, e: evasion.AutoProjectedGradientDescent(
                c, eps=e, eps_step=2 * e, max_iter=steps, nb_random_init=1, batch_size=512, verbose=False
            )
        )
    if adv_lib := _import_adv_lib():
        peers["adv-lib"] = lambda m, x, y, e: adv_lib.apgd(
            m, x, y, e, norm=float("inf"), n_iter=steps, loss_function="ce"
        )
    return peers


def square_peers() -> dict[str, Peer]:
    """Square on scores."""
    peers: dict[str, Peer] = {}
    if torchattacks := _import("torchattacks"):
        peers["torchattacks"] = lambda m, x, y, e: torchattacks.Square(m, eps=e, n_queries=QUERIES)(x, y)
    if evasion := _import("art.attacks.evasion"):
        peers["art"] = _art(
            lambda c, e: evasion.SquareAttack(c, eps=e, max_iter=QUERIES, batch_size=512, verbose=False)
        )
    return peers


def art_patch_steps(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, steps: int) -> bool:
    """Take `steps` steps of ART's adversarial patch on a batch; False where ART or torchvision does not import."""
    evasion = _import("art.attacks.evasion")
    if evasion is None or _import_torchvision() is None:  # ART pastes its patch with torchvision
        return False
    size = tuple(images.shape[1:])
    attack = evasion.AdversarialPatchPyTorch(
        _art_classifier(model, images), max_iter=steps, batch_size=len(images), patch_shape=size, learning_rate=0.05,
        verbose=False,
    )  # fmt: skip
    with _quiet():
        attack.generate(images.numpy().astype(np.float32), np.eye(2, dtype=np.float32)[labels.numpy()])
    return True
