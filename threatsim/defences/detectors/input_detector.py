"""An input detector as a payer runs it: fitted on clean pictures when it is first used."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.search.batch_invariance import steady_threads
from threatsim.cases.image_set import CaseSet
from threatsim.catalogue.controls import ControlRow
from threatsim.defences.detectors.detector import DetectorProtocol, statistics
from threatsim.defences.reference import Ground


class InputDetector:
    """A detector on the payer's own classifier.

    Args:
        row: which detector.
        ground: the classifier, and clean pictures to fit it on.
    """

    def __init__(self, row: ControlRow, ground: Ground) -> None:
        self._row, self._ground = row, ground
        self.fingerprint = f"{row.name} {ground.watched.weights} {ground.reference.fingerprint}"

    @cached_property
    def _detector(self) -> DetectorProtocol:
        with steady_threads():
            detector: DetectorProtocol = self._row.resolve()(self._ground)
        return detector

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        """Return (N,) the detector's own statistic."""
        return statistics(self._detector, submitted).numpy().astype(np.float32)
