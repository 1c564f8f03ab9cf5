"""Controls on the picture: duplicate search, same-patient matching, a detector; by what each measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.controls import CONTROLS
from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.thresholds import threshold_within
from threatsim.market.case_pool import CasePool
from threatsim.market.streams import WeekDraws
from threatsim.market.week import Claims
from threatsim.scenario.sections.picture_controls import Integrity, PictureControl, Price, controls_in


class PictureControls:
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

    def adopt(self, controls: Iterable[PictureControl]) -> None:
        """Use controls from now on, each in place of another under its key.

        Raises:
            ThreatsimError: the outcome tables lack it, or have too few calibration cases for its budget.
        """
        for control in controls:
            key = CONTROLS[control.name].key
            if key not in self._used or self._used[key][0] != control:
                self._used[key] = control, self._thresholds(control)

    def _thresholds(self, control: PictureControl) -> NDArray[np.float32]:
        """Return (classifiers, modalities) the statistic beyond which a picture is flagged.

        The classifiers are the plain and, where there are such, the hardened.
        """
        hardened = [table.hardened for table in self._tables if table.hardened]
        both = [self._tables, hardened] if len(hardened) == len(self._tables) else [self._tables]
        for table in chain(*both):
            if control.name not in table.control_statistics:
                raise ThreatsimError(f"the outcome table of {table.modality} lacks the control {control.name}")

        def threshold(table: OutcomeTable) -> float:
            return threshold_within(table.control_statistics[control.name].calibration, float(control.false_alarm))

        return np.array([[threshold(table) for table in tables] for tables in both], np.float32)

    @property
    def prices(self) -> list[Price]:
        """What each control in use costs."""
        return [control.price for control, _ in self._used.values()]

    @property
    def shape(self) -> tuple[int, int]:
        """Number of modalities and of tactics."""
        return len(self._tables), self._pool.scores.shape[0] - 1

    def announced(self) -> Iterator[tuple[PictureControl, NDArray[np.float64]]]:
        """Yield each announced control with the share (modalities, T) of false claims on which it raises an alarm."""
        for control, thresholds in self._used.values():
            if control.announced:
                known = 1.0 if control.known_share is None else float(control.known_share)
                shares = np.zeros(self.shape)
                for modality, tactic in np.ndindex(*self.shape):
                    case = self._pool.without_finding(modality)
                    kind = np.full(case.size, tactic, np.int8)
                    alarm = self._pool.statistic(control.name, case, kind) > thresholds[0][modality]
                    shares[modality, tactic] = known * np.count_nonzero(alarm) / case.size
                yield control, shares

    def alarms(
        self, claims: Claims, modality: NDArray[np.int64], hardened: bool, draws: WeekDraws
    ) -> Iterator[tuple[PictureControl, NDArray[np.bool_]]]:
        """Yield each control with (N,) whether it raises an alarm.

        Args:
            claims: N claims of the payer.
            modality: (N,) of each claim.
            hardened: whether the payer's classifier is the hardened one.
            draws: the week's random columns.
        """
        for control, thresholds in self._used.values():
            statistic = self._pool.statistic(control.name, claims.case, claims.tactic, hardened)
            alarm = statistic > thresholds[int(hardened)][modality]
            if control.known_share is not None:
                alarm &= draws("known_patient")[claims.row] < np.float32(control.known_share)
            yield control, alarm
