"""Figures of a classifier with 95 % intervals, from scores and labels. NumPy only."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z95 = 1.959963984540054


class Interval(NamedTuple):
    """A figure with its 95 % interval; NaN where it is undefined."""

    value: float
    low: float
    high: float


def wilson(successes: int, n: int) -> Interval:
    """A share with its Wilson score interval (Wilson 1927)."""
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    share = successes / n
    centre = (share + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
    half = Z95 * math.sqrt(share * (1 - share) / n + Z95**2 / (4 * n * n)) / (1 + Z95**2 / n)
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def _midranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[inverse]


def auroc(scores: ArrayLike, labels: ArrayLike) -> float:
    """Area under the ROC curve: the share of (positive, negative) pairs ranked rightly, ties counting half."""
    s, y = np.asarray(scores, dtype=np.float64), np.asarray(labels).astype(bool)
    positives, negatives = int(y.sum()), int((~y).sum())
    if not positives or not negatives:
        return math.nan
    rank_sum = _midranks(s)[y].sum()
    return float((rank_sum - positives * (positives + 1) / 2) / (positives * negatives))


def auroc_interval(
    scores: ArrayLike, labels: ArrayLike, patients: ArrayLike | None = None, *, repeats: int = 1000
) -> Interval:
    """AUROC with a percentile bootstrap interval over patients (over cases where no patients are given).

    Patients are resampled because two images of one patient are not two observations. The resampling has its own
    fixed stream, so the same data give the same interval.
    """
    s, y = np.asarray(scores, dtype=np.float64), np.asarray(labels).astype(np.int64)
    value = auroc(s, y)
    if math.isnan(value):
        return Interval(value, math.nan, math.nan)
    _, group = np.unique(np.arange(len(y)) if patients is None else np.asarray(patients), return_inverse=True)
    groups = int(group.max()) + 1
    order = np.argsort(s, kind="stable")
    s, y, group = s[order], y[order], group[order]
    tie = np.cumsum(np.r_[0, np.diff(s) > 0])
    stream = np.random.Generator(np.random.Philox(key=20180414))
    draws = np.empty(repeats)
    for repeat in range(repeats):
        weight = np.bincount(stream.integers(0, groups, groups), minlength=groups)[group]
        positive = np.bincount(tie, weights=weight * y)
        negative = np.bincount(tie, weights=weight * (1 - y))
        below = np.cumsum(negative) - negative
        pairs = positive.sum() * negative.sum()
        draws[repeat] = (positive * (below + negative / 2)).sum() / pairs if pairs else math.nan
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return Interval(value, float(low), float(high))


def mean_interval(values: ArrayLike) -> Interval:
    """A mean with its normal 95 % interval."""
    v = np.asarray(values, dtype=np.float64)
    if len(v) == 0:
        return Interval(math.nan, math.nan, math.nan)
    half = Z95 * float(v.std(ddof=1)) / math.sqrt(len(v)) if len(v) > 1 else math.nan
    return Interval(float(v.mean()), float(v.mean()) - half, float(v.mean()) + half)


def threshold_at(
    scores: ArrayLike,
    labels: ArrayLike,
    *,
    sensitivity: float | None = None,
    specificity: float | None = None,
) -> float:
    """The highest threshold with at least this sensitivity, or the lowest with at least this specificity.

    A score at or above the threshold counts as the finding. Name exactly one of the two.
    """
    if (sensitivity is None) == (specificity is None):
        raise ValueError("name exactly one of sensitivity and specificity")
    s, y = np.asarray(scores, dtype=np.float64), np.asarray(labels).astype(bool)
    if sensitivity is not None:
        positive = np.sort(s[y])
        return float(positive[int(math.floor((1 - sensitivity) * len(positive) + 1e-9))])
    assert specificity is not None
    negative = np.sort(s[~y])
    needed = math.ceil(specificity * len(negative) - 1e-9)
    return float(np.nextafter(negative[needed - 1], np.inf)) if needed else float(-np.inf)


class Figures(NamedTuple):
    """The figures of one classifier on one set of cases."""

    n: int
    positives: int
    threshold: float
    auroc: Interval
    accuracy: Interval
    confidence: Interval
    sensitivity: Interval
    specificity: Interval


def evaluate(
    scores: ArrayLike, labels: ArrayLike, *, threshold: float, patients: ArrayLike | None = None
) -> Figures:
    """All figures of p(finding) `scores` (N,) against `labels` (N,); accuracy is at 0.5, as in Finlayson et al."""
    s, y = np.asarray(scores, dtype=np.float64), np.asarray(labels).astype(bool)
    return Figures(
        n=len(y),
        positives=int(y.sum()),
        threshold=threshold,
        auroc=auroc_interval(s, y, patients),
        accuracy=wilson(int(((s >= 0.5) == y).sum()), len(y)),
        confidence=mean_interval(np.maximum(s, 1 - s)),
        sensitivity=wilson(int((s[y] >= threshold).sum()), int(y.sum())),
        specificity=wilson(int((s[~y] < threshold).sum()), int((~y).sum())),
    )
