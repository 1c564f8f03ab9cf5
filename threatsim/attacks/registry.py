"""Which attacks there are, and which file runs each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Field

from threatsim.attacks.families import (
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
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.search.batch import Batch, Forged


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


AttackSpec = Annotated[
    FGSM
    | PGD
    | APGD
    | MinimalNorm
    | Patch
    | Universal
    | Square
    | HopSkipJump
    | Rotation
    | Captures
    | Substitution
    | External,
    Field(discriminator="family"),
]
