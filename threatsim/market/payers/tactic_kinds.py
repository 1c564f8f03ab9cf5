"""What tactics do to an image, as far as a payer's controls and readers may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.attacks import ATTACKS
from threatsim.scenario import schema


@dataclass(frozen=True)
class TacticKinds:
    """What tactics do to an image; columns (T + 1,), the last entry, for honest claims, False.

    Attributes:
        alters_file: the image file is changed.
        patch: a patch is on it.
        substituted: it is another patient's image.
    """

    alters_file: NDArray[np.bool_]
    patch: NDArray[np.bool_]
    substituted: NDArray[np.bool_]

    @classmethod
    def of(cls, tactics: Sequence[schema.Tactic]) -> TacticKinds:
        """Return those of the tactics of a scenario."""
        rows = [ATTACKS[tactic.attack] for tactic in tactics]

        def column(kind: list[bool]) -> NDArray[np.bool_]:
            return np.array([*kind, False], np.bool_)

        return cls(
            alters_file=column([row.alters_file for row in rows]),
            patch=column([row.visible == "patch" for row in rows]),
            substituted=column([row.visible == "another_patient" for row in rows]),
        )
