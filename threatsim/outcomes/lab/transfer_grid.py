"""The transfer grid: attacks crafted on surrogates that share less and less with the victim (Bortsova et al. 2021)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.families.pgd import PGD
from threatsim.catalogue.access import SurrogateKind
from threatsim.common.cache import cache_folder
from threatsim.common.progress import Progress
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes
from threatsim.outcomes.lab.budget_curve import shuffled_scores
from threatsim.outcomes.making.attacker import AttackedClassifier, subject_of
from threatsim.outcomes.making.surrogate_training import with_surrogates
from threatsim.outcomes.published.bortsova import transfer_attacks
from threatsim.statistics.bootstrap import auroc_over_patients
from threatsim.statistics.discrimination import proportion
from threatsim.statistics.estimate import Estimate

GRID: tuple[SurrogateKind, ...] = tuple(
    SurrogateKind.model_validate({"start": start, "architecture": architecture, "data": data})
    for start, architecture, data in product(("pretrained", "random"), ("same", "other"), ("same", "disjoint", "half"))
)
"""Most favourable to the attacker first."""


class TransferCell(BaseModel):
    """One attack crafted on one source, with the victim's verdict."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attack: str = Field(description="PGD or momentum, and its epsilon on [-1, 1].")
    auroc: Estimate = Field(description="The victim's AUROC, every image pushed towards its wrong class.")
    lifted: Estimate = Field(
        description="Of the images without the finding that are rightly below the operating point, the share lifted."
    )


class TransferRow(BaseModel):
    """One source of attacks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(description="The surrogate in words, or white box, or shuffled noise.")
    kind: SurrogateKind | None = Field(description="What the surrogate shares with the victim; null for the controls.")
    own_auroc: Estimate | None = Field(description="The surrogate's own AUROC on the clean images; null for controls.")
    cells: tuple[TransferCell, ...] = Field(description="One for each attack.")


class TransferGrid(BaseModel):
    """All sources against one victim."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: str = Field(description="The victim's modality.")
    n: int = Field(description="Test images.")
    pixels: int = Field(description="Width and height of an image.")
    threshold: float = Field(description="The victim's operating point.")
    start: str = Field(description="Where the victim's training started.")
    clean_auroc: Estimate = Field(description="The victim's AUROC on clean images.")
    rows: tuple[TransferRow, ...] = Field(description="White box and shuffled noise first, then the grid.")


def transfer_grid(
    name: str, *, cases: int, kinds: tuple[SurrogateKind, ...] = GRID, device: torch.device, progress: Progress
) -> TransferGrid:
    """Train the surrogates that the cache lacks, and attack the shipped victim from each.

    Args:
        name: of the shipped classifier.
        cases: how many of its test cases.
        kinds: what the surrogates share with the victim.
        device: where they are trained and attacked.
        progress: told of each surrogate.

    Raises:
        ThreatsimError: there is no such classifier, or its weights or patches are absent or damaged.
    """
    subject = subject_of(name, None, cases=cases, device=device, progress=progress)
    bank = OutcomeBank(cache_folder())
    attacks = transfer_attacks()
    measured = _Measured(subject, compute_outcomes(bank, subject.threat_model, subject.cases, None))
    with progress.stage("White box and shuffled noise", 2 * len(attacks) * len(subject.cases)) as advance:
        rows = _controls(measured, attacks, advance)
    for number, kind in enumerate(kinds, 1):
        threat_model = with_surrogates(subject.threat_model, subject.folder, [kind], device=device, progress=progress)
        with progress.stage(f"Attacks from {number} of {len(kinds)}", len(attacks) * len(subject.cases)) as advance:
            found = {
                called: compute_outcomes(bank, threat_model, subject.cases, _from(kind, spec), on_cases=advance)
                for called, spec in attacks.items()
            }
        own = clean_scores(replace(threat_model, victim=threat_model.surrogates[kind].network), subject.cases).numpy()
        rows.append(
            TransferRow(source=kind.label(), kind=kind, own_auroc=measured.auroc(own), cells=measured.cells(found))
        )
    return TransferGrid(
        modality=subject.cases.modality,
        n=len(subject.cases),
        pixels=subject.cases.size[1],
        threshold=subject.threat_model.threshold,
        start=subject.folder.figures.initial,
        clean_auroc=measured.auroc(measured.clean),
        rows=tuple(rows),
    )


def _from(kind: SurrogateKind, spec: ImageAttack) -> ImageAttack:
    return spec.model_copy(update={"surrogate": kind})


class _Measured:
    """The victim's figures on its cases.

    Args:
        subject: victim and cases.
        clean: (N,) clean scores.
    """

    def __init__(self, subject: AttackedClassifier, clean: NDArray[np.float32]) -> None:
        self.subject, self.clean = subject, clean
        self._patients = np.array(subject.cases.patient_ids)
        self._threshold = subject.threat_model.threshold
        self._eligible = (subject.cases.labels == 0) & (clean < self._threshold)

    def auroc(self, scores: NDArray[np.float32]) -> Estimate:
        """Estimate the AUROC of (N,) scores."""
        return auroc_over_patients(scores, self.subject.cases.labels, self._patients)

    def cells(self, found: Mapping[str, NDArray[np.float32]]) -> tuple[TransferCell, ...]:
        """Return a cell for each attack's (N,) scores."""
        return tuple(
            TransferCell(
                attack=name,
                auroc=self.auroc(scores),
                lifted=proportion(scores[self._eligible] >= self._threshold, self._patients[self._eligible]),
            )
            for name, scores in found.items()
        )


def _controls(measured: _Measured, attacks: Mapping[str, PGD], advance: Callable[[int], None]) -> list[TransferRow]:
    """Run the same attacks with the victim's own gradients, and those changes with their pixels shuffled."""
    threat_model, cases = measured.subject.threat_model, measured.subject.cases
    towards = torch.from_numpy(1 - cases.labels.astype("int64"))
    white, shuffled = {}, {}
    for name, spec in attacks.items():
        own = spec.model_copy(update={"access": "white_box"})
        found = attack(threat_model, cases, own, on_batch=advance)
        white[name] = found.scores.numpy()
        shuffled[name] = shuffled_scores(threat_model, cases, found.images, own)
        advance(len(towards))
    return [
        TransferRow(source="white box", kind=None, own_auroc=None, cells=measured.cells(white)),
        TransferRow(source="white box, pixels shuffled", kind=None, own_auroc=None, cells=measured.cells(shuffled)),
    ]
