"""The brief: one side of A4, whatever a scenario says; nothing of it acts; and the command's own mistakes."""

from __future__ import annotations

import re
from pathlib import Path

import pypdfium2
import pytest
from typer.testing import CliRunner

from threatsim.cli.main import app
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.brief.brief_page import brief_page
from threatsim.report.brief.print_pdf import chromium, print_pdf

REFERENCE = Path("reports/reference")
HOSTILE = "<script>alert(1)</script> " + "very long " * 300


def _record(name: str = "insurance_upcoding") -> RunRecord:
    return read_record(REFERENCE / name)


def _widened(record: RunRecord) -> RunRecord:
    """Return a record of thirty arms whose every text is long and hostile."""
    baseline, first, *_ = record.arms
    arms = [first.model_copy(update={"name": f"a{i}", "title": f"{HOSTILE} {i}"}) for i in range(30)]
    said = {**record.scenario, "title": HOSTILE, "question": HOSTILE, "realism": HOSTILE, "name": "x" * 400}
    origins = {f"payers.{i}": f"--set {HOSTILE}={i}" for i in range(20)}
    return record.model_copy(update={"scenario": said, "arms": (baseline, *arms), "origins": origins})


def test_the_brief_says_question_answer_chart_and_three_caveats() -> None:
    record = _record()
    page = brief_page(record)
    assert " ".join(str(record.scenario["question"]).split()) in page
    assert "Images signed at capture" in page
    assert page.count("<svg") == 1
    assert page.count("<li ") == 3
    assert f"{record.number_kinds['assumed']} of the {sum(record.number_kinds.values())} numbers" in page
    assert "--doubt" not in page  # a board has no command line
    assert "<script" not in page
    assert page == brief_page(record)


def test_hostile_text_stays_text() -> None:
    page = brief_page(_widened(_record()))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "the best 9 of 30 alternatives" in page
    assert not re.search(r'(src|href)="(?!data:,")', page)


def test_two_replicates_and_a_single_arm_have_a_brief_too() -> None:
    assert "too few for an interval" in brief_page(_record("national_year"))
    record = _record()
    alone = record.model_copy(update={"arms": record.arms[:1], "steps": ()})
    assert "nothing is compared" in brief_page(alone)


@pytest.mark.skipif(chromium() is None, reason="there is no Chromium here")
def test_it_prints_on_one_side_of_a4_however_much_is_said(tmp_path: Path) -> None:
    browser = chromium()
    assert browser is not None
    print_pdf(brief_page(_widened(_record())), tmp_path / "brief.pdf", browser)
    document = pypdfium2.PdfDocument(tmp_path / "brief.pdf")
    assert len(document) == 1
    width, height = document[0].get_size()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)
    assert "made with threatsim" in document[0].get_textpage().get_text_bounded()


def test_a_browser_that_prints_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match="did not print"):
        print_pdf("<p>", tmp_path / "brief.pdf", "/bin/false")
    assert not (tmp_path / "brief.pdf").exists()


def test_the_command_writes_what_it_says_and_refuses_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner, report = CliRunner(), str(REFERENCE / "trial_endpoint")
    out = tmp_path / "board.html"
    done = runner.invoke(app, ["brief", report, "--out", str(out)])
    assert (done.exit_code, done.output.strip()) == (0, str(out))
    assert out.read_text(encoding="utf-8") == brief_page(_record("trial_endpoint"))
    refused = runner.invoke(app, ["brief", report, "--out", str(tmp_path / "board.docx")])
    assert isinstance(refused.exception, ThreatsimError)
    monkeypatch.setattr("threatsim.report.brief.print_pdf._NAMES", ())
    monkeypatch.setattr("threatsim.report.brief.print_pdf._PLACES", ())
    refused = runner.invoke(app, ["brief", report, "--out", str(tmp_path / "board.pdf")])
    assert "no Chromium" in str(refused.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["board.html"]
