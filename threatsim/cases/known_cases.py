"""Cases whose pictures are not here: what is known of each beside its pixels, which is enough to look outcomes up."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from threatsim.cases.image_set import CaseSet
from threatsim.common.errors import ThreatsimError


@dataclass(frozen=True)
class KnownCases:
    """Cases of one modality without their pictures.

    Attributes:
        modality: a kind of image of `threatsim.catalogue.modalities`.
        labels: (N,) int8; 1 with what the classifier looks for.
        case_ids: (N,) a name for each case.
        patient_ids: (N,) the patient (or lesion) a case belongs to.
        fingerprints: (N,) the hash of each picture's 8-bit pixels, as `CaseSet.fingerprints` has it.
        source: where the pictures come from, in words for a report.
        size: height and width of a picture in pixels.
    """

    modality: str
    labels: NDArray[np.int8]
    case_ids: tuple[str, ...]
    patient_ids: tuple[str, ...]
    fingerprints: tuple[str, ...]
    source: str
    size: tuple[int, int]

    def __len__(self) -> int:
        return len(self.labels)

    def subset(self, rows: NDArray[np.integer] | list[int]) -> KnownCases:
        """Return the cases at these rows (M,), in this order."""
        index = np.asarray(rows, dtype=np.int64)

        def chosen(names: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(names[row] for row in index)

        return replace(
            self,
            labels=self.labels[index],
            case_ids=chosen(self.case_ids),
            patient_ids=chosen(self.patient_ids),
            fingerprints=chosen(self.fingerprints),
        )

    def with_pictures(self) -> CaseSet:
        """Refuse: there are no pictures.

        Raises:
            ThreatsimError: always.
        """
        raise ThreatsimError(
            f"{self.modality}: what was measured on these photographs ({self.source}) is here, not they themselves",
            hint="Name the folder of your own copy with --images.",
        )


AnyCases = CaseSet | KnownCases
"""Cases with their pictures or without."""
