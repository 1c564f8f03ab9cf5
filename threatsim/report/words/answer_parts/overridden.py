"""What a run was asked for in place of what its scenario's file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from threatsim.experiment.record.record import Override, RunRecord
from threatsim.report.words import numbers


class SaysWhatWasAsked(Protocol):
    """A run's record, or the part of one that says what was asked for."""

    @property
    def overridden(self) -> Sequence[Override]:
        """What was asked for in place of the scenario's own."""

    @property
    def origins(self) -> Mapping[str, str]:
        """Path of a number -> where it was written."""


def overridden(record: SaysWhatWasAsked) -> list[str]:
    """Return what was asked for, an option with its value each, safe to be shown."""
    told = [one.text for one in record.overridden]
    # Records from before it was kept have it of numbers alone, as where they come from.
    before = sorted({one for one in record.origins.values() if one.startswith("--set ")})
    return [numbers.printable(one) for one in told or before]


def overridden_in_words(record: RunRecord, most: int) -> str:
    """Return it as a phrase, such as "with --set weeks=4, --seed 3 and 2 more"; empty if nothing was.

    Args:
        record: the run.
        most: how many are named; the rest is counted.
    """
    found = overridden(record)
    more = f" and {numbers.count(len(found) - most)} more" if len(found) > most else ""
    return f"with {', '.join(found[:most])}{more}" if found else ""
