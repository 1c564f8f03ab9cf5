"""A report in a notebook: the answer and the arms as HTML, its charts, its frames by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from html import escape

import pandas as pd

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.common.errors import InputError
from threatsim.common.html_table import html_table
from threatsim.common.suggest import did_you_mean
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.charts.chart import Chart, Figure
from threatsim.report.charts.chart_list import figures_of
from threatsim.report.charts.drawing import on_white
from threatsim.report.charts.marks import ChartData
from threatsim.report.frame_columns import COLUMNS
from threatsim.report.terminal.tables import shown
from threatsim.report.words import numbers
from threatsim.report.words.answer import answer


class Plots:
    """The charts of a report, each as an Altair chart: `report.plot.differences()` or `report.plot("differences")`.

    `dir(report.plot)` lists those that the report has data for; one shows itself in a notebook, and `.save(file)` keeps
    it.
    """

    def __init__(self, record: RunRecord) -> None:
        self._record = record

    def __call__(self, name: str = "differences") -> Chart:
        """Return a chart of the report.

        Args:
            name: of the chart, as in the catalogue and in the files under charts/.

        Raises:
            InputError: there is no such chart, or the report has no data for it; `allowed` has those that there are.
        """
        if name not in self._figures:
            message = f"there is no chart '{name}' of this report; there are {', '.join(self._figures)}"
            raise InputError(message, given=name, allowed=self._figures)
        tables = ChartData()
        return on_white(self._figures[name].chart(self._record, tables, False), tables.rows)

    def __getattr__(self, name: str) -> Callable[[], Chart]:
        if name.startswith("_") or name not in self._figures:
            hint = "" if name.startswith("_") else f" {did_you_mean(name, self._figures)}"
            raise AttributeError(f"there is no chart '{name}' of this report.{hint}".rstrip())
        return partial(self, name)

    def __dir__(self) -> list[str]:
        return list(self._figures)

    def __repr__(self) -> str:
        return f"Plots({', '.join(self._figures)})"

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        """Name -> chart, of those that the report has data for."""
        return {figure.key: figure for figure in figures_of(self._record)}


class ShownInNotebook:
    """What a report does in a notebook, beside its frames.

    Attributes:
        record: the run record that it shows.
    """

    record: RunRecord

    @cached_property
    def plot(self) -> Plots:
        """The report's charts, each as an Altair chart."""
        return Plots(self.record)

    def to_frame(self, name: str = "arms") -> pd.DataFrame:
        """Return one of the report's frames by its name; `Report.columns` says what the columns of each hold.

        Raises:
            InputError: there is no such frame; `allowed` has the names.
        """
        if name not in COLUMNS:
            raise InputError(f"there is no frame '{name}'; there are {', '.join(COLUMNS)}", given=name, allowed=COLUMNS)
        found: pd.DataFrame = getattr(self, name)
        return found

    def _repr_html_(self) -> str:
        """Return the question, the answer and the arms' figures, without a script."""
        scenario = self.record.scenario
        title, question = (numbers.printable(str(scenario.get(key, ""))) for key in ("title", "question"))
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in answer(self.record))
        head = f"<p><b>{escape(title)}</b><br><i>{escape(question)}</i></p>"
        note = "<p>Below each figure its 95 % interval, then the paired difference to the baseline.</p>"
        return f"<div>{head}{said}{note}{_arms(self.record)}</div>"


def _arms(record: RunRecord) -> str:
    names = [name for name in shown(record) if name in record.arms[0].outcomes]  # an earlier threatsim lacked some
    rows = [
        [f"{ARM_METRICS[name].title}\n{ARM_METRICS[name].unit}", *(_cell(arm, name) for arm in record.arms)]
        for name in names
    ]
    return html_table(["", *(numbers.printable(arm.title) for arm in record.arms)], rows)


def _cell(arm: ArmOutcome, name: str) -> str:
    unit, estimate, difference = ARM_METRICS[name].unit, arm.outcomes[name], arm.differences.get(name)
    lines = [numbers.point(estimate, unit), numbers.interval(estimate, unit)]
    if difference is not None:
        lines.append(f"{numbers.change_in_words(difference, unit)} {numbers.arrow(difference)}".rstrip())
    return "\n".join(line for line in lines if line)
