"""Kinds of report: what tells one, who reads it, and what can be done with it. A row each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from threatsim.catalogue.row import Registry, Row, Text

Reference = Annotated[str, StringConstraints(pattern=r"^([\w.]+:\w+)?$")]


class ReportKindRow(Row):
    """One kind of report. The implementation gives the headline of one from its record: what lists show of it."""

    phrase: Text = Field(description="What a message calls one of them, such as `a sweep`.")
    key: Text = Field(description="Key of the record by which the kind is told.")
    value: str = Field(default="", description="What the record has there; empty if any value does.")
    page: Text = Field(description="File of its folder that a browser shows.")
    findings: Reference = Field(
        default="", description="What an answer's record holds of what was found; empty: it is no answer to a question."
    )
    shown: Reference = Field(default="", description="From an answer's record to its sentences, tables and charts.")
    page_anew: Reference = Field(description="Makes the page from the folder's record, for one whose page is gone.")
    checked: Reference = Field(
        default="",
        description="Reads a record and refuses one that does not agree with itself; empty: only the list of its files "
        "tells whether it is as it was written.",
    )
    has_scenario: bool = Field(
        default=False, description="Whether its record holds the whole scenario, so that it can be tried and briefed."
    )
    most_compared: int = Field(default=0, description="How many of them can be held against each other; 0: none.")
    comparison: Reference = Field(default="", description="Makes the page on which they are; empty: there is none.")
    use: Text = Field(description="What can be done with it on the command line.")

    def tells(self, record: Mapping[str, Any]) -> bool:
        """Return whether a record is of this kind."""
        return self.key in record and self.value in ("", record[self.key])


_SHOWN = "`threatsim show` prints it, `threatsim open` opens its page, and its folder holds its tables."


def _answer(
    name: str, title: str, phrase: str, text: str, *, findings: str, module: str, value: str = "", **more: Any
) -> ReportKindRow:
    """Return the row of the answers to a question, which all have one form of record."""
    return ReportKindRow(
        name=name,
        title=title,
        phrase=phrase,
        text=text,
        key="question",
        value=value or name,
        page="page.html",
        findings=findings,
        implementation=f"threatsim.report.kinds.answer_headlines:{name}",
        shown=f"{module}:{name}_shown",
        page_anew="threatsim.report.kinds.whole_answer:answer_page_of",
        **{"use": _SHOWN, **more},
    )


REPORT_KINDS = Registry(
    "kind of report",
    ReportKindRow,
    [
        ReportKindRow(
            name="run",
            title="Run",
            phrase="the report of a run",
            text="Every arm of a scenario, in a number of replicates.",
            key="record_version",
            page="report.html",
            implementation="threatsim.report.kinds.whole_run:run",
            page_anew="threatsim.report.kinds.whole_run:run_page_of",
            checked="threatsim.experiment.record.record_reading:read_record",
            has_scenario=True,
            most_compared=6,
            comparison="threatsim.view.compared:runs",
            use="`threatsim show` prints it, `threatsim open` opens its page, `threatsim compare` compares it.",
        ),
        _answer(
            "sweep",
            "Sweep",
            "a sweep",
            "Every arm at many values of the scenario's numbers.",
            findings="threatsim.questions.sweep.findings:SweepFindings",
            module="threatsim.report.questions.publish_sweep",
            most_compared=2,
            comparison="threatsim.view.compared:sweeps",
            use=f"{_SHOWN} Two sweeps of one design are held against each other by `threatsim compare`.",
        ),
        _answer(
            "break_even",
            "Break-even",
            "a break-even",
            "Where a figure reaches a value, as one number varies.",
            findings="threatsim.questions.break_even.findings:BreakEvenFindings",
            module="threatsim.report.questions.publish_sweep",
            value="break-even",
        ),
        _answer(
            "sensitivity",
            "Sensitivity",
            "a sensitivity analysis",
            "Which numbers of a scenario drive its answer.",
            findings="threatsim.questions.sensitivity.findings:SensitivityFindings",
            module="threatsim.report.questions.publish_answer",
        ),
        _answer(
            "optimise",
            "Best choice",
            "a search for the best choice",
            "The best choice of the payer, or of an attacker.",
            findings="threatsim.questions.optimise.findings:SearchFindings",
            module="threatsim.report.questions.publish_answer",
        ),
        _answer(
            "in_turn",
            "Choices in turn",
            "a search in which payer and attacker choose in turn",
            "Payer and attacker in turn, each with its best reply to the other.",
            findings="threatsim.questions.optimise.findings:InTurnFindings",
            module="threatsim.report.questions.publish_answer",
        ),
        _answer(
            "calibrate",
            "Calibration",
            "a calibration",
            "A scenario's free numbers fitted to published moments.",
            findings="threatsim.calibration.findings:CalibrationFindings",
            module="threatsim.report.calibration.publish_calibration",
        ),
    ],
)
"""All kinds of report that have a record."""


def kind_of(record: Any) -> ReportKindRow | None:
    """Return the kind of a record; None if it is of none."""
    known = REPORT_KINDS.values() if isinstance(record, Mapping) else ()
    return next((row for row in known if row.tells(record)), None)
