"""Same-patient matching: does this picture show the patient that an earlier picture shows?

A picture is described by its layout, the low spatial frequencies of its grey values, and two layouts are compared by
the log-likelihood ratio of their difference under "same patient" against "different patients", both Gaussian (KISSME,
Köstinger et al., CVPR 2012). It is a plain baseline: it matches repeated captures, and only weakly visits that lie
apart, where deep networks trained on 100,000 x-rays do far better (Packhäuser et al., Scientific Reports 12, 2022,
14851). A substitute of the same build and projection passes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import dctn

from threatsim.attacks.families.captures import recaptured
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.common.errors import ThreatsimError
from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.defences.controls.duplicates import grey
from threatsim.defences.reference import Ground, Reference

FREQUENCIES = 12
RIDGE = 0.1
"""Added to both covariances, as a share of their mean variance."""
MOST_IMAGES = 30
"""A patient id with more images than this is taken for a collective name, not for a patient."""
_PAIRS_OF_A_PATIENT = 3

Floats = NDArray[np.float64]


def layout(images: torch.Tensor) -> Floats:
    """Return (N, 143) unit vectors: the 12 x 12 lowest DCT frequencies of images (N, 3, H, W) but for their mean.

    Of a 32 x 32 grey version, scaled so that brightness and contrast drop out.
    """
    low = dctn(grey(images, 32, 32), axes=(1, 2), norm="ortho")[:, :FREQUENCIES, :FREQUENCIES]
    described: Floats = low.reshape(len(images), -1)[:, 1:]
    length = np.linalg.norm(described, axis=1, keepdims=True)
    described /= np.maximum(length, 1e-12)
    return described


@dataclass(frozen=True)
class Pairs:
    """Pairs of pictures.

    Attributes:
        left, right: (M, 3, H, W).
        patients: (M,) whom the left picture shows.
    """

    left: torch.Tensor
    right: torch.Tensor
    patients: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.patients)


class PatientMatch:
    """The log-likelihood ratio of two layouts' difference.

    Args:
        metric: (143, 143) inverse covariance of differences within a patient, less that between patients.
    """

    def __init__(self, metric: Floats) -> None:
        self._metric = metric

    @classmethod
    def fit(cls, same: Pairs, different: Pairs) -> PatientMatch:
        """Learn how layouts differ within and between patients.

        Raises:
            ThreatsimError: there are no pairs of one kind.
        """
        if not len(same) or not len(different):
            raise ThreatsimError("same-patient matching needs pairs of one patient and pairs of different patients")
        return cls(_precision(same) - _precision(different))

    def statistic(self, pairs: Pairs) -> Floats:
        """Return (M,) for pairs: greater means more likely different patients."""
        apart = layout(pairs.left) - layout(pairs.right)
        ratio: Floats = np.einsum("ni,ij,nj->n", apart, self._metric, apart)
        return ratio


def recaptured_pairs(cases: CaseSet, *, seed: int) -> Pairs:
    """Pair each picture with another capture of the same scene: a repeated exposure, not a later visit."""
    keys = [f"recapture/{seed}/{fingerprint}" for fingerprint in cases.fingerprints]
    unit, noise = keyed_uniform(keys, (5,)), keyed_uniform([f"{key}/noise" for key in keys], cases.images.shape[1:])
    images = cases.images[:]
    return Pairs(images, to_grid(recaptured(images, unit, noise)), cases.patient_ids)


def visit_pairs(cases: CaseSet, *, seed: int) -> Pairs:
    """Pair pictures of one patient, three of a patient at most; none where every patient has one picture."""
    generator = np.random.default_rng(seed)
    pairs: list[tuple[int, int]] = []
    for rows in _by_patient(cases).values():
        if 2 <= len(rows) <= MOST_IMAGES:
            every = [(left, right) for i, left in enumerate(rows) for right in rows[i + 1 :]]
            pairs += [every[k] for k in generator.permutation(len(every))[:_PAIRS_OF_A_PATIENT]]
    return _pairs(cases, pairs)


def stranger_pairs(cases: CaseSet, *, seed: int, count: int) -> Pairs:
    """Pair different patients with the same finding, so that the finding itself gives nothing away."""
    generator = np.random.default_rng(seed)
    patients = np.array(cases.patient_ids)
    pairs: list[tuple[int, int]] = []
    for left in generator.integers(len(cases), size=count):
        pool = np.flatnonzero((cases.labels == cases.labels[left]) & (patients != patients[left]))
        if len(pool):
            pairs.append((int(left), int(generator.choice(pool))))
    return _pairs(cases, pairs)


def _by_patient(cases: CaseSet) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, patient in enumerate(cases.patient_ids):
        rows.setdefault(patient, []).append(row)
    return rows


def _pairs(cases: CaseSet, pairs: list[tuple[int, int]]) -> Pairs:
    left, right = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return Pairs(cases.images[left], cases.images[right], tuple(cases.patient_ids[row] for row in left))


def _precision(pairs: Pairs) -> Floats:
    apart = layout(pairs.left) - layout(pairs.right)
    covariance = apart.T @ apart / len(apart)
    ridge = RIDGE * float(np.trace(covariance)) / len(covariance)
    return np.linalg.inv(covariance + max(ridge, 1e-12) * np.eye(len(covariance))).astype(np.float64)


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
        """Return (N,) the log-likelihood ratio of two patients against one."""
        keys = [f"earlier capture/{fingerprint}" for fingerprint in cases.fingerprints]
        unit, noise = keyed_uniform(keys, (5,)), keyed_uniform([f"{key}/noise" for key in keys], cases.images.shape[1:])
        earlier = to_grid(recaptured(cases.images[:], unit, noise))
        return self._match.statistic(Pairs(submitted, earlier, cases.patient_ids)).astype(np.float32)


def made(ground: Ground) -> SamePatientControl:
    """Make the comparison with an earlier capture of each patient."""
    return SamePatientControl(ground.reference)
