"""What a payer flags pictures by: duplicate search, same-patient matching, a detector; by what each measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.controls import CONTROLS
from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.thresholds import threshold_within
from threatsim.market.case_pool import CasePool
from threatsim.market.streams import WeekDraws
from threatsim.market.week import Claims
from threatsim.scenario.sections.picture_controls import Integrity, PictureControl, controls_in


class Screening:
    """The controls on the picture that one payer uses by now.

    Args:
        integrity: those that it begins with.
        tables: outcome tables by modality, for the thresholds.
        modalities: names, in the order of the scenario.
        pool: what the controls make of each case.
    """

    def __init__(
        self, integrity: Integrity, tables: Mapping[str, OutcomeTable], modalities: Sequence[str], pool: CasePool
    ) -> None:
        self._tables, self._pool = [tables[name] for name in modalities], pool
        self._used: dict[str, tuple[PictureControl, NDArray[np.float32]]] = {}
        self.adopt(controls_in(integrity))

    def adopt(self, screens: Iterable[PictureControl]) -> None:
        """Use controls from now on, each in place of another under its key.

        Raises:
            ThreatsimError: the outcome tables lack it, or have too few calibration cases for its budget.
        """
        for screen in screens:
            key = CONTROLS[screen.name].key
            if key not in self._used or self._used[key][0] != screen:
                self._used[key] = screen, self._thresholds(screen)

    def _thresholds(self, screen: PictureControl) -> NDArray[np.float32]:
        """Return (versions, modalities) the statistic beyond which a picture is flagged."""
        hardened = [table.hardened for table in self._tables if table.hardened]
        versions = [self._tables, hardened] if len(hardened) == len(self._tables) else [self._tables]
        for table in (table for version in versions for table in version):
            if screen.name not in table.screens:
                raise ThreatsimError(f"the outcome table of {table.modality} lacks the control {screen.name}")
        return np.array(
            [
                [
                    threshold_within(table.screens[screen.name].calibration, float(screen.false_alarm))
                    for table in version
                ]
                for version in versions
            ],
            np.float32,
        )

    def hits(
        self, claims: Claims, modality: NDArray[np.int64], version: int, draws: WeekDraws
    ) -> Iterator[tuple[PictureControl, NDArray[np.bool_]]]:
        """Yield each control with (n,) whether it raises an alarm.

        Args:
            modality: (n,) of each claim.
            version: of the payer's classifier.
        """
        for screen, thresholds in self._used.values():
            statistic = self._pool.statistic(screen.name, claims.case, claims.tactic, version)
            hit = statistic > thresholds[version][modality]
            if screen.known_share is not None:
                hit &= draws("known_patient")[claims.row] < np.float32(screen.known_share)
            yield screen, hit
