"""What makes a modality ready for a market, whatever its classifier reads: the steps, and what they end in.

`opening.open_modalities` opens classifiers and cases. Each modality then has its threshold set, its controls named,
the bank filled and its table laid out, in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeGuard

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.common.outcome_table import ControlStatistics, OutcomeTable
from threatsim.common.thresholds import Rates
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.outcomes.preparation.swapped_claim import SwappedClaim

Source = Literal["real", "synthetic", "auto"]
"""Of cases: photographs, synthetic ones, or photographs where a package with their outcomes is installed."""
AnyAttack = ImageAttack | CodeSwap
"""On an image, or on the codes of a claim."""


def on_image(attack: AnyAttack) -> TypeGuard[ImageAttack]:
    """Return whether an attack is made on an image."""
    return attack.row.medium == "image"


def on_codes(attack: AnyAttack) -> TypeGuard[CodeSwap]:
    """Return whether an attack is made on the codes of a claim."""
    return attack.row.medium == "codes"


@dataclass(frozen=True)
class Wanted:
    """What a market needs of its modalities.

    Attributes:
        attacks: tactic name -> attack, for every tactic that alters the image or the codes.
        cases: cases of each modality.
        positive_share: share of them with the finding that is claimed.
        absent: modalities in which that finding is the absence of what the classifier looks for.
        hardened: whether some payer may change to the hardened classifier, which is then attacked too.
        images: folder of real archives; modalities that it lacks stay synthetic.
        device: where attacks and training run.
        source: whether outcomes are those on photographs, kept or attacked anew in `images`.
        finding: what label 1 is to stand for in archives that have it; the classifier's card says if None.
        classifiers: modality -> the classifier of its images; of others that which is called as the modality.
    """

    attacks: Mapping[str, AnyAttack]
    cases: int
    positive_share: float
    absent: Collection[str]
    hardened: bool
    images: Path | None
    device: torch.device
    source: Source = "synthetic"
    finding: str | None = None
    classifiers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcomes:
    """What one classifier makes of the cases, (N,) each, and of the calibration cases, (M,) each.

    Attributes:
        clean: p(finding) on what was not altered.
        attacked: tactic name -> p(finding), for the tactics that alter what is submitted.
        calibration_scores, calibration_labels: of held-out clean cases.
        queries: tactic name -> queries before the claim itself; only of tactics that query.
        control_statistics: control name -> what it makes of the pictures, clean and under the same tactics.
        policy_pays: tactic name -> whether the payer's own edits would pay the claim as sent; of claims of codes.
    """

    clean: NDArray[np.float32]
    attacked: Mapping[str, NDArray[np.float32]]
    calibration_scores: NDArray[np.float32]
    calibration_labels: NDArray[np.int8]
    queries: Mapping[str, NDArray[np.int64]]
    control_statistics: Mapping[str, ControlStatistics] = field(default_factory=dict)
    policy_pays: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)


@dataclass(frozen=True)
class KeptDescription:
    """What is known of outcomes that were not computed in the run.

    Attributes:
        table: hash of the table's bytes.
        computed: when, UTC.
        by: the programs that computed them, with their versions.
        command: the command that did.
        live_cases, live_pixels: how many synthetic cases are attacked in the run beside them, and their width.
    """

    table: str
    computed: str
    by: str
    command: str
    live_cases: int
    live_pixels: int


@dataclass(frozen=True)
class ClassifierDescription:
    """What is known of a modality's classifier and cases beside the scores.

    Attributes:
        network: the network, in words.
        images: where the cases come from: synthetic, or the real archive's name.
        real: whether they are real.
        pixels: width and height of an image; 0 where there is none.
        weights, surrogate: hashes of the victim's and the surrogate's weights.
        surrogates: those that tactics name besides: kind -> hash of its weights.
        audit: what the audit of these weights says of attacked figures.
        limits: what a classifier of photographs must not be used for; empty for others.
        kept: where the outcomes come from if they were not computed in the run.
    """

    network: str
    images: str
    real: bool
    pixels: int
    weights: str
    surrogate: str
    surrogates: Mapping[str, str]
    audit: str
    limits: str = ""
    kept: KeptDescription | None = None


class Prepared(Protocol):
    """One modality, ready for the market."""

    @property
    def table(self) -> OutcomeTable:
        """The scores."""

    @property
    def policy_pays(self) -> Mapping[str, NDArray[np.bool_]]:
        """Tactic name -> (N,) whether the payer's own edits would pay the claim as sent; empty for images."""

    @property
    def description(self) -> ClassifierDescription:
        """What is known of the classifier and the cases."""

    @property
    def attacked_now(self) -> Prepared:
        """What a report shows attacks on: this, or the synthetic cases beside outcomes that are kept in a table."""

    def attacked_scores(self, attack: AnyAttack, rows: NDArray[np.int64], bank: OutcomeBank) -> NDArray[np.float32]:
        """Return (n,) p(finding), as the table has it, of the cases at rows (n,) under an attack of this kind."""

    def examples(self, attacks: Mapping[str, AnyAttack], threshold: float) -> Sequence[SwappedClaim]:
        """Return swaps of codes to look at, the published example first; none for images."""

    def gallery(self, attacks: Mapping[str, AnyAttack], threshold: float) -> Sequence[GalleryItem]:
        """Return one attacked image a tactic to look at; none for claims of codes."""


