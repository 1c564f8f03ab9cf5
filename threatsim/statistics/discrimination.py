"""A classifier's figures on its cases, with 95 % intervals that allow for several cases of one patient.

Cases of a patient resemble one another, so they count for less than as many patients. Every interval here
takes the patient as its unit; with one case a patient each becomes the textbook one (Wilson, Student,
DeLong).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from threatsim.common.arithmetic.portable import exp
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import Z, t_quantile, wilson_interval

Floats = NDArray[np.float64]
_UNDEFINED = Estimate(value=None, low=None, high=None, n=0)


def auroc(scores: ArrayLike, labels: ArrayLike, patients: ArrayLike) -> Estimate:
    """Return area under the ROC curve: a positive case scores above a negative one, ties counting half.

    Args:
        scores: (N,) any real score, greater meaning more likely.
        labels: (N,) 1 with the finding, 0 without.
        patients: (N,) a number for each patient.

    The variance is that of Obuchowski, Biometrics 53 (1997) 567-578, which extends DeLong et al., Biometrics
    44 (1988) 837-845, to clustered cases; the interval is symmetric on the logit scale (Pepe, The Statistical
    Evaluation of Medical Tests, 2003, section 5.2). At an area of exactly 0 or 1, which attacks do reach,
    that variance is 0 and the score interval of Newcombe, Statistics in Medicine 25 (2006) 559-573, method 5,
    is used, counting patients.
    """
    score, positive, groups = _cases(scores, labels, patients)
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if n_positive == 0 or n_negative == 0:
        return Estimate(value=None, low=None, high=None, n=len(score))
    below = (_midranks(score)[positive] - _midranks(score[positive])) / n_negative
    above = 1 - (_midranks(score)[~positive] - _midranks(score[~positive])) / n_positive
    area = math.fsum(below) / n_positive
    total = int(groups.max()) + 1
    excess_positive = np.bincount(groups[positive], below - area, total)
    excess_negative = np.bincount(groups[~positive], above - area, total)
    clusters_positive = len(np.unique(groups[positive]))
    clusters_negative = len(np.unique(groups[~positive]))
    low, high = _area_score_interval(area, clusters_positive, clusters_negative)
    if 0 < area < 1 and clusters_positive > 1 and clusters_negative > 1:
        variance = (
            _inflated(_dot(excess_positive, excess_positive), clusters_positive) / n_positive**2
            + _inflated(_dot(excess_negative, excess_negative), clusters_negative) / n_negative**2
            + 2 * _inflated(_dot(excess_positive, excess_negative), total) / (n_positive * n_negative)
        )
        if variance > 0:
            factor = float(exp(Z * math.sqrt(variance) / (area * (1 - area))))  # of the odds
            low, high = area / (area + (1 - area) * factor), area / (area + (1 - area) / factor)
    return Estimate(value=area, low=low, high=high, n=len(score))


def proportion(hits: ArrayLike, patients: ArrayLike) -> Estimate:
    """Return a share of cases with Wilson's interval at the effective number of cases.

    Args:
        hits: (N,) true where the case counts.
        patients: (N,) a number for each patient.

    The effective number is that of independent cases whose share would have the same variance, never above N
    (compared by Saha, Miller & Wang, International Journal of Biostatistics 12 (2016) 20150024). Where all
    cases or none are hits that variance is unknown and patients are counted.
    """
    hit = np.asarray(hits, dtype=bool).astype(np.float64)
    if len(hit) == 0:
        return _UNDEFINED
    groups = _groups(patients, len(hit))
    n, clusters = len(hit), int(groups.max()) + 1
    share = math.fsum(hit) / n
    effective = float(clusters)
    if 0 < share < 1 and clusters > 1:
        variance = _clustered_variance(hit, share, groups)
        effective = min(n, 1 + share * (1 - share) / variance) if variance > 0 else n
    low, high = wilson_interval(share, effective)
    return Estimate(value=share, low=low, high=high, n=n)


def mean_confidence(scores: ArrayLike, patients: ArrayLike) -> Estimate:
    """Return mean of the larger class probability, max(p, 1 - p), with a t interval over patients.

    Args:
        scores: (N,) p(finding).
        patients: (N,) a number for each patient.
    """
    score = np.asarray(scores, dtype=np.float64)
    if len(score) == 0:
        return _UNDEFINED
    groups = _groups(patients, len(score))
    confidence = np.maximum(score, 1 - score)
    mean, clusters = math.fsum(confidence) / len(score), int(groups.max()) + 1
    if clusters == 1:
        return Estimate(value=mean, low=None, high=None, n=len(score))
    half = t_quantile(clusters - 1) * math.sqrt(_clustered_variance(confidence, mean, groups))
    return Estimate(value=mean, low=max(0.5, mean - half), high=min(1.0, mean + half), n=len(score))


def _cases(
    scores: ArrayLike, labels: ArrayLike, patients: ArrayLike
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.intp]]:
    score, label = np.asarray(scores, dtype=np.float64), np.asarray(labels)
    if score.shape != label.shape or score.ndim != 1:
        raise ValueError(f"scores {score.shape} and labels {label.shape} must be one number a case")
    if np.isnan(score).any():
        raise ValueError("a score is NaN")
    return score, label == 1, _groups(patients, len(score))


def _groups(patients: ArrayLike, n: int) -> NDArray[np.intp]:
    """Return (N,) patients numbered from 0."""
    names = np.asarray(patients)
    if names.shape != (n,):
        raise ValueError(f"patients {names.shape} must name one patient for each of {n} cases")
    return np.unique(names, return_inverse=True)[1].astype(np.intp)


def _midranks(values: Floats) -> Floats:
    """Return (N,) ranks from 1, ties sharing the mean of theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle: Floats = np.cumsum(counts) - (counts - 1) / 2
    return middle[inverse]


def _clustered_variance(values: Floats, mean: float, groups: NDArray[np.intp]) -> float:
    """Return variance of the mean of values that come in groups (ratio estimator)."""
    excess = np.bincount(groups, values - mean)
    return _inflated(_dot(excess, excess), len(excess)) / len(values) ** 2


def _dot(left: NDArray[Any], right: NDArray[Any]) -> float:
    return math.fsum(left * right)


def _inflated(sum_of_squares: float, clusters: int) -> float:
    return sum_of_squares * clusters / (clusters - 1) if clusters > 1 else 0.0


def _area_score_interval(area: float, positives: int, negatives: int) -> tuple[float, float]:
    """Return Newcombe's method 5: the areas whose Hanley-McNeil variance leaves `area` within Z standard errors."""

    def excess(theta: float) -> float:
        half = (positives + negatives) / 2 - 1
        spread = theta * (1 - theta) * (1 + half * ((1 - theta) / (2 - theta) + theta / (1 + theta)))
        return (theta - area) * (theta - area) - Z * Z * max(spread, 0.0) / (positives * negatives)

    def root(end: float) -> float:
        inside, outside = area, end
        for _ in range(80):
            middle = (inside + outside) / 2
            inside, outside = (middle, outside) if excess(middle) <= 0 else (inside, middle)
        return inside

    return root(0.0), root(1.0)
