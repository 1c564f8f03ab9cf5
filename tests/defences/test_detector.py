from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.defences.conftest import CPU, cases_of
from threatsim.common.errors import ThreatsimError
from threatsim.common.thresholds import threshold_within
from threatsim.defences.detectors.detector import calibrate


class Brightness:
    """Mean grey value."""

    device = CPU

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        return images.mean((1, 2, 3))


def test_the_threshold_is_the_rank_of_the_closed_form() -> None:
    values = np.random.default_rng(0).permutation(100).astype(float)
    assert threshold_within(values[:100], 0.05) == 95  # the 96th of 100: ceil(101 x 0.95)
    assert threshold_within(np.arange(19.0), 0.05) == 18  # the greatest of 19 leaves exactly 1 in 20


def test_too_few_clean_images_for_the_budget_are_refused() -> None:
    with pytest.raises(ThreatsimError, match="at least 19"):
        threshold_within(np.arange(18.0), 0.05)
    with pytest.raises(ThreatsimError, match="not a number"):
        threshold_within([0.0, np.nan] * 30, 0.05)
    for budget in (0.0, 1.0):
        with pytest.raises(ThreatsimError, match="between 0 and 1"):
            threshold_within(np.arange(100.0), budget)


@pytest.mark.parametrize(("calibrated", "budget"), [(39, 0.05), (50, 0.1), (200, 0.02)])
def test_a_fresh_statistic_exceeds_the_threshold_as_often_as_the_budget_says(calibrated: int, budget: float) -> None:
    generator = np.random.default_rng(1)
    worlds = 4000
    clean = generator.lognormal(sigma=2, size=(worlds, calibrated))  # any distribution will do
    fresh = generator.lognormal(sigma=2, size=worlds)
    exceeded = np.mean([value > threshold_within(row, budget) for row, value in zip(clean, fresh, strict=True)])
    noise = 4 * np.sqrt(budget * (1 - budget) / worlds)
    assert budget - 1 / (calibrated + 1) - noise < exceeded < budget + noise


def test_ties_make_the_rate_lower_and_never_higher() -> None:
    values = np.repeat([1.0, 2.0], 50)
    assert np.mean(values > threshold_within(values, 0.1)) == 0


def test_a_calibrated_detector_flags_beyond_its_threshold_in_units_of_the_clean_spread() -> None:
    calibration, fresh = cases_of(400, seed=1).images, cases_of(1000, seed=2).images
    detector = calibrate(Brightness(), calibration, false_alarm=0.1)
    assert float(detector.flags(fresh).float().mean()) == pytest.approx(0.1, abs=0.05)
    assert torch.equal(detector.flags(fresh), detector.margin(fresh) < 0)
    one_spread_more = fresh[:3] + detector.spread
    torch.testing.assert_close(
        detector.margin(fresh[:3]) - detector.margin(one_spread_more), torch.ones(3), atol=1e-3, rtol=0
    )
