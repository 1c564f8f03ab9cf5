"""The patient bootstrap: an interval from drawing patients again, for figures without a formula that one would trust.

Beside `discrimination.auroc`, whose interval is a formula (DeLong, Obuchowski), this one assumes only that the patients
are a sample; the tests hold the two against each other.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from threatsim.statistics.discrimination import auroc
from threatsim.statistics.estimate import Estimate

RESAMPLES = 1000
_AT_ONCE = 2_000_000  # weights held in memory


def auroc_over_patients(
    scores: ArrayLike, labels: ArrayLike, patients: ArrayLike, *, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate:
    """Return area under the ROC curve with the percentile interval over resampled patients.

    Args:
        scores: (N,) any real score, greater meaning more likely.
        labels: (N,) 1 with the finding, 0 without.
        patients: (N,) a name or number for each patient; all cases of a patient are drawn together.
        resamples: number of samples of as many patients as there are.
        seed: of the draws; the same seed gives the same interval.

    Percentiles of Efron (Annals of Statistics 7 (1979) 1-26). Resamples that hold one label only have no area and are
    left out. At an area of exactly 0 or 1, which attacks do reach, every resample repeats it and the interval would
    have no width: there the score interval of `discrimination.auroc` is given.

    Raises:
        ValueError: the three differ in length, or a score is NaN.
    """
    formula = auroc(scores, labels, patients)
    if formula.value is None or formula.value in (0.0, 1.0):
        return formula
    areas = resampled_areas(scores, labels, patients, resamples=resamples, seed=seed)
    areas = areas[~np.isnan(areas)]
    if not len(areas):
        return formula.model_copy(update={"low": None, "high": None})
    low, high = np.quantile(areas, (0.025, 0.975))
    return Estimate(value=formula.value, low=float(low), high=float(high), n=formula.n)


def resampled_areas(
    scores: ArrayLike, labels: ArrayLike, patients: ArrayLike, *, resamples: int, seed: int
) -> NDArray[np.float64]:
    """Return (R,) the area in every sample of patients with replacement; NaN where only one label was drawn.

    Args:
        scores, labels, patients: (N,), the label 1 for the finding; cases of one patient are drawn together.
        resamples: R, how many samples.
        seed: of the draws.
    """
    score, positive = np.asarray(scores, np.float64), np.asarray(labels) == 1
    groups = np.unique(np.asarray(patients), return_inverse=True)[1]
    order = np.argsort(score, kind="stable")
    score, positive, groups = score[order], positive[order], groups[order]
    first = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])  # where each run of equal scores begins
    count = int(groups.max()) + 1
    random = np.random.default_rng(seed)
    areas: list[NDArray[np.float64]] = []
    rows = max(1, _AT_ONCE // len(score))
    for start in range(0, resamples, rows):
        some = min(rows, resamples - start)
        # Whole numbers, since the multinomial generator takes logarithms, which differ between processors.
        drawn = random.integers(count, size=(some, count)) + count * np.arange(some)[:, None]
        times = np.bincount(drawn.ravel(), minlength=some * count).reshape(some, count)
        weight = times[:, groups].astype(np.float64)
        up = np.add.reduceat(weight * positive, first, axis=1)
        down = np.add.reduceat(weight * ~positive, first, axis=1)
        below = np.cumsum(down, axis=1) - down / 2  # ties count half
        pairs = up.sum(1) * down.sum(1)
        with np.errstate(invalid="ignore"):
            areas.append(np.where(pairs > 0, (up * below).sum(1) / pairs, math.nan))
    return np.concatenate(areas)
