"""The page of a comparison: one HTML file with everything in it, in the style of the report's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from threatsim.catalogue.metrics import ARM_METRICS, MetricRow, shown_in
from threatsim.experiment.figures.comparison import Against, Comparison, ComparisonRow
from threatsim.experiment.figures.input_differences import InputDifference, is_part_of_number
from threatsim.report.lab.attack_page import rendered
from threatsim.report.page.compared_report import ComparedReport, case_rows, weekly_panels
from threatsim.report.words import comparison_words as say
from threatsim.report.words.answer_parts.asked import answered_by
from threatsim.statistics.estimate import Difference

_OPEN: Final = 10
"""Inputs that are changed and stand open; the rest is folded."""
_COLUMNS: Final = 7
"""Arms side by side in a table; with more, each run has a table of its own."""
_LINES: Final = 8
"""Lines of a figure that stand open whether they differ or not, and sentences that do."""


@dataclass(frozen=True)
class _Input:
    """An input that one run at least was given differently.

    Attributes:
        path, below: where it stands, as it is shown; the same without its section.
        item: the first run's difference, with the reference's value.
        values: of each run that is held against the reference; an item where it differs, else None.
    """

    path: str
    below: str
    item: InputDifference
    values: list[InputDifference | None]

    @property
    def in_all(self) -> bool:
        """Whether no run lacks it."""
        return self.item.left is not None and all(one is None or one.right is not None for one in self.values)


@dataclass(frozen=True)
class _Inputs:
    """What the runs were given differently, a column a run.

    Attributes:
        changed: inputs that all have, those of the scenario first: what stands open.
        folded: all others: section -> its inputs.
        same: keys of the runs that were given what the reference was.
    """

    changed: list[_Input]
    folded: dict[str, list[_Input]]
    same: list[str]

    @property
    def n_folded(self) -> int:
        """How many are folded."""
        return sum(map(len, self.folded.values()))


@dataclass(frozen=True)
class _Line:
    """A line of the forest plot: a pair of arms and one figure.

    Attributes:
        other, row: what is held against the reference, and the figure.
        bar: left end, width and middle of the interval on the figure's scale, in per cent; zero is at 50.
    """

    other: Against
    row: ComparisonRow
    bar: tuple[float, float, float] | None


@dataclass(frozen=True)
class _Forest:
    """One figure in the forest plot.

    Attributes:
        metric: the figure.
        lines: those that stand open.
        folded: those that no difference is told of, where there are many lines.
        same: how many more have the same figure on both sides.
    """

    metric: MetricRow
    lines: list[_Line]
    folded: list[_Line]
    same: int


@dataclass(frozen=True)
class _Table:
    """Differences: a row a figure, a column a pair of arms.

    Attributes:
        heads: of the columns: letter and arm.
        main: what decides: each figure with its cells, which are None where a pair does not have it.
        rest: all other figures.
    """

    heads: list[tuple[str, str]]
    main: list[tuple[MetricRow, list[_Line | None]]]
    rest: list[tuple[MetricRow, list[_Line | None]]]


def comparison_page(comparison: Comparison, reports: Sequence[ComparedReport] = ()) -> str:
    """Return the comparison as HTML text; all text of the scenarios is escaped.

    Args:
        comparison: what was compared.
        reports: the reference, then the others, for their weeks and pictures; none leaves these out.
    """
    first = _decisive(comparison, reports)
    same = [(other, say.identical_arms(other)) for other in comparison.others if not other.identical]
    return rendered(
        "comparison.html.j2",
        comparison=comparison,
        say=say,
        sentences=say.folded_summary(comparison, _LINES),
        inputs=_inputs(comparison.others),
        forests=_opened([_forest(comparison, name) for name in first]),
        tables=_tables(comparison, first),
        same=[(other, titles) for other, titles in same if titles],
        weeks=weekly_panels(comparison, reports),
        cases=case_rows(comparison, reports),
    )


def _decisive(comparison: Comparison, reports: Sequence[ComparedReport]) -> list[str]:
    """Return the figures that decide: the one that answers the reference's question, then those of the summary."""
    there = {row.metric for other in comparison.others for row in other.rows}
    asked = answered_by(reports[0].record) if reports else ""
    names = [name for name in shown_in("brief", there) if name != "accepted_rate"]
    return list(dict.fromkeys(name for name in (asked, *names) if name in there)) or sorted(there)


