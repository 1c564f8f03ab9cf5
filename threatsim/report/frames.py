"""A report as data frames, for notebooks: `threatsim.load("latest").arms`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from threatsim.catalogue.metrics import ARM_METRICS, PAYER_METRICS, TACTIC_METRICS
from threatsim.common.errors import InputError, RecordError
from threatsim.experiment.figures.comparison import Side
from threatsim.experiment.figures.comparison import compare as compare_sides
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.record_reading import read_record, record_file
from threatsim.experiment.record.report_finder import HOME, find_report, report_and_arm
from threatsim.report.comparison_file import comparison_rows
from threatsim.report.frame_cells import (
    doubt_rows,
    draw_rows,
    driver_rows,
    estimate_cells,
    in_order,
    measured_cells,
    metric_cells,
    one_market,
    part_rows,
)
from threatsim.report.frame_columns import COLUMNS, COMPARISON, Columns
from threatsim.report.labels import label_of
from threatsim.report.notebook import ShownInNotebook
from threatsim.report.words.parameter_rows import parameters

_BEFORE = {"entered_week": 0, "suppressed": False}
"""What is true of the rows of a report from before there were these columns."""


def load(report: str | Path = "latest", *, home: str | Path = HOME) -> Report:
    """Load a report as data frames.

    Args:
        report: its folder or record.json; or, below `home`, `latest`, the name of a scenario (its newest report), or
            the start of a run id.
        home: the folder of the reports.

    Raises:
        ThreatsimError: there is no such report, or its record is cut short, was edited, or is of a newer threatsim.
    """
    folder = find_report(report, Path(home))
    return Report(record_file(folder).parent, read_record(folder))


def compare(*sides: str | Path, detect: float | None = None, home: str | Path = HOME) -> pd.DataFrame:
    """Hold runs and arms against the first of them, as `threatsim compare` does: a row a figure.

    `threatsim.report.frame_columns.COMPARISON` says what the columns hold.

    Args:
        sides: reports as `load` takes them, or one arm of one: REPORT:ARM.
        detect: the size of difference that should be seen, as a share of the reference; the size seen if None.
        home: the folder of the reports.

    Raises:
        ThreatsimError: there is no such report or arm, or fewer than two are given.
    """
    named = [report_and_arm(str(side), Path(home)) for side in sides]
    labels = {path: label_of(record_file(path).parent).label for path, _ in named}
    found = compare_sides([Side(read_record(path), arm, labels[path]) for path, arm in named], detect=detect)
    return _typed(COMPARISON, comparison_rows(found))


class Report(ShownInNotebook):
    """A report. Frames are made when first needed; `Report.columns()` says what their columns hold.

    Types do not depend on the rows: text is `string`, what may be undefined is a float with NaN, and a frame without
    rows has the same columns. Frames are the caller's own to change; the report's files are only read.

    Attributes:
        path: the report's folder.
        record: the whole run record, typed (`threatsim.experiment.record.record.RunRecord`).
    """

    def __init__(self, path: Path, record: RunRecord) -> None:
        self.path = path
        self.record = record

    def __repr__(self) -> str:
        name, called = self.record.scenario.get("name", "run"), label_of(self.path).text
        told = f" “{called}”" if called else ""
        size = f"{len(self.record.arms)} arms, {self.record.replicates} replicates"
        return f"Report({name}/{self.record.run_id}{told}: {size})"

    @property
    def label(self) -> str:
        """What it is called: by `threatsim.run(label=...)`, `threatsim label` or the viewer; empty if nothing."""
        return label_of(self.path).label

    @property
    def tags(self) -> tuple[str, ...]:
        """Words to find it by; none if there are none."""
        return label_of(self.path).tags

    @staticmethod
    def columns(frame: str | None = None) -> pd.DataFrame:
        """Return what the columns of one frame, or of all, hold: frame, column, dtype, meaning.

        Raises:
            ThreatsimError: there is no such frame.
        """
        if frame is not None and frame not in COLUMNS:
            raise InputError(
                f"there is no frame '{frame}'; there are {', '.join(COLUMNS)}", given=frame, allowed=COLUMNS
            )
        rows = [
            (name, column, *what)
            for name, columns in COLUMNS.items()
            if frame in (None, name)
            for column, what in columns.items()
        ]
        return pd.DataFrame(rows, columns=["frame", "column", "dtype", "meaning"]).astype("string")

    @cached_property
    def arms(self) -> pd.DataFrame:
        """Every figure of every arm with its 95 % interval: a row an arm and metric, the baseline first."""
        return _frame(
            "arms",
            (
                {
                    "arm": arm.name,
                    "title": arm.title,
                    **metric_cells(name, ARM_METRICS),
                    **estimate_cells(estimate),
                    "undefined": estimate.undefined,
                    "events": estimate.events,
                    **one_market(arm.one_market.get(name)),
                }
                for arm in self.record.arms
                for name, estimate in in_order(arm.outcomes, ARM_METRICS)
            ),
        )

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Every paired difference of an arm to the baseline with its 95 % interval; the baseline has none."""
        return _frame(
            "differences",
            (
                {
                    "arm": arm.name,
                    **metric_cells(name, ARM_METRICS),
                    **estimate_cells(one),
                    "p": one.p,
                    "p_holm": one.p_holm,
                    "detected": one.detected,
                    "detectable": one.detectable,
                }
                for arm in self.record.arms
                for name, one in in_order(arm.differences, ARM_METRICS)
            ),
        )

    @cached_property
    def replicates(self) -> pd.DataFrame:
        """The figures of every replicate, a row each. Replicates 2k and 2k + 1 share all streams but their cases."""
        return _frame(
            "replicates",
            (
                {"arm": arm.name, "replicate": replicate, "metric": name, "value": value}
                for arm in self.record.arms
                for name, values in in_order(arm.replicates, ARM_METRICS)
                for replicate, value in enumerate(values)
            ),
        )

    @cached_property
    def tactics(self) -> pd.DataFrame:
        """Every figure of every tactic in every arm, with its difference to the baseline."""
        return _frame("tactics", part_rows(self.record, "tactic", TACTIC_METRICS))

    @cached_property
    def payers(self) -> pd.DataFrame:
        """Every figure of every payer in every arm, with its difference to the baseline; empty in older reports."""
        return _frame("payers", part_rows(self.record, "payer", PAYER_METRICS))

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Where the money went: a row an arm and account."""
        return _frame(
            "accounts",
            (
                {"arm": arm.name, "account": account, "net_usd": usd}
                for arm in self.record.arms
                for account, usd in arm.accounts.items()
            ),
        )

    @cached_property
    def weekly(self) -> pd.DataFrame:
        """Totals a week, a row an arm, replicate and week; one more column for each tactic."""
        return self._table("weekly", "weekly.parquet")

    @cached_property
    def providers(self) -> pd.DataFrame:
        """A row for each provider, arm and replicate."""
        return self._table("providers", "providers.parquet")

    @cached_property
    def claims(self) -> pd.DataFrame:
        """A sample of the claims of every arm and replicate, a row each."""
        return self._table("claims", "claims_sample.parquet")

    @cached_property
    def decisions(self) -> pd.DataFrame:
        """What each provider believed and chose, in replicate 0 of every arm; empty where that was not kept."""
        return self._table("decisions", "decisions.parquet", optional=True)

    @cached_property
    def classifiers(self) -> pd.DataFrame:
        """The classifiers under attack, clean: a row a modality."""
        measured = ("auroc", "accuracy", "confidence", "sensitivity", "specificity")
        return _frame("classifiers", (measured_cells(one, measured) for one in self.record.classifiers))

    @cached_property
    def attacks(self) -> pd.DataFrame:
        """What each tactic that alters the image does to each classifier: a row a modality and tactic."""
        measured = ("success", "auroc", "accuracy", "confidence")
        return _frame(
            "attacks",
            (
                {"modality": one.modality, **measured_cells(attack, measured)}
                for one in self.record.classifiers
                for attack in one.attacks
            ),
        )

    @cached_property
    def parameters(self) -> pd.DataFrame:
        """Every number of the scenario with its unit, kind and source; what arms set is in `record.arms`."""
        return _frame("parameters", (vars(one) for one in parameters(self.record.scenario)))

    @cached_property
    def doubt(self) -> pd.DataFrame:
        """What the numbers' doubt makes of each figure; empty if the uncertain numbers were not drawn."""
        return _frame("doubt", doubt_rows(self.record))

    @cached_property
    def drivers(self) -> pd.DataFrame:
        """Which uncertain numbers each figure follows most; empty if they were not drawn."""
        return _frame("drivers", driver_rows(self.record))

    @cached_property
    def draws(self) -> pd.DataFrame:
        """What each uncertain number was in each draw; empty if they were not drawn."""
        return _frame("draws", draw_rows(self.record))

    @cached_property
    def patterns(self) -> pd.DataFrame:
        """The market held against published patterns; empty if it was not."""
        return _frame(
            "patterns",
            (
                {
                    **{name: getattr(one, name) for name in ("key", "role", "check", "unit", "source", "verdict")},
                    **estimate_cells(one.found),
                    "expected_low": one.low,
                    "expected_high": one.high,
                    "holds": {"held": True, "failed": False}.get(one.verdict),
                }
                for one in self.record.patterns
            ),
        )

    def _table(self, frame: str, name: str, *, optional: bool = False) -> pd.DataFrame:
        """Return a Parquet table of the report, with the types of its frame."""
        file = self.path / name
        if not file.is_file():
            if optional:
                return _frame(frame, ())
            raise RecordError(f"the report has no {name}", path=self.path, fault="missing")
        try:
            found = pd.read_parquet(file)
        except (OSError, ValueError) as error:  # pyarrow's errors are ValueErrors
            raise RecordError("the report's tables cannot be read", path=file, fault="damaged") from error
        known = COLUMNS[frame]
        missing = [column for column in known if column not in found.columns]
        for column in missing:
            if column not in _BEFORE:
                text = f"the table has no column {column}, so it is none of this report"
                raise RecordError(text, path=file, fault="foreign")
            found[column] = _BEFORE[column]
        more = [column for column in found.columns if column not in known]
        types = {column: what.dtype for column, what in known.items()}
        types |= {column: "string" for column in more if isinstance(found[column].dtype, pd.CategoricalDtype)}
        return found[[*known, *more]].astype(types)


def _frame(name: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with the columns and types of its name, also where there are none."""
    return _typed(COLUMNS[name], rows)


def _typed(columns: Columns, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    made = pd.DataFrame(list(rows), columns=list(columns))
    return made.astype({column: what.dtype for column, what in columns.items()})
