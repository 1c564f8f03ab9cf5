"""Training of a classifier of claims on past decisions, and its measurement on unseen claims."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from threatsim.cases.codes.claim_set import SOURCE, Claim, ClaimSet, features, generate
from threatsim.classifiers.codes.claim_card import ClaimCard, ClaimRecipe
from threatsim.classifiers.codes.claim_store import ClaimFolder
from threatsim.classifiers.codes.perceptron import ClaimClassifier, scores
from threatsim.classifiers.training_figures import Measured, TrainingFigures, measure, write_figures
from threatsim.classifiers.training_loop import Epoch
from threatsim.classifiers.weights import save_tensors
from threatsim.common.thresholds import threshold_at
from threatsim.statistics.discrimination import auroc

Progress = Callable[[str, Epoch], None]
_ROLES = ("victim", "surrogate")
_HOPS = 3  # slots that a rearranged coding differs in


def claim_cases(card: ClaimCard, split: str, count: int | None = None, share: float | None = None) -> ClaimSet:
    """Draw the first claims of the card's `calibration` or `test` split, coded carefully and decided by the policy.

    Args:
        count: how many; all of the split if None.
        share: of them that are payable; the card's own if None.
    """
    data = card.data
    number = count or {"calibration": data.calibration, "test": data.test}[split]
    return generate(number, seed=data.seed, split=split, payable_share=share or data.payable_share)


def past_claims(card: ClaimCard, role: str) -> ClaimSet:
    """Draw what a network learns from: past claims as all kinds of coders wrote them, with the decisions of the past.

    The surrogate learns from other claims of the same payer. A classifier that is hardened learns from carefully coded
    ones, which it rearranges itself.
    """
    data = card.data
    varied = 0.0 if card.recipe.rearranged else data.varied
    return generate(data.train, seed=data.seed, split=f"{role} train", varied=varied, mistaken=data.mistaken)


def make_claim_classifier(
    folder: Path,
    base: ClaimFolder,
    *,
    command: str,
    epochs: int | None = None,
    on_epoch: Progress | None = None,
) -> ClaimFolder:
    """Train both networks of a card, measure them and write everything into `folder`.

    Args:
        base: the card to train.
        command: recorded as the command that was run.
        epochs: in place of the recipe's own.
        on_epoch: called with "victim" or "surrogate" after each epoch.
    """
    card = base.card
    recipe = card.recipe if epochs is None else card.recipe.model_copy(update={"epochs": epochs})
    folder.mkdir(parents=True, exist_ok=True)
    if folder.resolve() != base.path.resolve():
        shutil.copyfile(base.path / "card.yaml", folder / "card.yaml")
    calibration = claim_cases(card, "calibration")
    for role, seed in zip(_ROLES, (card.victim_seed, card.surrogate_seed), strict=True):

        def report(epoch: Epoch, role: str = role) -> None:
            if on_epoch:
                on_epoch(role, epoch)

        trained = train_on(past_claims(card, role), calibration, recipe, seed=seed, on_epoch=report)
        save_tensors(dict(trained.float().state_dict()), folder / f"{role}.safetensors")
    made = ClaimFolder(folder, card)
    _measure(made, calibration, command=command)
    return made


def train_on(
    past: ClaimSet,
    calibration: ClaimSet,
    recipe: ClaimRecipe,
    *,
    seed: int,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> ClaimClassifier:
    """Train a network on past decisions, and return it with its weights of the best epoch on the calibration claims.

    The caller's global random state is left as it was. Reckoned in double precision, so that the same seed and claims
    give the same weights to within their rounding.

    Args:
        past: claims with the payer's past decisions.
        calibration: claims that the epochs are compared on.
        recipe: network, learning rate, epochs.
        seed: of weights and order.
        on_epoch: called after each epoch.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = ClaimClassifier(recipe.hidden).double()
        ways = torch.from_numpy(_ways(past, recipe.rearranged, seed)).double()
        labels = torch.from_numpy(past.past.astype(np.int64))
        batches = max(1, len(labels) // recipe.batch_size)
        optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=recipe.learning_rate, total_steps=max(8, batches * recipe.epochs), pct_start=0.25
        )
        best_auroc, best = -1.0, copy.deepcopy(network.state_dict())
        held_out = calibration.features
        for epoch in range(1, recipe.epochs + 1):
            total = 0.0
            for rows in torch.randperm(len(labels))[: batches * recipe.batch_size].chunk(batches):
                losses = torch.stack(
                    [F.cross_entropy(network(way[rows]), labels[rows], reduction="none") for way in ways]
                )
                loss = losses.amax(0).mean()
                optimiser.zero_grad(set_to_none=True)
                loss.backward()  # type: ignore[no-untyped-call]
                optimiser.step()
                schedule.step()
                total += float(loss.detach())
            reached = auroc(scores(network, held_out), calibration.labels, calibration.patient_ids).value or 0.0
            # As for images: on a tie the later weights, and under hardening the last ones.
            if reached >= best_auroc or recipe.rearranged:
                best_auroc, best = reached, copy.deepcopy(network.state_dict())
            if on_epoch:
                on_epoch(Epoch(epoch, recipe.epochs, total / batches, reached))
        network.load_state_dict(best)
    return network.eval().requires_grad_(False)


