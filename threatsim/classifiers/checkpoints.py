"""How far a training is, kept as it goes, so that one that was killed goes on to the same weights.

A training has one file of safetensors, replaced in one step, with JSON in its header of what is no tensor. That of a
network is written after each epoch: its tensors, its best weights, their running average, the optimiser, and the states
of the random generators. Patches have theirs in `attacks/patch_checkpoints`.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import nn

from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.card import Network, Recipe
from threatsim.common.cache import TRAININGS, cache_folder
from threatsim.common.files import write_bytes

Kept = TypeVar("Kept", bound=BaseModel)


class CheckpointRecord(BaseModel):
    """What a checkpoint holds beside its tensors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    losses: tuple[float, ...] = Field(description="Mean training loss of each finished epoch.")
    aurocs: tuple[float | None, ...] = Field(description="AUROC on the calibration cases after each of them, if any.")
    best_auroc: float = Field(description="AUROC of the weights that are kept so far; -1 before the first.")
    groups: list[dict[str, Any]] = Field(description="The optimiser's groups of parameters, with their rates.")
    schedule: dict[str, Any] = Field(description="How far the schedule of rates is.")


class Checkpoints:
    """The checkpoints of trainings that belong together: they stay until all is done, and go together.

    Args:
        folder: where they lie, each under the key of its training.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._used: list[Path] = []

    def of(self, key: str) -> Path:
        """Return where the training of this key (`training_key`) keeps how far it is."""
        path = self._folder / f"{key}.safetensors"
        self._used.append(path)
        return path

    def discard(self) -> None:
        """Remove the files of all trainings that were asked for."""
        for path in self._used:
            with contextlib.suppress(OSError):
                path.unlink()


def kept_checkpoints() -> Checkpoints:
    """Return the checkpoints that lie in the cache, where the same training finds them again."""
    return Checkpoints(cache_folder() / TRAININGS)


def write_checkpoint(path: Path, tensors: Mapping[str, torch.Tensor], record: BaseModel) -> None:
    """Write tensors and what is none; where that cannot be, nothing is kept."""
    flat = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    with contextlib.suppress(OSError):
        write_bytes(path, save(flat, {"record": record.model_dump_json()}))


def read_checkpoint(path: Path, kind: type[Kept]) -> tuple[Kept, dict[str, torch.Tensor]] | None:
    """Read what `write_checkpoint` wrote; None where there is none, or it is damaged or of another kind."""
    try:
        with safe_open(path, framework="pt") as file:
            record = kind.model_validate_json((file.metadata() or {})["record"])
            return record, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no mapping
    except (OSError, SafetensorError, KeyError, ValidationError):
        return None


@dataclass
class TrainingState:
    """A training between two epochs.

    Attributes:
        classifier: the network.
        average: the running average of its weights, if there is one.
        optimiser, schedule: what moves it.
        device: where it is.
        best: the weights that are kept so far, by name.
        best_auroc: what they reach on the calibration cases; -1 before the first epoch.
        losses, aurocs: of each finished epoch.
    """

    classifier: nn.Module
    average: nn.Module | None
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    device: torch.device
    best: dict[str, torch.Tensor]
    best_auroc: float = -1.0
    losses: list[float] = field(default_factory=list)
    aurocs: list[float | None] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write a checkpoint; where it cannot be written, a killed training starts anew and nothing else is lost."""
        moved = self.optimiser.state_dict()
        tensors = self._networks() | {f"best/{name}": tensor for name, tensor in self.best.items()}
        for number, state in moved["state"].items():
            tensors |= {f"optimiser/{number}/{name}": tensor for name, tensor in state.items()}
        tensors["generator/cpu"] = torch.random.get_rng_state()
        if self.device.type == "cuda":
            tensors["generator/cuda"] = torch.cuda.get_rng_state(self.device)
        record = CheckpointRecord(
            losses=tuple(self.losses),
            aurocs=tuple(self.aurocs),
            best_auroc=self.best_auroc,
            groups=moved["param_groups"],
            schedule=self.schedule.state_dict(),
        )
        write_checkpoint(path, tensors, record)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint; nothing changes where there is none, or it is damaged or of other tensors.

        The global random generators are set to what they were.
        """
        found = read_checkpoint(path, CheckpointRecord)
        if found is None:
            return
        record, tensors = found
        own = self._networks()
        if any(name not in tensors or tensors[name].shape != tensor.shape for name, tensor in own.items()):
            return

        def part(prefix: str) -> dict[str, torch.Tensor]:
            return {name[len(prefix) :]: tensor for name, tensor in tensors.items() if name.startswith(prefix)}

        self.classifier.load_state_dict(part("network/"))
        if self.average is not None:
            self.average.load_state_dict(part("average/"))
        self.best, self.best_auroc = part("best/"), record.best_auroc
        self.losses, self.aurocs = list(record.losses), list(record.aurocs)
        parameters = [parameter for group in self.optimiser.param_groups for parameter in group["params"]]
        state: dict[int, dict[str, torch.Tensor]] = {}
        for place, tensor in part("optimiser/").items():
            number, _, name = place.partition("/")
            # In the parameter's own order of memory, or a vectorised step may round another way.
            laid = tensor if tensor.ndim == 0 else torch.empty_like(parameters[int(number)]).copy_(tensor)
            state.setdefault(int(number), {})[name] = laid
        groups = [{**group, "betas": tuple(group["betas"])} for group in record.groups]
        self.optimiser.load_state_dict({"state": state, "param_groups": groups})
        self.schedule.load_state_dict(record.schedule)
        torch.random.set_rng_state(tensors["generator/cpu"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(tensors["generator/cuda"], self.device)

    def _networks(self) -> dict[str, torch.Tensor]:
        found = {f"network/{name}": tensor for name, tensor in self.classifier.state_dict().items()}
        if self.average is not None:
            found |= {f"average/{name}": tensor for name, tensor in self.average.state_dict().items()}
        return found


def numerics(device: torch.device) -> str:
    """Return what decides how the steps of a training round, for a key."""
    return f"{torch.__version__} {device.type} {torch.backends.cpu.get_cpu_capability()}"


def told_apart(cases: CaseSet) -> bytes:
    """Return what tells cases from others, for a key: of an archive's pictures the source names their fingerprint."""
    return f"{cases.source} {cases.size} {cases.case_ids}".encode() + cases.labels.tobytes()


def training_key(
    network: Network,
    recipe: Recipe,
    train: CaseSet,
    calibration: CaseSet | None,
    *,
    seed: int,
    device: torch.device,
    start: dict[str, torch.Tensor],
) -> str:
    """Return the hash of all that the weights of a training depend on.

    An archive's pictures are told by its fingerprint, which its source names, and all by their mean and deviation.

    Args:
        network, recipe, train, calibration, seed, device: as for `training_loop.train_classifier`.
        start: the weights before the first step, by name, with the mean and deviation of the training pictures.
    """
    told = f"{network.model_dump_json()} {recipe.model_dump_json()} {seed} {numerics(device)}"
    digest = hashlib.sha256(told.encode())
    for cases in (train, calibration):
        if cases is not None:
            digest.update(told_apart(cases))
    for name, tensor in start.items():
        digest.update(name.encode() + tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:24]
