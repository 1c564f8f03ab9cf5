"""Which file runs which kind of attack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from threatsim.attacks import (
    apgd,
    captures,
    external,
    fgsm,
    hopskipjump,
    minimal_norm,
    patch,
    pgd,
    rotation,
    square,
    substitution,
    universal,
)
from threatsim.attacks.batch import Batch, Forged
from threatsim.attacks.spec import (
    APGD,
    FGSM,
    PGD,
    Captures,
    External,
    HopSkipJump,
    MinimalNorm,
    Patch,
    Rotation,
    Square,
    Substitution,
    Universal,
)


def _patch(spec: Patch, batch: Batch) -> Forged:
    patches = batch.artefacts[spec.artefact].to(batch.images.device)
    return Forged.without_search(patch.apply_patch(batch.images, patches, batch.aim.index, spec, keys=batch.keys))


FAMILIES: Mapping[type, Callable[[Any, Batch], Forged]] = {
    FGSM: fgsm.run,
    PGD: pgd.run,
    APGD: apgd.run,
    MinimalNorm: minimal_norm.run,
    Patch: _patch,
    Universal: universal.run,
    Square: square.run,
    HopSkipJump: hopskipjump.run,
    External: external.run,
    Rotation: rotation.run,
    Captures: captures.run,
    Substitution: substitution.run,
}
"""Kind of spec -> its attack."""
