"""The batched engine: one attack on many cases, on any device, with the verdict from the untouched classifier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from threatsim.attacks.patch import apply_patch
from threatsim.attacks.pgd import pgd
from threatsim.attacks.spec import PGD, AttackSpec, Patch
from threatsim.attacks.target import Target
from threatsim.imaging.cases import CaseSet

BATCH = {"cpu": 64, "cuda": 512}
ENGINE_VERSION = 1
"""Raised whenever an attack changes what it does, so that outcomes kept from before are not taken for its own."""


@dataclass(frozen=True)
class Adversary:
    """Whom an attack is run against, and what the attacker holds.

    Attributes:
        victim: the payer's classifier, which gives the verdict.
        surrogate: a classifier of the attacker's own, trained independently.
        patches: access -> (2, 3, H, W), the patch for class 0 and for class 1.
        fingerprints: what was loaded, by content: network (its card's section and MONAI's version), victim, surrogate,
            patches.
    """

    victim: Target
    surrogate: Target
    patches: dict[str, torch.Tensor]
    fingerprints: dict[str, str]

    def depends_on(self, spec: AttackSpec) -> dict[str, str]:
        """The fingerprints that the outcome of this attack depends on."""
        needed = {"victim"}
        if isinstance(spec, Patch):
            needed.add("patches")
        elif spec.access == "black_box":
            needed.add("surrogate")
        return {name: self.fingerprints[name] for name in sorted(needed)}


@dataclass(frozen=True)
class Attacked:
    """The outcome of an attack, on the CPU.

    Attributes:
        images: (N, 3, H, W) float32 in [0, 1].
        scores: (N,) the victim's p(finding) on them.
    """

    images: torch.Tensor
    scores: torch.Tensor


def attack(
    adversary: Adversary,
    cases: CaseSet,
    spec: AttackSpec,
    *,
    seed: int = 0,
    batch: int | None = None,
    on_batch: Callable[[int], None] | None = None,
) -> Attacked:
    """Attack every case toward the class that it is not, as in Finlayson et al.

    A case's outcome is a function of (image, spec, weights, seed): random numbers are keyed by the image, and every
    batch has the same shape (the last one is filled up), so it does not depend on which other cases are attacked.

    Args:
        batch: cases in a batch; the device's own if None. Another shape may round differently in the last bit, so
            whatever is kept or compared uses the device's own.
        on_batch: called with the number of cases finished by each batch.
    """
    device = adversary.victim.device
    size = batch or BATCH[device.type]
    images, scores = [], []
    for start in range(0, len(cases), size):
        count = min(size, len(cases) - start)
        rows = [start + min(row, count - 1) for row in range(size)]
        original = cases.images[rows].to(device)
        wrong = torch.from_numpy(1 - cases.labels[rows].astype("int64")).to(device)
        keys = [f"{spec.family}/{seed}/{cases.fingerprints[row]}" for row in rows]
        altered = _alter(adversary, original, wrong, spec, keys)
        scores.append(adversary.victim.scores(altered)[:count].float().cpu())
        images.append(altered[:count].float().cpu())
        if on_batch:
            on_batch(count)
    return Attacked(torch.cat(images), torch.cat(scores))


def _alter(
    adversary: Adversary, images: torch.Tensor, wrong: torch.Tensor, spec: AttackSpec, keys: list[str]
) -> torch.Tensor:
    if isinstance(spec, PGD):
        source = adversary.victim if spec.access == "white_box" else adversary.surrogate
        return pgd(source, images, wrong, spec, keys=keys)
    patches = adversary.patches[spec.access].to(images.device)
    return apply_patch(images, patches, wrong, spec, keys=keys)


def clean_scores(adversary: Adversary, cases: CaseSet) -> torch.Tensor:
    """(N,) the victim's p(finding) on the untouched images, on the CPU."""
    size = BATCH[adversary.victim.device.type]
    parts = []
    for start in range(0, len(cases), size):
        count = min(size, len(cases) - start)
        rows = [start + min(row, count - 1) for row in range(size)]
        parts.append(adversary.victim.scores(cases.images[rows].to(adversary.victim.device))[:count].float().cpu())
    return torch.cat(parts)
