"""One image modality, ready for the market."""

from __future__ import annotations

from dataclasses import dataclass

from threatsim.attacks.adversary import Adversary
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.store import ClassifierFolder
from threatsim.common.outcome_table import OutcomeTable


@dataclass(frozen=True)
class Prepared:
    """One modality, ready for the market.

    Attributes:
        classifier: the payer's.
        adversary: the loaded networks and patches.
        cases: the pool.
        table: their scores.
        absence: whether the finding is the absence of what the classifier looks for; the table is then turned round.
    """

    classifier: ClassifierFolder
    adversary: Adversary
    cases: CaseSet
    table: OutcomeTable
    absence: bool = False

    @property
    def real(self) -> bool:
        """Whether the images are real."""
        return self.cases.source != "synthetic"

    @property
    def pixels(self) -> int:
        """Width and height of an image."""
        return self.cases.size[0]

    @property
    def network(self) -> str:
        """The network in words."""
        return f"{self.classifier.card.network.name} (MONAI), {self.classifier.figures.parameters:,} parameters"

    @property
    def surrogates(self) -> dict[str, str]:
        """Surrogates that tactics name: kind -> hash of the weights."""
        return {kind.name: held.fingerprint for kind, held in self.adversary.surrogates.items()}

    def claimed(self, score: float) -> float:
        """p(finding) as the table has it, from the classifier's own score."""
        return 1 - score if self.absence else score
