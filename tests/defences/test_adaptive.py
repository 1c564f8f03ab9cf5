from __future__ import annotations

import pytest
import torch
from torch import nn

from tests.defences.conftest import CPU, cases_of
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.search.objective import DecisionObjective
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.defences.detectors.adaptive import Evasion, evade
from threatsim.defences.detectors.density import KernelDensity
from threatsim.defences.detectors.detector import Calibrated, DetectorProtocol, calibrate
from threatsim.defences.detectors.features import DeepFeatures
from threatsim.defences.detectors.gaussian import Mahalanobis

BUDGET = PixelBudget.grey_levels(60)  # feature 1 must be moved by 50 of them to lie among the other class


def calibrated(kind: str, network: nn.Module) -> Calibrated:
    features, cases = DeepFeatures(network, CPU), cases_of(300, seed=1)
    detector: DetectorProtocol = (Mahalanobis if kind == "mahalanobis" else KernelDensity).fit(features, cases)
    return calibrate(detector, cases_of(200, seed=2).images, false_alarm=0.05)


@pytest.mark.parametrize("kind", ["mahalanobis", "density"])
def test_who_ignores_the_detector_is_seen_and_who_knows_it_is_not(kind: str, network: nn.Module) -> None:
    detector, cases, target = calibrated(kind, network), cases_of(24, seed=3), Target(network, CPU)
    naive = attack(
        ThreatModel(target, target, {}, {}), cases, PGD(access="white_box", budget=BUDGET, step=20, steps=20)
    )
    assert bool(naive.success.all())
    assert float(detector.flags(naive.images).float().mean()) > 0.95
    towards = torch.from_numpy(1 - cases.labels.astype("int64"))
    evaded = evade(
        target, detector, cases.images, TargetDecision.finding(towards), BUDGET, keys=list(cases.fingerprints), steps=60
    )
    assert float(evaded.undetected.float().mean()) > 0.9
    assert float(evaded.flagged.float().mean()) < 0.1
    # The verdict is that of the untouched classifier and detector on files within the budget.
    assert float((evaded.images - cases.images).abs().max()) <= BUDGET.radius + 1e-6
    torch.testing.assert_close((evaded.images * 255).round() / 255, evaded.images)
    assert torch.equal(evaded.success, network(evaded.images).argmax(1) == towards)
    assert torch.equal(evaded.flagged, detector.flags(evaded.images))


def test_a_detector_that_nothing_passes_is_not_claimed_to_be_evaded(network: nn.Module) -> None:
    detector = calibrated("mahalanobis", network)
    closed = Calibrated(detector.detector, -1.0, detector.spread)
    cases, target = cases_of(4, seed=3), Target(network, CPU)
    target_decision = TargetDecision.finding(torch.from_numpy(1 - cases.labels.astype("int64")))
    evaded = evade(
        target, closed, cases.images, target_decision, BUDGET, keys=["a", "b", "c", "d"], steps=5, restarts=2
    )
    assert bool(evaded.flagged.all())
    assert not bool(evaded.undetected.any())


def test_the_margin_is_the_lesser_of_both_and_rows_keep_their_own_aim(network: nn.Module) -> None:
    detector, images = calibrated("mahalanobis", network), cases_of(6, seed=4).images
    target_decision = TargetDecision.finding(torch.tensor([0, 1, 0, 1, 1, 1]))
    rows = torch.tensor([5, 0, 2])
    loss, margin = Evasion(DecisionObjective(network, target_decision, "margin"), detector).measure(images[rows], rows)
    logits = network(images[rows])
    sign = torch.tensor([1.0, -1.0, -1.0])
    success = sign * (logits[:, 1] - logits[:, 0])
    unseen = detector.margin(images[rows]).float()
    torch.testing.assert_close(margin, torch.minimum(success, unseen))
    torch.testing.assert_close(
        loss, -torch.log1p((-success).exp()) - torch.log1p((-unseen).exp()), atol=1e-5, rtol=1e-5
    )


def test_the_staged_loss_rises_with_the_decision_first_and_the_detector_after(network: nn.Module) -> None:
    class Turned:
        def measure(self, images: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return images[:, 0, 0, 0], images[:, 0, 0, 0]

    class Seen:
        device = CPU

        def statistic(self, images: torch.Tensor) -> torch.Tensor:
            return -images[:, 1, 0, 0]

    rising = [(-9.0, 5.0), (0.4, -1.0), (0.6, -1e6), (0.6, -3.0), (0.6, -0.1), (0.6, 0.0), (0.6, 2.0)]
    images = torch.tensor(rising)[:, :, None, None]
    objective = Evasion(Turned(), Calibrated(Seen(), 0.0, 1.0), "staged")
    loss, margin = objective.measure(images, torch.arange(len(rising)))
    assert bool((loss.diff() > 0).all())
    assert margin.tolist() == pytest.approx([min(pair) for pair in rising])


def test_an_image_is_attacked_alike_alone_and_in_company(network: nn.Module) -> None:
    detector, cases, target = calibrated("mahalanobis", network), cases_of(8, seed=5), Target(network, CPU)
    target_decision = TargetDecision.finding(torch.from_numpy(1 - cases.labels.astype("int64")))
    keys = list(cases.fingerprints)
    tight = PixelBudget.grey_levels(20)
    together = evade(target, detector, cases.images, target_decision, tight, keys=keys, steps=10, restarts=2, batch=4)
    one = torch.tensor([6])
    alone = evade(
        target, detector, cases.images[6:7], target_decision.take(one), tight, keys=keys[6:7], steps=10, restarts=2
    )
    torch.testing.assert_close(together.images[6:7], alone.images)