class Opened(Protocol):
    """One modality on its way to the market: classifiers and cases are open, and every step gives the next state."""

    @property
    def modality(self) -> str:
        """Its name."""

    def at_highest_threshold(self, points: Sequence[Rates]) -> Opened:
        """Aim at the operating point that is hardest to get past, so that one outcome serves them all.

        An attack that stops at a success stops there. Without points it is the card's own.
        """

    def with_controls(self, controls: Sequence[ControlUse]) -> Opened:
        """Put the controls before the classifier that some payer may use, each of which sees every picture."""

    def missing(self, bank: OutcomeBank) -> int:
        """Count the attacks that `fill` would have to run."""

    def fill(self, bank: OutcomeBank, on_cases: Callable[[int], None]) -> tuple[Outcomes, ...]:
        """Take the outcomes before the payer's classifier and, where it is wanted, the hardened one, from the bank.

        Raises:
            ThreatsimError: there are too few calibration cases for the budget of a control.
        """

    def lay_out(self, outcomes: Sequence[Outcomes], tactics: Sequence[str]) -> Prepared:
        """Lay the outcomes out as a table with a column for each tactic of the market."""


class LabelledCases(Protocol):
    """Cases of any kind."""

    @property
    def labels(self) -> NDArray[np.int8]:
        """(N,) 1 with what the classifier looks for."""

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """(N,) the patient of each."""


def outcome_table(
    modality: str, cases: LabelledCases, outcomes: Sequence[Outcomes], tactics: Sequence[str]
) -> OutcomeTable:
    """Lay the outcomes out as a table; a tactic that alters nothing has the clean scores and statistics.

    Args:
        modality: its name.
        cases: the pool.
        outcomes: before the payer's classifier and, if there is a second, the hardened one.
        tactics: every tactic of the market, in the order wanted.
    """
    first, *hardened = outcomes
    return OutcomeTable(
        modality=modality,
        labels=cases.labels,
        patients=np.unique(np.array(cases.patient_ids), return_inverse=True)[1].astype(np.int64),
        clean=first.clean,
        attacked=dict.fromkeys(tactics, first.clean) | dict(first.attacked),
        calibration_scores=first.calibration_scores,
        calibration_labels=first.calibration_labels,
        hardened=outcome_table(modality, cases, hardened, tactics) if hardened else None,
        queries=first.queries,
        control_statistics={
            name: ControlStatistics(
                seen.clean, dict.fromkeys(tactics, seen.clean) | dict(seen.attacked), seen.calibration
            )
            for name, seen in first.control_statistics.items()
        },
    )
