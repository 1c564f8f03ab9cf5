"""The dial of a sweep: what its page takes to answer between the points, without a server and without a run."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from threatsim.experiment.figures.estimates import value_range
from threatsim.questions.sweep.emulator import TOLERATED, DialLever, Emulator, Surface, emulated
from threatsim.questions.sweep.question import SweepRecord
from threatsim.report.questions.sweep_words import phrase, row_of
from threatsim.report.words import numbers

_NORMAL: Final = 1.96
"""Standard deviations on each side that hold 95 % of a normal distribution."""


@dataclass(frozen=True)
class Dial:
    """What a reader turns.

    Attributes:
        content: for the page's script: levers, terms, points, arms, figures, surfaces and the command; None where no
            surface is offered.
        levers: the paths that it turns.
        notes: how to read it, and of which figures it is not offered.
    """

    content: dict[str, Any] | None
    levers: Sequence[str]
    notes: Sequence[str]


def dial(record: SweepRecord) -> Dial | None:
    """Return the dial of a sweep; None where it has no emulator.

    Args:
        record: of the sweep.
    """
    found = emulated(record.findings, list(record.arms))
    if found is None:
        return None
    offered = [one for one in found.surfaces if one.offered]
    content = _content(record, found, offered) if offered else None
    return Dial(content, [one.path for one in found.levers], _notes(record, found, offered))


def _notes(record: SweepRecord, found: Emulator, offered: Sequence[Surface]) -> list[str]:
    notes = []
    if offered:
        points = len(record.findings.points)
        notes.append(
            f"An emulator and not a run: a quadratic surface through the {points} simulated points answers between "
            "them at once. Its band adds what it errs by on points left out to the intervals of the points nearby."
        )
    refused = [one for one in found.surfaces if not one.offered]
    if refused:
        notes.append(
            "Not offered, since on points left out it errs by more than a third of the median width of the intervals, "
            f"or too few points have an interval: {numbers.listed(_refused(record, refused))}."
        )
    return notes


def _refused(record: SweepRecord, surfaces: Sequence[Surface]) -> list[str]:
    """Return the figures that are refused, each with its arms unless it is all of them."""
    of: dict[str, list[str]] = {}
    for one in surfaces:
        of.setdefault(one.figure, []).append(f"'{numbers.printable(record.arms[one.arm])}'")
    return [
        phrase(figure) if len(arms) == len(record.arms) else f"{phrase(figure)} in {numbers.listed(arms)}"
        for figure, arms in of.items()
    ]


def _content(record: SweepRecord, found: Emulator, offered: Sequence[Surface]) -> dict[str, Any]:
    findings = record.findings
    return {
        "levers": [_lever(one) for one in found.levers],
        "terms": found.terms,
        "points": [[point[lever.path] for lever in found.levers] for point in findings.points],
        "arms": {name: numbers.printable(title) for name, title in record.arms.items()},
        "order": list(record.arms),
        "figures": [_figure(one) for one in dict.fromkeys(one.figure for one in offered)],
        "surfaces": [_surface(one) for one in offered],
        "command": shlex.join(["threatsim", "run", record.scenario, *_asked(record)]),
        "same": shlex.join(["--replicates", str(findings.replicates), "--seed", str(record.seed)]),
    }


def _asked(record: SweepRecord) -> list[str]:
    """Return what the sweep was asked for in place of the scenario's own; its seed is said of every sweep."""
    return [word for one in record.overridden if one.option != "--seed" for word in (one.option, one.value)]


def _lever(lever: DialLever) -> dict[str, Any]:
    inside = lever.stands is not None and lever.low <= lever.stands <= lever.high
    return {
        "path": lever.path,
        "unit": lever.unit,
        "low": lever.low,
        "high": lever.high,
        "log": lever.log,
        "whole": lever.whole,
        "stands": lever.stands if inside else None,
    }


def _figure(name: str) -> dict[str, Any]:
    row = row_of(name)
    low, high = value_range(row)
    text = phrase(name)
    return {
        "name": name,
        "title": text[:1].upper() + text[1:],
        "unit": row.unit,
        "least": low if math.isfinite(low) else None,
        "most": high if math.isfinite(high) else None,
    }


def _surface(surface: Surface) -> dict[str, Any]:
    return {
        "figure": surface.figure,
        "arm": surface.arm,
        "coefficients": surface.coefficients,
        "error": surface.error,
        "tolerated": _short(TOLERATED * surface.width),
        "reach": _short(_NORMAL * surface.error),
        "levels": [[point, *map(_short, spread)] for point, spread in surface.levels.items()],
    }


def _short(value: float) -> float:
    return float(f"{value:.6g}")
