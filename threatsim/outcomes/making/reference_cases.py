"""The clean pictures that controls on the picture are fitted and calibrated on: the classifier's own splits."""

from __future__ import annotations

import hashlib
import json
from functools import partial

from threatsim.cases.archive import Archive
from threatsim.classifiers.production import synthetic_cases
from threatsim.classifiers.store import ClassifierFolder
from threatsim.defences.reference import Reference

_FITTED, _CALIBRATED = 1000, 500
"""Most cases that controls are fitted on, and that their thresholds are set on."""


def reference_of(folder: ClassifierFolder, archive: Archive | None) -> Reference:
    """Return clean pictures of a classifier's own training and calibration splits.

    Args:
        archive: the images that the classifier was trained on; the card's synthetic ones if None.
    """
    if archive is not None:
        return Reference(
            f"archive {archive.fingerprint}",
            lambda: archive.train.sample(_FITTED),
            lambda: archive.calibration.sample(_CALIBRATED),
            min(len(archive.calibration), _CALIBRATED),
        )
    data, draw = folder.card.data, partial(synthetic_cases, folder.card)
    # The first picture of each split tells one version of the drawing from another, and costs little.
    first = [draw(split, 1).fingerprints for split in ("train", "calibration")]
    named = json.dumps([folder.card.modality, data.model_dump(mode="json"), first], sort_keys=True)
    return Reference(
        f"synthetic {hashlib.sha256(named.encode()).hexdigest()[:16]}",
        lambda: draw("train", min(_FITTED, data.train)),
        lambda: draw("calibration", min(_CALIBRATED, data.calibration)),
        min(_CALIBRATED, data.calibration),
    )
