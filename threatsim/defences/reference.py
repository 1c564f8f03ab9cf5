"""What a control is made of: clean pictures to fit it on, and the classifier that it watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from torch import nn

from threatsim.attacks.search.target import Target
from threatsim.cases.image_set import CaseSet
from threatsim.cases.known_cases import AnyCases


class Reference:
    """Clean pictures that a payer fits and calibrates its controls on, made when they are first needed.

    Args:
        fingerprint: what they are, by content.
        fit: makes those that controls are fitted on; patients of none of them are among the claims.
        calibration: makes those that thresholds are set on, of yet other patients.
        calibrated: how many of the latter there are.
    """

    def __init__(
        self, fingerprint: str, fit: Callable[[], CaseSet], calibration: Callable[[], CaseSet], calibrated: int
    ) -> None:
        self.fingerprint, self.calibrated = fingerprint, calibrated
        self._fit, self._calibration = fit, calibration

    @cached_property
    def fit(self) -> CaseSet:
        """What controls are fitted on."""
        return self._fit()

    @cached_property
    def calibration(self) -> CaseSet:
        """What thresholds are set on."""
        return self._calibration()


@dataclass(frozen=True)
class Watched:
    """The classifier that a detector watches.

    Attributes:
        classifier: gives the network itself.
        target: the same as attacks see it.
        weights: hash of its weights, with what is known of the network.
    """

    classifier: Callable[[], nn.Module]
    target: Target
    weights: str


@dataclass(frozen=True)
class Ground:
    """All that a control may be made of.

    Attributes:
        index: a picture of every case of the pool: the earlier submissions.
        watched: the payer's classifier.
        reference: clean pictures.
    """

    index: AnyCases
    watched: Watched
    reference: Reference
