"""Training of one classifier: AdamW under a one-cycle schedule, augmentation on the batch, the best epoch kept."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from torch import nn

from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.augmentation import augment
from threatsim.classifiers.card import Adversarial, Network, Recipe
from threatsim.classifiers.checkpoints import Checkpoints, TrainingState, training_key
from threatsim.classifiers.network import Classifier, build, scores
from threatsim.common.errors import ThreatsimError
from threatsim.statistics.discrimination import auroc


@dataclass(frozen=True)
class Epoch:
    """Progress after an epoch (1-based): mean training loss and AUROC on the calibration cases, if there are any."""

    number: int
    of: int
    loss: float
    calibration_auroc: float | None


def train_classifier(
    network: Network,
    recipe: Recipe,
    train: CaseSet,
    calibration: CaseSet | None,
    *,
    seed: int,
    device: torch.device,
    initial: dict[str, torch.Tensor] | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    checkpoints: Checkpoints | None = None,
) -> Classifier:
    """Train a classifier and return it in evaluation mode, with the weights of its best epoch.

    The caller's global random state is left as it was; the same seed, data, device and torch version give the same
    weights.

    Args:
        network: what is trained.
        recipe: epochs, batch, rates and the like.
        train: the cases that it learns, (N, 3, H, W); labels number the classes of the network.
        calibration: held-out cases that the best epoch is chosen on; the last one is kept if None.
        seed: of initial weights, order and augmentation.
        device: where it is trained and stays.
        initial: weights to start from (fine-tuning), by name; random weights if None. A layer of another shape, which
            is the last one of a network trained for other classes, keeps its random weights.
        on_epoch: called after every epoch, and first for those that a killed training had finished.
        checkpoints: where the training keeps after each epoch how far it is, and goes on from there; the weights are
            those of a training that was not killed. Nothing is kept if None.
    """
    cuda = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        mean, std = train.mean_and_std()
        classifier = build(network, mean=mean, std=std)
        if initial is not None:
            load_fitting(classifier, initial)
        classifier.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        kept_in = None
        if checkpoints is not None:
            start = classifier.state_dict()
            key = training_key(network, recipe, train, calibration, seed=seed, device=device, start=start)
            kept_in = checkpoints.of(key)
        return _fit(classifier, recipe, train, calibration, device=device, on_epoch=on_epoch, kept_in=kept_in)


def _fit(
    classifier: Classifier,
    recipe: Recipe,
    train: CaseSet,
    calibration: CaseSet | None,
    *,
    device: torch.device,
    on_epoch: Callable[[Epoch], None] | None,
    kept_in: Path | None,
) -> Classifier:
    images = train.images.to(device)
    labels = torch.from_numpy(train.labels.astype("int64")).to(device)
    batches = max(1, min(recipe.cases_a_pass or len(images), len(images)) // recipe.batch_size)
    freeze(classifier, recipe.frozen)
    decay, plain = _parameter_groups(classifier)
    optimiser = torch.optim.AdamW(
        [{"params": decay, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}],
        lr=recipe.learning_rate,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=recipe.learning_rate, total_steps=max(8, batches * recipe.epochs), pct_start=0.25
    )
    average = copy.deepcopy(classifier) if recipe.averaged else None
    state = TrainingState(classifier, average, optimiser, schedule, device, best=copy.deepcopy(classifier.state_dict()))
    if kept_in:
        state.restore(kept_in)
    finished = list(zip(state.losses, state.aurocs, strict=True))
    for number, (loss_before, auroc_before) in enumerate(finished, start=1):
        if on_epoch:
            on_epoch(Epoch(number, recipe.epochs, loss_before, auroc_before))
    for epoch in range(len(finished) + 1, recipe.epochs + 1):
        set_training(classifier, recipe)
        total = 0.0
        for rows in order(labels, batches * recipe.batch_size, balanced=recipe.balanced).chunk(batches):
            chosen = rows.to(device)
            batch = augment(images[chosen], recipe.augmentation).contiguous(memory_format=torch.channels_last)
            if recipe.adversarial and epoch > recipe.adversarial.warm_up:
                batch = against(classifier, batch, labels[chosen], recipe.adversarial)
            loss = _loss(classifier, batch, labels[chosen], recipe.mixup)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            if average:
                _move_towards(average, classifier, 1 - recipe.averaged)
            total += float(loss.detach())
        kept = (average or classifier).eval()
        reached = _auroc(kept, calibration, device) if calibration else None
        # Late epochs have the smaller learning rate, so on a tie the later weights are kept. Under adversarial training
        # the last are: an early epoch is better on clean images because it is not yet hardened. So is the last average.
        if reached is None or reached >= state.best_auroc or recipe.adversarial or average:
            state.best_auroc, state.best = reached or 0.0, copy.deepcopy(kept.state_dict())
        state.losses.append(total / batches)
        state.aurocs.append(reached)
        if kept_in:
            state.write(kept_in)
        if on_epoch:
            on_epoch(Epoch(epoch, recipe.epochs, total / batches, reached))
    classifier.load_state_dict(state.best)
    return classifier.eval().requires_grad_(False)


def freeze(classifier: Classifier, blocks: int) -> None:
    """Keep the first blocks of a network from being trained.

    Raises:
        ThreatsimError: the network is not made of so many blocks.
    """
    if not blocks:
        return
    found = getattr(classifier.body, "blocks", None)
    if not isinstance(found, nn.Sequential) or len(found) < blocks:
        has = f"has {len(found)}" if isinstance(found, nn.Sequential) else "is not made of blocks"
        raise ThreatsimError(f"{blocks} blocks are to stay frozen, and the network {has}")
    found[:blocks].requires_grad_(False)


def set_training(classifier: Classifier, recipe: Recipe) -> None:
    """Set training mode, except for batch normalisations whose statistics stay as they are."""
    classifier.train()
    if recipe.frozen:
        cast(nn.Sequential, classifier.body.get_submodule("blocks"))[: recipe.frozen].eval()
    if recipe.statistics == "still":
        for layer in classifier.modules():
            if isinstance(layer, nn.modules.batchnorm._BatchNorm):
                layer.eval()


def load_fitting(classifier: nn.Module, initial: dict[str, torch.Tensor]) -> list[str]:
    """Load the tensors of `initial` whose shapes fit, and return the names of those that do not.

    Args:
        classifier: what they are loaded into.
        initial: tensors by name; a last layer (K, D) may be of another number K of classes.

    Raises:
        ThreatsimError: `initial` belongs to another network.
    """
    own = classifier.state_dict()
    other = [name for name in own if name not in initial or initial[name].shape != own[name].shape]
    if len(other) > 2:  # a head's weight and bias
        raise ThreatsimError(f"the weights to start from belong to another network: '{other[0]}' differs")
    classifier.load_state_dict({name: own[name] if name in other else initial[name] for name in own})
    return other


def against(classifier: nn.Module, images: torch.Tensor, labels: torch.Tensor, how: Adversarial) -> torch.Tensor:
    """Move (N, 3, H, W) images in [0, 1] against their labels, from a random start within the budget.

    The classifier is attacked as it will be deployed, in evaluation mode, and is left in training mode.

    Args:
        classifier: changed in nothing but its mode.
        images: (N, 3, H, W) float32 in [0, 1].
        labels: (N,) int64.
        how: budget, step and number of steps.
    """
    epsilon, step = how.on_unit_scale(how.epsilon), how.on_unit_scale(how.step)
    low, high = (images - epsilon).clamp(min=0), (images + epsilon).clamp(max=1)
    start = (torch.rand(images.shape) * 2 - 1).to(images.device)
    moved = torch.clamp(images + epsilon * start, low, high)
    classifier.eval()
    for _ in range(how.steps):
        leaf = moved.detach().requires_grad_(True)
        loss = F.cross_entropy(classifier(leaf), labels, reduction="sum")
        moved = torch.clamp(leaf.detach() + step * torch.autograd.grad(loss, leaf)[0].sign(), low, high)
    classifier.train()
    return moved.contiguous(memory_format=torch.channels_last)


def _auroc(classifier: Classifier, cases: CaseSet, device: torch.device) -> float:
    found = auroc(scores(classifier, cases.images, device=device), cases.labels, cases.patient_ids).value
    assert found is not None  # both labels are there
    return found


def order(labels: torch.Tensor, count: int, *, balanced: bool) -> torch.Tensor:
    """Draw (M,) `count` rows of a pass in their order: each at most once, or anew with both classes equally often.

    Args:
        labels: (N,) int64.
        count: M.
        balanced: whether both classes are drawn equally often.
    """
    if not balanced:
        return torch.randperm(len(labels))[:count]
    known = labels.cpu()
    weights = 1 / torch.bincount(known).clamp(min=1)[known]
    return torch.multinomial(weights, count, replacement=True)


def _move_towards(average: nn.Module, model: nn.Module, share: float) -> None:
    with torch.no_grad():
        for kept, given in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
            if kept.is_floating_point():
                kept.lerp_(given, share)


def _parameter_groups(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """Return the weights, which decay, and biases and normalisation, which do not."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [p for p in parameters if p.ndim > 1], [p for p in parameters if p.ndim <= 1]


def _loss(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, mixup: float) -> torch.Tensor:
    if not mixup:
        return F.cross_entropy(model(images), labels)
    share = float(torch.distributions.Beta(mixup, mixup).sample())
    other = torch.randperm(len(images), device="cpu").to(images.device)
    logits = model(share * images + (1 - share) * images[other])
    return share * F.cross_entropy(logits, labels) + (1 - share) * F.cross_entropy(logits, labels[other])
