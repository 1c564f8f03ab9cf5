"""An attack in parts that are kept as they end, so that one that was killed goes on to the same bytes.

Scores alone are in the outcome bank for good. Here the altered pictures are wanted too, which are large: they lie in
the cache only until the whole is done.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import torch
from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import BATCH, Attacked, attack
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.checkpoints import Checkpoints, read_checkpoint, write_checkpoint
from threatsim.outcomes.bank.filling import outcome_inputs

_FIELDS: Final = tuple(Attacked.__dataclass_fields__)
_LEVELS: Final = 255


class _Part(BaseModel):
    """What a kept part holds beside its tensors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: int = Field(description="Cases attacked.")


def attack_in_parts(
    threat_model: ThreatModel,
    cases: CaseSet,
    spec: ImageAttack,
    kept: Checkpoints | None,
    *,
    seed: int,
    towards: torch.Tensor,
    on_batch: Callable[[int], None] | None = None,
) -> Attacked:
    """Attack every case, as `attacks.engine.attack` does; parts that a killed run has finished are taken from it.

    An attack that trains something for all cases first is run in one part, which is not kept.

    Args:
        threat_model, cases, spec, seed, towards, on_batch: as `attack` takes them.
        kept: where finished parts lie, for the caller to discard when all is done; nowhere if None.

    Raises:
        ThreatsimError: as `attack` does.
    """
    if kept is None or "training_images" in spec.row.needs:
        return attack(threat_model, cases, spec, seed=seed, towards=towards, on_batch=on_batch)
    inputs = f"{outcome_inputs(threat_model, cases, spec, seed)} {threat_model.threshold!r}"
    size, parts = BATCH[threat_model.victim.device.type], []
    for start in range(0, len(cases), size):
        rows = torch.arange(start, min(start + size, len(cases)))
        part, wanted = cases.subset(rows.numpy()), towards[rows]
        told = [inputs, *part.fingerprints, *map(str, part.labels.tolist()), *map(str, wanted.tolist())]
        path = kept.of(hashlib.sha256("\n".join(told).encode()).hexdigest()[:24])
        found = read_checkpoint(path, _Part)
        if found is not None and found[0].cases == len(part):
            parts.append(_unpacked(found[1]))
            if on_batch:
                on_batch(len(part))
            continue
        done = attack(threat_model, part, spec, seed=seed, towards=wanted, pool=cases, on_batch=on_batch)
        write_checkpoint(path, _packed(done), _Part(cases=len(part)))
        parts.append(done)
    return Attacked(*(torch.cat([getattr(part, name) for part in parts]) for name in _FIELDS))


def _packed(found: Attacked) -> dict[str, torch.Tensor]:
    """Return the tensors of an attack; pictures as grey levels, a quarter of the bytes, where that loses nothing."""
    tensors = {name: getattr(found, name) for name in _FIELDS}
    levels = (found.images * _LEVELS).round().to(torch.uint8)
    if torch.equal(_images(levels), found.images):
        tensors["images"] = levels
    return tensors


def _unpacked(tensors: dict[str, torch.Tensor]) -> Attacked:
    images = tensors["images"]
    return Attacked(**{**tensors, "images": _images(images) if images.dtype == torch.uint8 else images})


def _images(levels: torch.Tensor) -> torch.Tensor:
    return levels.float() / _LEVELS
