"""Another patient's image for each case, for attacks that send one in its place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from threatsim.cases.image_set import CaseSet
from threatsim.common.errors import ThreatsimError
from threatsim.common.keyed.keyed_random import keyed_uniform


def other_patients(
    cases: CaseSet, wanted: torch.Tensor, pool: CaseSet, *, seed: int
) -> Callable[[list[int]], torch.Tensor]:
    """Return rows of `cases` -> (N, 3, H, W), for each the image of another patient of the pool, of the wanted label.

    Which one depends on the image and on the pool alone.

    Args:
        cases: the cases whose image is replaced.
        wanted: (len(cases),) int64, the label that the other image has.
        pool: where images are taken from.
        seed: of the choice.

    Raises:
        ThreatsimError: no other patient has the wanted label.
    """
    patients = np.array(pool.patient_ids)

    def draw(rows: list[int]) -> torch.Tensor:
        chosen = []
        for row in rows:
            others = np.flatnonzero((pool.labels == int(wanted[row])) & (patients != cases.patient_ids[row]))
            if len(others) == 0:
                raise ThreatsimError(f"case '{cases.case_ids[row]}': no other patient's image has the wanted label")
            unit = float(keyed_uniform([f"substitution/{seed}/{cases.fingerprints[row]}"], (1,))[0, 0])
            chosen.append(int(others[min(int(unit * len(others)), len(others) - 1)]))
        return pool.images[chosen]

    return draw