def _inputs(others: Sequence[Against]) -> _Inputs:
    by_path = [{item.path: item for item in other.inputs} for other in others]
    first = {path: item for items in reversed(by_path) for path, item in items.items()}
    paths = dict.fromkeys(path for items in by_path for path in items)
    groups = {
        section: [
            _Input(
                path if section in ("scenario", "run") else f"{section}.{path}",
                path,
                item,
                [items.get(item.path) for items in by_path],
            )
            for path, item in items
        ]
        for section, items in say.grouped(tuple(first[path] for path in paths)).items()
    }
    shown = [
        row
        for section, rows in groups.items()
        for row in rows
        if say.is_policy(section) and row.in_all and not is_part_of_number(row.item.path)
    ][:_OPEN]
    folded = {section: [row for row in rows if row not in shown] for section, rows in groups.items()}
    return _Inputs(
        shown,
        {section: rows for section, rows in folded.items() if rows},
        [other.key for other in others if not other.inputs],
    )


def _lines_of(comparison: Comparison, name: str) -> list[_Line]:
    """Return the lines of a figure, all on one scale."""
    rows = [(other, row) for other in comparison.others for row in other.rows if row.metric == name]
    ends = [abs(x) for _, row in rows for x in _ends(row.difference) if x is not None]
    reach = max(ends, default=0.0)
    return [_Line(other, row, _bar(row.difference, reach)) for other, row in rows]


def _forest(comparison: Comparison, name: str) -> _Forest:
    every = [line for line in _lines_of(comparison, name) if not _identical(line)]
    lines = [line for line in every if not line.row.same]
    few = len(lines) <= _LINES
    shown = [line for line in lines if few or line.row.detected]
    folded = [] if few else [line for line in lines if not line.row.detected]
    return _Forest(ARM_METRICS[name], shown, folded, len(every) - len(lines))


def _opened(forests: list[_Forest]) -> tuple[list[_Forest], list[_Forest]]:
    """Return the figures that stand open, and those that are folded: with many arms, all but the first two."""
    there = [one for one in forests if one.lines or one.folded or one.same]
    many = any(len(one.lines) + len(one.folded) > _LINES for one in there)
    return (there[:2], there[2:]) if many else (there, [])


def _tables(comparison: Comparison, first: list[str]) -> list[_Table]:
    columns = [
        (other, arm, arm_reference)
        for other in comparison.others
        for arm_reference, arm in dict.fromkeys((row.arm_reference, row.arm) for row in other.rows)
        if not all(row.same for row in other.rows if (row.arm_reference, row.arm) == (arm_reference, arm))
    ]
    if len(columns) <= _COLUMNS:
        parts = [columns] if columns else []
    else:
        parts = [part for other in comparison.others if (part := [one for one in columns if one[0] is other])]
    names = list(dict.fromkeys(row.metric for other in comparison.others for row in other.rows))
    lines = {name: _lines_of(comparison, name) for name in names}
    return [_table(part, lines, first) for part in parts]


def _table(columns: list[tuple[Against, str, str]], lines: dict[str, list[_Line]], first: list[str]) -> _Table:
    found: dict[str, list[_Line | None]] = {}
    for name, of_figure in lines.items():
        at = {(line.other.key, line.row.arm, line.row.arm_reference): line for line in of_figure}
        found[name] = [at.get((other.key, arm, reference)) for other, arm, reference in columns]
    heads = []
    for other, arm, reference in columns:
        row = next(row for row in other.rows if (row.arm, row.arm_reference) == (arm, reference))
        heads.append((other.key, say.arms(row)))
    rest = [name for name in found if name not in first]
    return _Table(
        heads, *([(ARM_METRICS[name], found[name]) for name in part if any(found[name])] for part in (first, rest))
    )


def _identical(line: _Line) -> bool:
    """Return whether the two arms of a line are the same in every figure."""
    pair = line.row.arm_reference, line.row.arm
    return all(row.same for row in line.other.rows if (row.arm_reference, row.arm) == pair)


def _ends(difference: Difference) -> tuple[float | None, ...]:
    """Return the ends of what is drawn: of the interval, or the difference alone where there is no interval."""
    if difference.low is None or difference.high is None:
        return (difference.value,)
    return difference.low, difference.high


def _bar(difference: Difference, reach: float) -> tuple[float, float, float] | None:
    if difference.value is None or reach <= 0:
        return None
    ends = _ends(difference)
    left, right, middle = (50 + 48 * x / reach for x in (ends[0], ends[-1], difference.value) if x is not None)
    return left, right - left, middle
