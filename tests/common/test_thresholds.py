from __future__ import annotations

import numpy as np
import pytest

from threatsim.common.thresholds import threshold_at


@pytest.mark.parametrize("rate", [0.5, 0.8, 0.9, 0.95, 1.0])
def test_operating_points_reach_the_rate_they_name_and_waste_nothing(rate: float) -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 500)
    scores = rng.random(500).round(2).astype(np.float32)  # with ties
    threshold = np.float32(threshold_at(scores, labels, sensitivity=rate))
    assert (scores[labels == 1] >= threshold).mean() >= rate
    assert (scores[labels == 1] > threshold).mean() < rate
    threshold = np.float32(threshold_at(scores, labels, specificity=rate))
    assert (scores[labels == 0] < threshold).mean() >= rate
    assert (scores[labels == 0] < scores[scores < threshold].max()).mean() < rate


def test_an_operating_point_names_one_rate_and_needs_cases() -> None:
    with pytest.raises(ValueError, match="exactly one"):
        threshold_at([0.1, 0.9], [0, 1])
    with pytest.raises(ValueError, match="exactly one"):
        threshold_at([0.1, 0.9], [0, 1], sensitivity=0.5, specificity=0.5)
    with pytest.raises(ValueError, match="no calibration case has label 1"):
        threshold_at([0.1, 0.9], [0, 0], sensitivity=0.5)
