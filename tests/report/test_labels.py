"""A label is shown with its report wherever somebody looks at it, and is in none of the report's files."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from threatsim.cli.main import app
from threatsim.common.errors import InputError
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.brief.brief_page import brief_page
from threatsim.report.frames import load
from threatsim.report.labels import NO_LABEL, Label, checked_label, label_of, labelled_page, set_label
from threatsim.report.spreadsheet.sheets import sheets_of
from threatsim.report.terminal.summary import print_answer
from threatsim.view.bundle import write_bundle

REFERENCE = Path("reports/reference/trial_endpoint")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    shutil.copytree(REFERENCE, tmp_path / "reports" / "trial_endpoint" / "aaaa00000001")
    return tmp_path / "reports"


def test_a_label_is_one_line_with_each_tag_once_and_has_a_greatest_length() -> None:
    assert checked_label(" For  the\nboard ", ["q3", " ", "q3"]) == Label(label="For the board", tags=("q3",))
    assert Label(label="a\u202eb", tags=("q3",)).text == "ab [q3]"
    with pytest.raises(InputError, match="at most 200"):
        checked_label("x" * 201, [])
    with pytest.raises(InputError, match="20 tags"):
        checked_label("", [str(i) for i in range(21)])


def test_a_page_gets_it_above_its_title_as_text() -> None:
    html = "<body>\n<header>\n  <h1>T</h1>\n</header><p><header>\n"
    shown = labelled_page(html, Label(label="<script>alert(1)</script>"))
    assert shown.index("&lt;script&gt;") < shown.index("<h1>")
    assert shown.count("script&gt;") == 2
    assert labelled_page(html, NO_LABEL) == html
    assert labelled_page("<p>no header</p>", Label(label="x")) == "<p>no header</p>"


def test_whatever_shows_the_report_shows_it_and_the_report_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(home.parent / "cache"))
    folder = home / "trial_endpoint" / "aaaa00000001"
    (folder / "report.html").write_text("<header>\n<h1>T</h1></header>", encoding="utf-8")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    label = set_label(folder, "For the board", ["q3"])
    record = read_record(folder)
    assert "For the board [q3]" in brief_page(record, label)
    assert ("Label", "For the board [q3]") in sheets_of(load(folder))[0].rows
    text = io.StringIO()
    print_answer(record, Console(file=text, width=80), label)
    assert text.getvalue().startswith("For the board [q3]\n")
    write_bundle([home], home.parent / "bundle")
    (page,) = (home.parent / "bundle" / "report").iterdir()
    assert '<p class="label" dir="auto">For the board [q3]</p>' in page.read_text(encoding="utf-8")
    listed = CliRunner().invoke(app, ["reports", str(home)]).output
    assert f"\n{record.run_id}: For the board [q3]\n" in listed
    compared = CliRunner().invoke(app, ["compare", f"{folder}:baseline", f"{folder}:baseline"]).output
    assert compared.startswith("A  For the board:baseline (reference)\n")
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_run_that_could_not_be_labelled_is_not_begun(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["run", "insurance_upcoding", "--label", "x" * 201, "--out", str(tmp_path / "r")])
    assert found.exit_code != 0
    assert "at most 200 characters" in str(found.exception)
    assert not (tmp_path / "r").exists()


def test_a_label_file_that_is_none_is_no_label(home: Path) -> None:
    folder = home / "trial_endpoint" / "aaaa00000001"
    for text in ('{"label": 7}', "nonsense", json.dumps({"label": "y" * 300})):
        folder.with_name(f"{folder.name}.label.json").write_text(text, encoding="utf-8")
        assert label_of(folder) == NO_LABEL
