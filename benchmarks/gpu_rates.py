"""How fast a device trains and attacks networks, and what share that is of the matrix products that it can do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from threatsim.attacks import APGD, NEVER, PGD, PixelBudget, attack_model
from threatsim.attacks.engine import attack
from threatsim.attacks.search.precision import full_precision
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.card import Network, Recipe
from threatsim.classifiers.network import build
from threatsim.classifiers.training_loop import Epoch, train_classifier

Found = TypeVar("Found")
STEPS = 20
MILLION = 1_000_000
FORWARD_AND_BACKWARD = {"training": 3, "attack": 2}
"""What a forward pass with the backward pass, to the weights or to the image alone, costs in forward passes."""


def synchronise(device: torch.device) -> None:
    """Wait until all that a GPU was given is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def timed(work: Callable[[], Found], device: torch.device) -> tuple[float, Found]:
    """Return the wall seconds that a piece of work took, and what it returned."""
    synchronise(device)
    started = time.perf_counter()
    found = work()
    synchronise(device)
    return time.perf_counter() - started, found


@contextmanager
def _products(kind: str) -> Iterator[torch.dtype]:
    """Have matrix products in float32, tf32 (a GPU's own short form of it) or bfloat16."""
    with full_precision():
        torch.backends.cuda.matmul.allow_tf32 = kind == "tf32"
        yield torch.bfloat16 if kind == "bfloat16" else torch.float32


def matrix_rates(device: torch.device, side: int, repeats: int = 10) -> dict[str, float]:
    """Measure operations a second (a product and a sum count two) of products of square matrices, by kind of number.

    Args:
        device: where.
        side: of the matrices.
        repeats: products; the fastest counts, since the rate stands for what the device can do.
    """
    rates = {}
    for kind in ("float32", "tf32", "bfloat16") if device.type == "cuda" else ("float32", "bfloat16"):
        with _products(kind) as dtype:
            one = torch.ones(side, side, device=device, dtype=dtype)
            times = [timed(lambda: one @ one, device)[0] for _ in range(repeats + 1)]  # noqa: B023  called at once
        rates[kind] = 2 * side**3 / min(times[1:])
    return rates


def operations(model: nn.Module, size: int, device: torch.device) -> int:
    """Count the operations of convolutions and matrix products in one image's forward pass, at `size` pixels."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(torch.zeros(2, 3, size, size, device=device))
    return int(counter.get_total_flops()) // 2


def training_row(
    name: str, network: Network, recipe: Recipe, cases: CaseSet, rates: dict[str, float], *, passes: int, device: Any
) -> dict[str, Any]:
    """Train by the package's own loop; the first pass, in which kernels are chosen, is not counted.

    Args:
        name: of the row.
        network: what is trained, from random weights: where it starts changes no time.
        recipe: its own rates, batch and augmentation.
        cases: what it is trained on.
        rates: of `matrix_rates`.
        passes: over the cases.
        device: where.
    """
    recipe = recipe.model_copy(update={"epochs": passes, "cases_a_pass": len(cases), "initial": "random"})
    marks: list[float] = []

    def mark(epoch: Epoch) -> None:
        synchronise(device)
        marks.append(time.perf_counter())

    train_classifier(network, recipe, cases, None, seed=0, device=device, on_epoch=mark)
    pictures = len(cases) // recipe.batch_size * recipe.batch_size
    a_second = pictures * (passes - 1) / (marks[-1] - marks[0])
    row: dict[str, Any] = {
        "training": name,
        "size": cases.size[0],
        "pictures_a_pass": pictures,
        "batch": recipe.batch_size,
        "pictures_a_second": a_second,
    }
    if not recipe.frozen:  # of a network of which a part is not trained it is not known what is spared
        count = operations(build(network).eval().to(device), cases.size[0], device) * FORWARD_AND_BACKWARD["training"]
        row["share_of_matrix_rate"] = count * a_second / rates["tf32" if "tf32" in rates else "float32"]
    return row


def attack_rows(
    name: str, model: nn.Module, images: torch.Tensor, labels: torch.Tensor, rates: dict[str, float], device: Any
) -> Iterator[dict[str, Any]]:
    """Attack the same images with all steps forced and by the default attack, searching in each kind of number.

    Args:
        name: of the network.
        model: the network.
        images: (N, 3, H, W) float32 that it classifies rightly.
        labels: (N,) int64.
        rates: of `matrix_rates`.
        device: where.
    """
    budget = PixelBudget.grey_levels(5)
    forced = PGD(access="white_box", budget=budget, step=2.5 * 5 / STEPS, steps=STEPS, goal=NEVER)
    count = operations(model.to(device), images.shape[-1], device) * FORWARD_AND_BACKWARD["attack"]
    for precision in ("float32", "bfloat16") if device.type == "cuda" else ("float32",):
        target = Target(model, device, precision=precision)  # type: ignore[arg-type]
        for kind, spec in (("PGD, all steps", forced), ("default", APGD(budget=budget, steps=STEPS))):
            attack_model(target, images[:2], labels[:2], spec)  # kernels are chosen
            seconds, found = timed(lambda: attack_model(target, images, labels, spec), device)  # noqa: B023
            yield {
                "attacked": name,
                "attack": kind,
                "search_in": precision,
                "pictures": len(images),
                "attacks_a_second": len(images) / seconds,
                "gradients": int(found.gradients.sum()),
                "success": float(found.success.float().mean()),
                "share_of_matrix_rate": count * int(found.gradients.sum()) / seconds / rates[precision],
            }


def million_row(model: nn.Module, cases: CaseSet, device: torch.device) -> dict[str, Any]:
    """Attack and judge the files of some cases, and reckon from it what a million take: that part is not measured."""
    target = Target(model, device)
    threat_model = ThreatModel(target, target, {}, {"victim": "benchmark"})
    spec = APGD(budget=PixelBudget.grey_levels(5), steps=STEPS)
    attack(threat_model, cases.subset([0, 1]), spec, keep_images=False)
    seconds, found = timed(lambda: attack(threat_model, cases, spec, keep_images=False), device)
    return {
        "measured_pictures": len(cases),
        "measured_seconds": seconds,
        "success": float(found.success.float().mean()),
        "extrapolated_seconds_for_a_million": MILLION * seconds / len(cases),
        "extrapolated_pictures_in_ten_minutes": int(600 * len(cases) / seconds),
    }
