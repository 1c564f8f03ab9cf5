"""Modalities whose outcomes are kept in a table, with synthetic cases beside them that are attacked in the run itself.

The market, the figures and their intervals are of the photographs that the table tells of. What a report shows of an
attack, pictures and success against the budget, needs pictures: these are of the synthetic cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.classifiers.store import ClassifierFolder, added_names, shipped
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.thresholds import Rates
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import missing
from threatsim.outcomes.bank.kept_table import KeptTable, has_table
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.outcomes.preparation.images import OpenedImages, PreparedImages
from threatsim.outcomes.preparation.prepared import AnyAttack, ClassifierDescription, KeptDescription, Outcomes
from threatsim.outcomes.preparation.swapped_claim import SwappedClaim

LIVE_CASES = 80
"""Synthetic cases beside a table, half of them with the finding: enough for the gallery and the curves."""


def classifier_of_photographs(modality: str) -> ClassifierFolder | None:
    """Find the classifier of photographs of a modality that a package adds, with its table; None if no package does.

    Raises:
        InputError: there are two.
    """
    folders = [shipped(name) for name in added_names()]
    found = [one for one in folders if one.card.modality == modality and one.card.photographs and has_table(one.path)]
    if len(found) > 1:
        names = [one.card.name for one in found]
        raise InputError(
            f"there are two classifiers of photographs for {modality}: {' and '.join(names)}",
            given=modality,
            hint="Remove the package of one of them.",
        )
    return found[0] if found else None


def table_of(name: str) -> ClassifierFolder | None:
    """Open a classifier if it is one of photographs with a table of outcomes beside it; else None."""
    folder = shipped(name)
    return folder if folder.card.photographs and has_table(folder.path) else None


@dataclass(frozen=True)
class PreparedKept:
    """One modality of photographs whose outcomes are kept, ready for the market (see `prepared.Prepared`).

    Attributes:
        kept: the photographs' classifier, with what is known of the photographs.
        live: the synthetic cases that are attacked in the run.
        file: the table of outcomes.
    """

    kept: PreparedImages
    live: PreparedImages
    file: KeptTable

    @property
    def table(self) -> OutcomeTable:
        """The scores of the photographs."""
        return self.kept.table

    @property
    def policy_pays(self) -> Mapping[str, NDArray[np.bool_]]:
        """Empty, not (N,) for each tactic: a policy says nothing of an image."""
        return {}

    @property
    def description(self) -> ClassifierDescription:
        """What is known of the classifier and the photographs."""
        record = self.file.record
        versions = ", ".join(f"{name} {record.versions[name]}" for name in ("threatsim", "torch"))
        kept = KeptDescription(
            table=self.file.digest,
            computed=record.computed,
            by=versions,
            command=record.command,
            live_cases=len(self.live.cases),
            live_pixels=self.live.cases.size[0],
        )
        return replace(self.kept.description, kept=kept)

    @property
    def attacked_now(self) -> PreparedImages:
        """The synthetic cases."""
        return self.live

    def attacked_scores(self, attack: AnyAttack, rows: NDArray[np.int64], bank: OutcomeBank) -> NDArray[np.float32]:
        """Return (n,) p(finding) of the photographs at rows (n,) under an attack that the table holds."""
        return self.kept.attacked_scores(attack, rows, bank)

    def examples(self, attacks: Mapping[str, AnyAttack], threshold: float) -> Sequence[SwappedClaim]:
        """Return nothing: an image has no codes."""
        return ()

    def gallery(self, attacks: Mapping[str, AnyAttack], threshold: float) -> Sequence[GalleryItem]:
        """Return nothing of the photographs, which are not here."""
        return ()


@dataclass(frozen=True)
class OpenedKept:
    """One modality of photographs whose outcomes are kept, on its way to the market (see `prepared.Opened`).

    Attributes:
        kept: the photographs' classifier, with what is known of the photographs.
        live: the synthetic cases that are attacked in the run.
        file: the table of outcomes.
    """

    kept: OpenedImages
    live: OpenedImages
    file: KeptTable

    @property
    def modality(self) -> str:
        """Its name."""
        return self.kept.modality

    def at_highest_threshold(self, points: Sequence[Rates]) -> OpenedKept:
        """Aim at both classifiers' own operating point that is hardest to get past."""
        return replace(self, kept=self.kept.at_highest_threshold(points), live=self.live.at_highest_threshold(points))

    def with_controls(self, controls: Sequence[ControlUse]) -> OpenedKept:
        """Put these controls before the photographs' classifier; nobody looks at the synthetic pictures."""
        return replace(self, kept=self.kept.with_controls(controls))

    def missing(self, bank: OutcomeBank) -> int:
        """Count the attacks on synthetic cases that `fill` would have to run.

        Raises:
            ThreatsimError: the table lacks the outcomes of an attack.
        """
        bank.lay_in(self.file.entries)
        (victim,) = self.kept.victims
        wanted: dict[str, ImageAttack | None] = {"the untouched pictures": None, **self.kept.attacks}
        lacking = [
            name if spec is None else f"{name} ({spec.describe()})"
            for name, spec in wanted.items()
            if missing(bank, victim.threat_model, self.kept.cases, spec, controls=list(victim.controls.values()))
        ]
        if lacking:
            raise ThreatsimError(
                f"{self.modality}: the table of outcomes on {len(self.kept.cases)} photographs lacks "
                f"{'; '.join(lacking)}" + (" with the controls of this scenario" if victim.controls else ""),
                location=str(self.file.path),
                hint="Run the attacks on your own copy of the photographs with --images PATH, or on synthetic cases "
                "with --set cases.source=synthetic.",
            )
        return self.live.missing(bank)

    def fill(self, bank: OutcomeBank, on_cases: Callable[[int], None]) -> tuple[Outcomes, ...]:
        """Take the outcomes before the photographs' classifier, then those before that of synthetic cases.

        Raises:
            ThreatsimError: the table lacks the outcomes of an attack, or calibration cases are too few for a budget.
        """
        return (*self.kept.fill(bank, on_cases), *self.live.fill(bank, on_cases))

    def lay_out(self, outcomes: Sequence[Outcomes], tactics: Sequence[str]) -> PreparedKept:
        """Lay the outcomes out as a table with a column for each tactic of the market."""
        photographs, synthetic = outcomes
        return PreparedKept(
            self.kept.lay_out([photographs], tactics), self.live.lay_out([synthetic], tactics), self.file
        )
