"""Real archives, where they are at hand: named by THREATSIM_IMAGES_224, or in shared/data224 beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.archive import load_archive
from threatsim.cases.layouts.known import find_archives
from threatsim.classifiers.production import initial_weights
from threatsim.classifiers.store import shipped
from threatsim.classifiers.training_loop import train_classifier
from threatsim.statistics.discrimination import auroc

PLACE = Path(os.environ.get("THREATSIM_IMAGES_224") or Path(__file__).parents[3] / "shared" / "data224")
TESTED = {"fundoscopy": 103, "chest_xray": 624, "dermoscopy": 510}  # the archives' own test splits
CPU = torch.device("cpu")

pytestmark = pytest.mark.skipif(not PLACE.is_dir(), reason=f"no real archives in {PLACE}")


@pytest.mark.parametrize("modality", TESTED)
def test_official_splits_are_kept_and_no_patient_crosses_them(modality: str) -> None:
    archive = load_archive(find_archives(PLACE)[modality], modality, size=64)
    assert len(archive.test) == TESTED[modality]
    patients = [set(part.patient_ids) for part in (archive.train, archive.calibration, archive.test)]
    assert not patients[0] & patients[1]
    assert not patients[2] & (patients[0] | patients[1])
    assert 0.1 < len(archive.calibration) / (len(archive.train) + len(archive.calibration)) < 0.2
    assert archive.test.images[:].std() > 0.1


def test_a_classifier_of_real_x_rays_learns_and_is_fooled_at_the_paper_s_epsilon() -> None:
    archive = load_archive(find_archives(PLACE)["chest_xray"], "chest_xray", size=64)
    base = shipped("chest_xray")
    card = base.card
    some = np.random.default_rng(0).permutation(len(archive.train))[:1500]
    recipe = card.recipe_for_archives.model_copy(update={"epochs": 3})
    network = train_classifier(
        card.network,
        recipe,
        archive.train.subset(some),
        archive.calibration,
        seed=1,
        device=CPU,
        initial=initial_weights(base, "victim", recipe, CPU),
    )
    target = Target(network, CPU)
    threat_model = ThreatModel(target, target, {}, {"victim": "v"})
    cases = archive.test.subset(np.random.default_rng(1).permutation(len(archive.test))[:128])
    clean = auroc(clean_scores(threat_model, cases), cases.labels, cases.patient_ids).value
    spec = PGD(access="white_box", budget=PixelBudget(epsilon=0.02), step=0.01, steps=20)
    attacked = auroc(attack(threat_model, cases, spec).scores, cases.labels, cases.patient_ids).value
    assert clean is not None
    assert attacked is not None
    assert clean > 0.8
    assert attacked < clean - 0.3
