"""Training of one classifier: AdamW under a one-cycle schedule, augmentation on the batch, the best epoch kept."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

from threatsim.classifiers.card import Augmentation, Network, Recipe
from threatsim.classifiers.network import Classifier, build, scores
from threatsim.imaging.cases import CaseSet
from threatsim.statistics.discrimination import auroc


@dataclass(frozen=True)
class Epoch:
    """Progress after an epoch (1-based): mean training loss and AUROC on the calibration cases."""

    number: int
    of: int
    loss: float
    calibration_auroc: float


def train_classifier(
    network: Network,
    recipe: Recipe,
    train: CaseSet,
    calibration: CaseSet,
    *,
    seed: int,
    device: torch.device,
    initial: dict[str, torch.Tensor] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> Classifier:
    """Train a classifier and return it in evaluation mode, with the weights of its best epoch.

    The caller's global random state is left as it was; the same seed, data, device and torch version give the same
    weights.

    Args:
        initial: weights to start from (fine-tuning); random weights if None.
        on_epoch: called after every epoch.
    """
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        mean, std = train.images.mean((0, 2, 3)), train.images.std((0, 2, 3))
        classifier = build(network, mean=mean, std=std)
        if initial is not None:
            classifier.load_state_dict(initial)
        classifier.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        return _fit(classifier, recipe, train, calibration, device=device, on_epoch=on_epoch)


def _fit(
    classifier: Classifier,
    recipe: Recipe,
    train: CaseSet,
    calibration: CaseSet,
    *,
    device: torch.device,
    on_epoch: Callable[[Epoch], None] | None,
) -> Classifier:
    images = train.images.to(device)
    labels = torch.from_numpy(train.labels.astype("int64")).to(device)
    batches = max(1, len(images) // recipe.batch_size)
    decay, plain = _parameter_groups(classifier)
    optimiser = torch.optim.AdamW(
        [{"params": decay, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=recipe.learning_rate,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=recipe.learning_rate, total_steps=max(8, batches * recipe.epochs), pct_start=0.25
    )
    best_auroc, best = -1.0, copy.deepcopy(classifier.state_dict())
    for epoch in range(1, recipe.epochs + 1):
        classifier.train()
        total = 0.0
        for rows in torch.randperm(len(images))[: batches * recipe.batch_size].chunk(batches):
            chosen = rows.to(device)
            batch = augment(images[chosen], recipe.augmentation).contiguous(memory_format=torch.channels_last)
            loss = _loss(classifier, batch, labels[chosen], recipe.mixup)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        classifier.eval()
        reached = auroc(
            scores(classifier, calibration.images, device=device), calibration.labels, calibration.patient_ids
        ).value
        # Late epochs have the smaller learning rate, so on a tie the later weights are kept.
        assert reached is not None  # both labels are there
        if reached >= best_auroc:
            best_auroc, best = reached, copy.deepcopy(classifier.state_dict())
        if on_epoch:
            on_epoch(Epoch(epoch, recipe.epochs, total / batches, reached))
    classifier.load_state_dict(best)
    return classifier.eval().requires_grad_(False)


def _parameter_groups(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Weights, which decay, and biases and normalisation, which do not."""
    parameters = list(model.parameters())
    return [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]


def _loss(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, mixup: float) -> torch.Tensor:
    if not mixup:
        return F.cross_entropy(model(images), labels)
    share = float(torch.distributions.Beta(mixup, mixup).sample())
    other = torch.randperm(len(images), device="cpu").to(images.device)
    logits = model(share * images + (1 - share) * images[other])
    return share * F.cross_entropy(logits, labels) + (1 - share) * F.cross_entropy(logits, labels[other])


def augment(images: torch.Tensor, how: Augmentation) -> torch.Tensor:
    """Random geometry and brightness for (N, 3, H, W) images, one transform an image, in a single resampling.

    Random numbers are drawn on the CPU from torch's global generator, so that a device does not change them.
    """
    n = len(images)
    uniform = torch.rand(n, 7) * 2 - 1
    angle = uniform[:, 0] * math.radians(how.rotation)
    zoom = 1 + uniform[:, 1] * how.zoom
    flip_x = torch.where((uniform[:, 2] > 0) & torch.tensor(how.flip_horizontal), -1.0, 1.0)
    flip_y = torch.where((uniform[:, 3] > 0) & torch.tensor(how.flip_vertical), -1.0, 1.0)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1], theta[:, 0, 2] = (
        cos * flip_x,
        -sin * flip_y,
        uniform[:, 4] * how.shift * 2,
    )
    theta[:, 1, 0], theta[:, 1, 1], theta[:, 1, 2] = sin * flip_x, cos * flip_y, uniform[:, 5] * how.shift * 2
    grid = F.affine_grid(theta.to(images.device), list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    gain = (1 + uniform[:, 6] * how.brightness).to(images.device)
    return (moved * gain[:, None, None, None]).clamp(0, 1)