def _ways(past: ClaimSet, rearranged: int, seed: int) -> NDArray[np.float32]:
    """Write (1 + rearranged, N, FEATURES) the claims as written, and under other truthful codings."""
    rng = np.random.default_rng([seed, 1])
    others = [features((_rearranged(claim, rng), claim.line) for claim in past.claims) for _ in range(rearranged)]
    return np.stack([past.features, *others])


def _rearranged(claim: Claim, rng: np.random.Generator) -> frozenset[str]:
    choice = claim.chart.careful
    for _ in range(int(rng.integers(1, _HOPS + 1))):
        moves = list(claim.chart.moves(choice))
        if moves:
            choice = moves[int(rng.integers(len(moves)))]
    return claim.chart.codes(choice)


def measured(network: ClaimClassifier, test: ClaimSet, *, threshold: float, weights: str) -> Measured:
    """Measure a network on claims.

    Args:
        network: of codes.
        test: claims that it has not seen.
        threshold: on p(payable), for sensitivity and specificity.
        weights: hash of the weights, kept with the figures.
    """
    return measure(scores(network, test.features), test, threshold=threshold, weights=weights)


def _measure(folder: ClaimFolder, calibration: ClaimSet, *, command: str) -> None:
    """Measure the saved networks, and write `calibration.safetensors` and `figures.json` beside them."""
    test = claim_cases(folder.card, "test")
    figures: dict[str, Measured] = {}
    calibrated: dict[str, torch.Tensor] = {"labels": torch.from_numpy(calibration.labels)}
    decisions = []
    parameters = 0
    for role in _ROLES:
        network, digest = folder.load(role)
        parameters = sum(parameter.numel() for parameter in network.parameters())
        held_out = scores(network, calibration.features)
        calibrated[role] = torch.from_numpy(held_out)
        threshold = threshold_at(held_out, calibration.labels, **folder.card.operating_point.model_dump())
        figures[role] = measured(network, test, threshold=threshold, weights=digest)
        decisions.append(scores(network, test.features) >= threshold)
    save_tensors(calibrated, folder.path / "calibration.safetensors")
    write_figures(
        TrainingFigures(
            command=command,
            images=SOURCE,
            train=folder.card.data.train,
            calibration=len(calibration),
            initial="random",
            parameters=parameters,
            versions={name: version(name) for name in ("torch", "numpy")},
            device="cpu",
            victim=figures["victim"],
            surrogate=figures["surrogate"],
            agreement=float((decisions[0] == decisions[1]).mean()),
        ),
        folder.path / "figures.json",
    )
