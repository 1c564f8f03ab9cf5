"""`threatsim compare` of two sweeps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from threatsim.cli.options import console, print_json, write
from threatsim.common.errors import InputError


def print_compared(
    sides: list[tuple[Path, str | None]],
    *,
    detect: float | None,
    html: Path | None,
    csv: Path | None,
    in_full: bool,
    as_json: bool,
) -> None:
    """Compare two sweeps of one design, point by point.

    Args:
        sides: their folders, and what was named behind a colon.
        detect: of reports alone.
        html, csv: files to write as well.
        in_full: whether to print all rows of all figures.
        as_json: whether to print JSON in place of words.

    Raises:
        ThreatsimError: an arm or a size is named, a sweep cannot be read, or they are not of one design.
    """
    from threatsim.questions.sweep.comparison import compare_sweeps, read_sweep
    from threatsim.report import sweep_differences
    from threatsim.report.questions.answer_files import csv_text
    from threatsim.report.questions.answer_print import print_answer

    for folder, arm in sides:
        if arm is not None:
            raise InputError("of two sweeps all arms are compared", given=arm, location=f"{folder}:{arm}")
    if detect is not None:
        raise InputError("--detect is for reports of runs", given=str(detect))
    first, second = (read_sweep(folder) for folder, _ in sides)
    found = compare_sweeps(first, second)
    if html is not None:
        write(html, sweep_differences.page(found))
    if csv is not None:
        write(csv, csv_text(sweep_differences.rows(found)))
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    parts = sweep_differences.parts(found)
    shown = parts if in_full else [replace(parts[0], notes=_left(len(parts[0].rows), len(parts)))]
    print_answer(sweep_differences.sentences(found), shown, console(), rows=None if in_full else ROWS)


ROWS = 12
"""Rows of the table where not all is printed."""


def _left(rows: int, figures: int) -> tuple[str, ...]:
    more = rows > ROWS or figures > 1
    return (f"{min(rows, ROWS)} of {rows} rows of 1 of {figures} figures; all of them with --details.",) if more else ()
