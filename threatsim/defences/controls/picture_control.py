"""Controls as a payer runs them on submitted pictures: for each picture a statistic, greater the more suspicious.

A case keeps its patient whatever picture is sent for it. Nothing is known of altered pictures in advance: thresholds
are set on clean ones (`threatsim.common.thresholds.threshold_within`) at the budget of each payer, so it is the
statistic that is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.cases.image_set import CaseSet
from threatsim.catalogue.controls import CONTROLS
from threatsim.defences.detectors.input_detector import InputDetector
from threatsim.defences.reference import Ground

CONTROLS_VERSION = 1
"""Raised whenever a control changes what it measures, so that statistics kept from before are not taken for its own."""


class FittedControl(Protocol):
    """A control on the picture.

    Attributes:
        fingerprint: all that the statistic depends on beside the case and the picture.
    """

    fingerprint: str

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        """Return (N,) float32: how suspicious the pictures (N, 3, H, W) are that were sent for N cases."""
        ...


def fitted_controls(names: Iterable[str], ground: Ground) -> dict[str, FittedControl]:
    """Make the controls of these names; they are fitted when first used.

    Args:
        names: of rows of `threatsim.catalogue.controls`.
        ground: what they are made of.

    Raises:
        InputError: there is no such control.
    """
    made: dict[str, FittedControl] = {}
    for name in names:
        row = CONTROLS.find(name)
        made[name] = InputDetector(row, ground) if row.is_detector else row.resolve()(ground)
        if row.identity():  # what was measured by another version is not taken for its own
            made[name].fingerprint += f" {json.dumps(row.identity(), sort_keys=True)}"
    return made
