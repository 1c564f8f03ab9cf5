"""Every kind of report in lists: told by its record, with its headline, and a page that can be made anew."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.report import answers
from threatsim.calibration.findings import CalibrationFindings, CalibrationRecord, FittedNumber, MomentFound
from threatsim.catalogue.written.report_kinds import REPORT_KINDS, kind_of
from threatsim.cli.main import app
from threatsim.common.errors import InputError, RecordError
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.record.report_finder import answer_folder, find_report
from threatsim.questions.answer_record import AnswerRecord
from threatsim.questions.optimise.findings import GoalTold, InTurnFindings, LeverTold, Reply
from threatsim.report.listing.listed_reports import list_reports
from threatsim.report.listing.report_reading import known_report
from threatsim.report.questions.answer_files import write_answer
from threatsim.report.questions.parts import ShownAnswer
from threatsim.report.questions.publish_answer import in_turn_shown
from threatsim.report.terminal.lists.report_list import print_reports
from threatsim.view.bundle import write_bundle
from threatsim.view.compared import ComparedSide, compared_page
from threatsim.view.report_pages import report_html
from threatsim.view.runs import row_of

RATES = (0.01, 0.02, 0.05, 0.1)


def turning_sweep() -> AnswerRecord[Any]:
    """A sweep whose baseline loses 0, 1, 2, 3 and whose other arm loses 1.5 at every point."""
    record = answers.line(RATES)
    found = tuple(
        one.model_copy(update={"level": answers.about(1.5 if one.arm == "audits" else float(one.point), 0.1)})
        for one in record.findings.found
        if one.figure == "payer_loss"
    )
    findings = record.findings.model_copy(update={"found": found, "figures": ("payer_loss",)})
    return record.model_copy(update={"findings": findings, "options": {"arms": list(answers.ARMS)}})


def in_turn() -> AnswerRecord[InTurnFindings]:
    findings = InTurnFindings(
        outcome="converged",
        cycle=0,
        replies=(Reply(side="payer", values={"payers.*.audit.random": 0.05}, gain=answers.about(3.0), moved=True),),
        levers=(LeverTold(path="payers.*.audit.random", side="payer", choices=(), low=0.01, high=0.1, log=True),),
        objectives=(
            GoalTold(text="payer_loss", direction="minimise"),
            GoalTold(text="fraud_payoff", direction="maximise"),
        ),
        constraints=(),
        replicates=2,
        fresh_replicates=4,
        trials=8,
    )
    made: AnswerRecord[InTurnFindings] = answers._record(AnswerRecord[InTurnFindings], "in_turn", findings)
    return made


def calibration() -> CalibrationRecord:
    def moment(name: str, use: str, verdict: str) -> MomentFound:
        return MomentFound(
            name=name, description="d", use=use, unit="share", value=0.1, low=0.05, high=0.2, source="", kind="assumed",
            measured_by="m", prior_low=0.0, prior_high=1.0, predicted=0.1, predicted_low=0.0, predicted_high=0.3,
            defined=9, verdict=verdict,
        )  # fmt: skip

    number = FittedNumber(
        path="conduct.reluctance_median", unit="USD per claim", stands=2000, prior="lognormal", prior_low=500,
        prior_high=8000, mean=928, median=900, low=425, high=2230, width=0.4, identified=True, moves={"a": 1.0},
    )  # fmt: skip
    findings = CalibrationFindings(
        free=(number,), correlations=(), populations=(), ended="populations", particles=(), effective=9.0, replicates=1,
        draws=10, markets=64, fitted_to="",
        moments=(moment("a", "fit", "met"), moment("b", "predict", "met"), moment("c", "predict", "missed")),
    )  # fmt: skip
    made: CalibrationRecord = answers._record(CalibrationRecord, "calibrate", findings)
    return made


ANSWERS = {
    "sweep": (turning_sweep, "payer loss changes: 'As it is' at 2 and 'Twice the audits"),
    "break_even": (answers.break_even, "Payer loss of 'As it is' reaches 0 at 0.100 (0.0600 to above the range)."),
    "sensitivity": (answers.sensitivity, "There is one policy alone"),
    "optimise": (lambda: answers.search(1), "Of 12 choices the payer's best is a.rate = 0.120"),
    "in_turn": (in_turn, "Neither gains any more"),
    "calibrate": (calibration, "1 of 2 moments held out are met; missed: c."),
}
"""Kind -> an answer of it, and a part of its headline."""


def written(name: str, home: Path, shown: ShownAnswer | None = None) -> Path:
    """Write an answer; with an empty page unless there is something to show, since charts are dear."""
    record = ANSWERS[name][0]()
    folder = answer_folder(home, record.scenario, record.question, record.identity)
    return write_answer(record, folder, shown or ShownAnswer("", [], [], []), tables={})


def test_every_answer_has_a_row_and_the_table_knows_no_other() -> None:
    assert {name for name, row in REPORT_KINDS.items() if row.findings} == set(ANSWERS)
    assert {row.name for row in REPORT_KINDS.values() if not row.findings} == {"run"}
    for record in ({"question": "nobody's"}, {"question": 7}, {}, [], None, "question"):
        assert kind_of(record) is None


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_listed_and_its_page_shown(name: str, tmp_path: Path) -> None:
    folder = written(name, tmp_path)
    (one,) = list_reports(tmp_path)
    assert (one.kind, one.problem, one.scenario, one.seed) == (name, "", "made_up", 1)
    assert one.about
    assert ANSWERS[name][1] in " ".join(one.answer)
    file = io.StringIO()
    print_reports([one], tmp_path, Console(file=file, width=80))
    assert REPORT_KINDS[name].title in file.getvalue()
    assert max(map(len, file.getvalue().splitlines())) <= 80
    assert report_html(folder) == (folder / "page.html").read_text(encoding="utf-8")
    kind = REPORT_KINDS[name]
    assert all(callable(kind.resolve(one)) for one in (kind.shown, kind.page_anew, kind.findings))
    assert find_report(one.run_id[:6], tmp_path) == folder
    with pytest.raises(RecordError, match=f"is {REPORT_KINDS[name].phrase}, where the report of a run is wanted"):
        read_record(folder)


def test_a_page_that_is_gone_is_made_anew(tmp_path: Path) -> None:
    folder = written("in_turn", tmp_path, in_turn_shown(in_turn()))
    page = (folder / "page.html").read_text(encoding="utf-8")
    (folder / "page.html").unlink()
    assert report_html(folder) == page


def test_a_sweep_tells_its_range_and_where_the_best_arm_changes(tmp_path: Path) -> None:
    folder = written("sweep", tmp_path)
    found = known_report(folder).headline(folder)
    assert found.about == ("a.rate: 0.0100, 0.0200, 0.0500, 0.100 share", "4 points, grid")
    assert found.answer[0] == "Payer loss lies between 0 ('As it is') and 3.00 ('As it is')."
    assert found.answer[2].startswith("The best becomes 'Twice the audits")
    assert found.answer[2].endswith("between 0.0200 and 0.0500.")
    assert [arm.figures["payer_loss"] for arm in found.arms] == [(None, 0.0, 3.0), (None, 1.5, 1.5)]


def test_what_was_edited_or_is_not_known_is_told_as_such(tmp_path: Path) -> None:
    folder = written("sweep", tmp_path)
    record = json.loads((folder / "record.json").read_text())
    for changed, problem in (
        (record | {"title": "Another"}, "it was edited"),
        (record | {"question": "horoscope"}, "does not know: 'horoscope'"),
        ({"question": "sweep"}, "it was edited"),
    ):
        (folder / "record.json").write_text(json.dumps(changed))
        (one,) = list_reports(tmp_path)
        assert problem in one.problem
        assert not one.kind
    (folder / "record.json").write_text("[" * 100_000)
    assert list_reports(tmp_path)[0].problem


def test_answers_are_bundled_and_compared_with_their_own_kind_alone(tmp_path: Path) -> None:
    home, into = tmp_path / "reports", tmp_path / "bundle"
    sweep, fitted = written("sweep", home), written("calibrate", home)
    assert write_bundle([home], into) == 2
    index = (into / "index.html").read_text(encoding="utf-8")
    assert all(f'"kind":"{kind}"' in index for kind in ("sweep", "calibrate"))
    (row, _) = sorted((row_of(folder) for folder in (sweep, fitted)), key=lambda row: row.kind, reverse=True)
    assert (into / "report" / f"{row.id}.html").read_text() == (sweep / "page.html").read_text()
    for sides, problem in (
        ((sweep, fitted), "reports of one kind can be compared, not sweep and calibration"),
        ((fitted, fitted), "a calibration cannot be compared"),
        ((sweep,) * 3, "3 reports were chosen; 2 can be compared"),
    ):
        with pytest.raises(InputError, match=problem):
            compared_page([ComparedSide(folder, "") for folder in sides])


def test_commands_take_an_answer_or_say_what_it_is(tmp_path: Path) -> None:
    folder = str(written("in_turn", tmp_path))
    run = CliRunner().invoke
    shown = run(app, ["show", folder])
    assert "Neither gains any more" in " ".join(shown.output.split())
    assert json.loads(run(app, ["show", folder, "--json"]).output)["record"]["question"] == "in_turn"
    assert run(app, ["label", folder, "Second try"]).exit_code == 0
    (listed,) = json.loads(run(app, ["reports", str(tmp_path), "--json"]).output)
    assert listed["kind"] == "in_turn"
    assert "Second try" in run(app, ["reports", str(tmp_path)]).output
    assert "Second try" in report_html(Path(folder))
