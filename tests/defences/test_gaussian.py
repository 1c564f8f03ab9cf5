from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import mahalanobis
from torch import nn

from tests.defences.conftest import CPU, cases_of
from threatsim.defences.detectors.detector import calibrate
from threatsim.defences.detectors.features import DeepFeatures
from threatsim.defences.detectors.gaussian import RIDGE, Mahalanobis


@pytest.mark.parametrize("by_class", [True, False])
def test_agrees_with_scipy_on_means_and_covariance_from_numpy(network: nn.Module, by_class: bool) -> None:
    cases, fresh = cases_of(60, seed=1), cases_of(8, seed=2).images
    features = DeepFeatures(network, CPU)
    seen = features.of(cases.images)[0].double().numpy()
    groups = cases.labels if by_class else np.zeros(60)
    means = [seen[groups == group].mean(0) for group in np.unique(groups)]
    centred = np.concatenate([seen[groups == group] - seen[groups == group].mean(0) for group in np.unique(groups)])
    covariance = np.cov(centred, rowvar=False, bias=True)
    covariance += RIDGE * np.trace(covariance) / 2 * np.eye(2)
    inverse = np.linalg.inv(covariance)
    expected = [
        min(mahalanobis(one, mean, inverse) ** 2 for mean in means) for one in features.of(fresh)[0].double().numpy()
    ]
    found = Mahalanobis.fit(features, cases, by_class=by_class).statistic(fresh)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_false_alarms_stay_near_the_budget_on_fresh_images(network: nn.Module) -> None:
    detector = Mahalanobis.fit(DeepFeatures(network, CPU), cases_of(300, seed=1))
    calibrated = calibrate(detector, cases_of(400, seed=2).images, false_alarm=0.05)
    alarms = float(calibrated.flags(cases_of(1000, seed=3).images).float().mean())
    assert 0.02 < alarms < 0.09


def test_the_gradient_is_that_of_finite_differences(network: nn.Module) -> None:
    cases = cases_of(60, seed=4)
    cases = replace(cases, images=cases.images.double())
    detector = Mahalanobis.fit(DeepFeatures(network.double(), CPU), cases)
    image = cases_of(1, seed=5).images.double().requires_grad_(True)
    gradient = torch.autograd.grad(detector.statistic(image).sum(), image)[0]
    direction = torch.randn(image.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    step = 1e-5
    with torch.no_grad():
        ahead, back = detector.statistic(image + step * direction), detector.statistic(image - step * direction)
    assert float((ahead - back) / (2 * step)) == pytest.approx(float((gradient * direction).sum()), rel=1e-5)


def test_features_that_never_vary_do_no_harm() -> None:
    network = nn.Sequential(nn.AvgPool2d(16), nn.Flatten(), nn.Linear(3, 2)).eval()
    cases = cases_of(20, seed=0)
    cases.images[:, 2] = 0.5
    detector = Mahalanobis.fit(DeepFeatures(network, CPU), cases)
    assert bool(torch.isfinite(detector.statistic(cases.images)).all())
