"""Controls as a payer runs them on submitted pictures: for each picture a statistic, greater the more suspicious.

A case keeps its patient whatever picture is sent for it. Nothing is known of altered pictures in advance: thresholds
are set on clean ones (`threatsim.statistics.false_alarm`) at the budget of each payer, so it is the statistic that is
kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from threatsim.attacks.families.captures import recaptured
from threatsim.attacks.search.batch_invariance import steady_threads
from threatsim.attacks.search.target import Target
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.common.errors import ThreatsimError
from threatsim.common.keyed_random import keyed_uniform
from threatsim.defences.controls.duplicates import BITS, hamming, phash
from threatsim.defences.controls.same_patient import Pairs, PatientMatch, recaptured_pairs, stranger_pairs
from threatsim.defences.detectors.density import KernelDensity
from threatsim.defences.detectors.detector import DetectorProtocol, statistics
from threatsim.defences.detectors.features import DeepFeatures
from threatsim.defences.detectors.gaussian import Mahalanobis
from threatsim.defences.detectors.squeezing import FeatureSqueezing

SCREENS_VERSION = 1
"""Raised whenever a control changes what it measures, so that statistics kept from before are not taken for its own."""


class Screen(Protocol):
    """A control on the picture.

    Attributes:
        fingerprint: all that the statistic depends on beside the case and the picture.
    """

    fingerprint: str

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        """(N,) float32: how suspicious the pictures (N, 3, H, W) are that were sent for the cases (N of them)."""
        ...


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


class DuplicateControl:
    """How near, by pHash, the nearest earlier submission of another patient is: minus the number of differing bits.

    The index holds a picture of every case of the pool, which is where substitution takes its pictures from: all of
    them were billed before. A picture taken from elsewhere would not be found. Cases are drawn again and again to stand
    for new patients, so that a case's own picture counts as new.

    Args:
        index: the earlier submissions.
    """

    def __init__(self, index: CaseSet) -> None:
        self._patients = np.array(index.patient_ids)
        self._index = index
        named = json.dumps(list(zip(index.fingerprints, index.patient_ids, strict=True)))
        self.fingerprint = f"pHash {_digest(named)}"

    @cached_property
    def _hashes(self) -> NDArray[np.uint64]:
        return phash(self._index.images)

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        """(N,) minus the differing bits, -64 to 0."""
        found = np.empty(len(cases), np.float32)
        for row, (asked, patient) in enumerate(zip(phash(submitted), cases.patient_ids, strict=True)):
            apart = np.where(self._patients == patient, BITS, hamming(np.array([asked]), self._hashes))
            found[row] = -float(apart.min())
        return found


class SamePatientControl:
    """How likely the picture shows another patient than an earlier capture of the case's own does.

    The earlier capture is another photograph of the same scene: archives with repeated visits are rare. Over visits
    that lie apart this control does worse (`threatsim attack defences`).

    Args:
        reference: clean pictures; pairs of captures and pairs of strangers are made of them.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self.fingerprint = f"layout {reference.fingerprint}"

    @cached_property
    def _match(self) -> PatientMatch:
        fit = self._reference.fit
        return PatientMatch.fit(recaptured_pairs(fit, seed=0), stranger_pairs(fit, seed=0, count=2 * len(fit)))

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        """(N,) the log-likelihood ratio of two patients against one."""
        keys = [f"earlier capture/{fingerprint}" for fingerprint in cases.fingerprints]
        unit, noise = keyed_uniform(keys, (5,)), keyed_uniform([f"{key}/noise" for key in keys], cases.images.shape[1:])
        earlier = to_grid(recaptured(cases.images, unit, noise))
        return self._match.statistic(Pairs(submitted, earlier, cases.patient_ids)).astype(np.float32)


class InputDetector:
    """A detector on the payer's own classifier.

    Args:
        kind: gaussian, density or squeezing.
        watched: the classifier.
        reference: clean pictures to fit it on.

    Raises:
        ThreatsimError: there is no such detector.
    """

    def __init__(self, kind: str, watched: Watched, reference: Reference) -> None:
        if kind not in DETECTORS:
            raise ThreatsimError(f"there is no detector '{kind}'; allowed are {', '.join(DETECTORS)}")
        self._kind, self._watched, self._reference = kind, watched, reference
        self.fingerprint = f"{kind} {watched.weights} {reference.fingerprint}"

    @cached_property
    def _detector(self) -> DetectorProtocol:
        with steady_threads():
            return DETECTORS[self._kind](self._watched, self._reference)

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        """(N,) the detector's own."""
        return statistics(self._detector, submitted).numpy().astype(np.float32)


def _features(watched: Watched) -> DeepFeatures:
    return DeepFeatures(watched.classifier(), watched.target.device)


DETECTORS: dict[str, Callable[[Watched, Reference], DetectorProtocol]] = {
    "gaussian": lambda watched, reference: Mahalanobis.fit(_features(watched), reference.fit),
    "density": lambda watched, reference: KernelDensity.fit(_features(watched), reference.fit),
    "squeezing": lambda watched, reference: FeatureSqueezing(watched.target),
}
"""Kind -> the detector, fitted to clean pictures."""


def screens_of(names: Iterable[str], *, index: CaseSet, watched: Watched, reference: Reference) -> dict[str, Screen]:
    """The controls of these names; they are fitted when first asked.

    Args:
        names: duplicate_search, same_patient or a kind of detector.
        index: earlier submissions, for the duplicate search.
        watched: the classifier, for detectors.
        reference: clean pictures.
    """
    made: dict[str, Screen] = {}
    for name in names:
        if name == "duplicate_search":
            made[name] = DuplicateControl(index)
        elif name == "same_patient":
            made[name] = SamePatientControl(reference)
        else:
            made[name] = InputDetector(name, watched, reference)
    return made


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
