"""What a comparison shows of each report beside its figures: its weeks over those of the others, and its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.experiment.figures.comparison import Comparison
from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawable import check_drawable
from threatsim.report.charts.drawing import ARM_COLOURS, cycled, svg, themed
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.page.kept_gallery import KeptCase, kept_gallery
from threatsim.report.page.lean_drawing import lean
from threatsim.report.words import numbers

_SERIES: Final = "false_claims"
_MOST: Final = 8
"""Arms whose weeks are drawn."""


@dataclass(frozen=True)
class ComparedReport:
    """A report of a comparison, in the order of its letters.

    Attributes:
        record: the run.
        gallery: the pictures of its page; none if it has no page.
    """

    record: RunRecord
    gallery: Sequence[KeptCase] = ()

    @classmethod
    def of(cls, record: RunRecord, folder: Path) -> ComparedReport:
        """Return a report with the pictures of the page in its folder, if there is one that can be read."""
        try:
            html = read_foreign(folder / "report.html", "run record", within=folder).decode()
        except (FileNotFoundError, InputError, UnicodeDecodeError):
            return cls(record)
        return cls(record, kept_gallery(html))


@dataclass(frozen=True)
class WeeklyPanel:
    """The weeks of an arm of the reference and of what was held against it, laid over each other.

    Attributes:
        title: the arm.
        wide, narrow: the drawing, and the one for a telephone.
    """

    title: str
    wide: Markup
    narrow: Markup


@dataclass(frozen=True)
class CaseRow:
    """One kind of attack on one kind of image, as the page of each report shows it.

    Attributes:
        name: modality and tactic.
        cases: letter of the report -> its case.
    """

    name: str
    cases: dict[str, KeptCase]


def weekly_panels(comparison: Comparison, reports: Sequence[ComparedReport]) -> list[WeeklyPanel]:
    """Return a panel for each arm of the reference that another differs from: false claims a week.

    Args:
        comparison: what was compared.
        reports: the reference, then the others; none for no panels.

    Raises:
        ThreatsimError: no chart can be drawn here.
    """
    panels: list[WeeklyPanel] = []
    for arm in dict.fromkeys(row.arm_reference for other in comparison.others for row in other.rows):
        title, lines = _lines(comparison, reports, arm)
        if len(lines) > 1 and any(any(values) for values in lines.values()) and len(panels) < _MOST:
            check_drawable()
            wide, narrow = (_drawn(lines, f"weeks-{len(panels)}", narrow=narrow) for narrow in (False, True))
            panels.append(WeeklyPanel(title, wide, narrow))
    return panels


def case_rows(comparison: Comparison, reports: Sequence[ComparedReport]) -> list[CaseRow]:
    """Return what the reports show of each kind of attack, side by side; nothing where fewer than two have pictures.

    Args:
        comparison: what was compared.
        reports: the reference, then the others.
    """
    keys = [comparison.key, *(other.key for other in comparison.others)]
    of_report: dict[str, dict[str, KeptCase]] = {}
    seen: list[str] = []
    for key, report in zip(keys, reports, strict=False):
        if report.gallery and report.record.run_id not in seen:  # arms of one run have its pictures
            seen.append(report.record.run_id)
            of_report[key] = {case.name: case for case in report.gallery}
    names = dict.fromkeys(name for cases in of_report.values() for name in cases) if len(of_report) > 1 else {}
    return [CaseRow(name, {key: cases[name] for key, cases in of_report.items() if name in cases}) for name in names]


def _lines(comparison: Comparison, reports: Sequence[ComparedReport], arm: str) -> tuple[str, dict[str, list[float]]]:
    """Return an arm's title, and letter (and arm, where arms of several titles are compared) -> false claims a week."""
    held = []
    for other, report in zip(comparison.others, reports[1:], strict=False):
        rows = [row for row in other.rows if row.arm_reference == arm]
        if rows and not all(row.same for row in rows):
            held.append((other.key, report.record, rows[0].arm, rows[0].title, rows[0].title_reference))
    if not held:
        return "", {}
    title = held[0][4] or numbers.title(arm)
    several = any(name != title for _, _, _, name, _ in held)
    lines = {}
    for key, record, name, called in [(comparison.key, reports[0].record, arm, title), *(one[:4] for one in held)]:
        label = f"{key}  {numbers.printable(called or numbers.title(name))}" if several else key
        weekly = next((one.weekly for one in record.arms if one.name == name), {})
        lines[label] = list(weekly.get(_SERIES, []))
    return numbers.printable(title), lines


def _drawn(lines: dict[str, list[float]], key: str, *, narrow: bool) -> Markup:
    tables = ChartData()
    rows: Rows = [
        {"run": name, "week": week, "value": value}
        for name, values in lines.items()
        for week, value in enumerate(values, 1)
    ]
    chart = marks.lines(
        tables,
        rows,
        dict(zip(lines, cycled(ARM_COLOURS, len(lines)), strict=True)),
        "run",
        title="False claims a week",
        heading="",
        template="",
        width=250 if narrow else 400,
        narrow=narrow,
    )
    told = "; ".join(f"{name}: {numbers.number(sum(values))} over the run" for name, values in lines.items() if values)
    spec = themed(chart)
    return Markup(
        lean(svg(spec, tables.rows, f"{key}-{'narrow' if narrow else 'wide'}", f"False claims a week. {told}"))
    )
