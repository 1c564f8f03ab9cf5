"""Reports held against each other: runs with runs, and two sweeps with each other."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from threatsim.common.errors import InputError
from threatsim.experiment.figures.comparison import Side, compare
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.labels import label_of
from threatsim.report.listing.report_reading import known_report
from threatsim.report.page.compared_report import ComparedReport
from threatsim.report.page.comparison_page import comparison_page


class ComparedSide(NamedTuple):
    """What is compared: a report's folder, and the arm; empty for all arms."""

    folder: Path
    arm: str


def compared_page(sides: Sequence[ComparedSide]) -> str:
    """Return the page that compares reports of one kind.

    Raises:
        ThreatsimError: they are of several kinds, too few or too many, cannot be read, or cannot be compared.
    """
    kinds = {kind.name: kind for kind in (known_report(side.folder).kind for side in sides)}
    if len(kinds) > 1:
        titles = " and ".join(kind.title.lower() for kind in kinds.values())
        raise InputError(f"reports of one kind can be compared, not {titles}", given=titles)
    for kind in kinds.values():
        if not kind.comparison:
            raise InputError(f"{kind.phrase} cannot be compared", given=kind.title)
        if 2 <= len(sides) <= kind.most_compared:
            html: str = kind.resolve(kind.comparison)(sides)
            return html
    most = max((kind.most_compared for kind in kinds.values()), default=2)
    wanted = "2" if most == 2 else f"2 to {most}"
    raise InputError(f"{len(sides)} reports were chosen; {wanted} can be compared.", given=str(len(sides)))


def runs(sides: Sequence[ComparedSide]) -> str:
    """Return the page that compares runs, or arms of them."""
    records = {side.folder: read_record(side.folder) for side in sides}
    compared = [Side(records[folder], arm or None, label_of(folder).label) for folder, arm in sides]
    return comparison_page(compare(compared), [ComparedReport.of(records[folder], folder) for folder, _ in sides])


def sweeps(sides: Sequence[ComparedSide]) -> str:
    """Return the page that compares two sweeps of one design."""
    from threatsim.questions.sweep.comparison import compare_sweeps, read_sweep
    from threatsim.report import sweep_differences

    first, second = (read_sweep(side.folder) for side in sides)
    return sweep_differences.page(compare_sweeps(first, second))
