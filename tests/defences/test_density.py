from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal
from torch import nn

from tests.defences.conftest import CPU, cases_of, pattern
from threatsim.common.errors import ThreatsimError
from threatsim.defences.detectors.density import KernelDensity
from threatsim.defences.detectors.detector import calibrate
from threatsim.defences.detectors.features import DeepFeatures


def test_is_minus_the_log_of_scipy_s_mean_of_normals_of_the_predicted_class(network: nn.Module) -> None:
    cases, fresh = cases_of(60, seed=1), cases_of(8, seed=2).images
    features = DeepFeatures(network, CPU)
    detector = KernelDensity.fit(features, cases)
    known, of = (
        part.double().numpy() if part.is_floating_point() else part.numpy() for part in features.of(cases.images)
    )
    points, predicted = features.of(fresh)
    kernel = multivariate_normal(np.zeros(2), detector.bandwidth**2 * np.eye(2))
    expected = [
        -np.log(np.mean(kernel.pdf(known[of == label] - point)))
        for point, label in zip(points.double().numpy(), predicted.numpy(), strict=True)
    ]
    found = detector.statistic(fresh).numpy()
    constant = np.log(2 * np.pi * detector.bandwidth**2)  # of the kernel in two dimensions
    np.testing.assert_allclose(found, np.array(expected) - constant, rtol=1e-6, atol=1e-6)


def test_the_bandwidth_is_about_the_best_one_for_a_normal_sample(network: nn.Module) -> None:
    cases = cases_of(400, seed=3)
    features = DeepFeatures(network, CPU)
    seen, predicted = features.of(cases.images)
    spread = float(torch.cat([seen[predicted == label].std(0) for label in (0, 1)]).log().mean().exp())
    rule_of_scott = spread * 200 ** (-1 / 6)
    assert 0.3 < KernelDensity.fit(features, cases).bandwidth / rule_of_scott < 2


def test_false_alarms_stay_near_the_budget_and_the_far_away_is_flagged(network: nn.Module) -> None:
    detector = KernelDensity.fit(DeepFeatures(network, CPU), cases_of(300, seed=1))
    calibrated = calibrate(detector, cases_of(400, seed=2).images, false_alarm=0.05)
    fresh = cases_of(1000, seed=3).images
    assert 0.02 < float(calibrated.flags(fresh).float().mean()) < 0.09
    stranger = fresh.clone()
    stranger[:, :, 8:] += (0.1 * pattern())[:, 8:]  # feature 2, which no clean image has
    assert float(calibrated.flags(stranger).float().mean()) > 0.95
    assert bool(torch.isfinite(detector.statistic(torch.zeros(1, 3, 16, 16))).all())


def test_a_classifier_that_knows_one_class_only_is_refused(network: nn.Module) -> None:
    with torch.no_grad():
        network[2].bias.copy_(torch.tensor([100.0, 0.0]))
    with pytest.raises(ThreatsimError, match="two of each class"):
        KernelDensity.fit(DeepFeatures(network, CPU), cases_of(20, seed=1))
