"""The spreadsheet, read back from its file: every table, every number in full, and text that is never a formula."""

from __future__ import annotations

import re
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from threatsim.cli.main import app
from threatsim.common.errors import ThreatsimError
from threatsim.report.frames import Report, load
from threatsim.report.spreadsheet.sheets import Sheet, sheets_of
from threatsim.report.spreadsheet.workbook import workbook, write_spreadsheet

REFERENCE = Path("reports/reference")
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def _read(path: Path) -> dict[str, list[list[str | float | None]]]:
    """Return sheet -> rows, from the XML of the file alone; a formula anywhere is an error."""
    with zipfile.ZipFile(path) as archive:
        strings = [
            "".join(part.text or "" for part in item.iter(f"{MAIN}t"))
            for item in ElementTree.fromstring(archive.read("xl/sharedStrings.xml"))
        ]
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        found: dict[str, list[list[str | float | None]]] = {}
        for number, sheet in enumerate(book.iter(f"{MAIN}sheet"), start=1):
            content = archive.read(f"xl/worksheets/sheet{number}.xml")
            assert b"<f>" not in content
            assert b"hyperlink" not in content
            rows = []
            for row in ElementTree.fromstring(content).iter(f"{MAIN}row"):
                cells: dict[int, str | float | None] = {}
                for cell in row:
                    letters = re.sub(r"\d", "", cell.get("r", ""))
                    place = sum((ord(c) - 64) * 26**i for i, c in enumerate(reversed(letters)))
                    value = cell.find(f"{MAIN}v")
                    if value is not None and value.text is not None:
                        cells[place] = strings[int(value.text)] if cell.get("t") == "s" else float(value.text)
                rows.append([cells.get(place) for place in range(1, max(cells, default=0) + 1)])
            found[sheet.get("name", "")] = rows
    return found


@pytest.fixture(scope="module")
def report() -> Report:
    return load(REFERENCE / "medicare_advantage_risk_adjustment")


def test_every_table_comes_back_as_it_was(report: Report, tmp_path: Path) -> None:
    write_spreadsheet(report, tmp_path / "a.xlsx")
    found = _read(tmp_path / "a.xlsx")
    assert next(iter(found)) == "report"
    assert list(found)[-1] == "columns"
    for name in ("arms", "differences", "parameters", "doubt", "payers"):
        frame = getattr(report, name)
        _, heads, *rows = found[name]
        assert heads == list(frame.columns)
        assert len(rows) == len(frame)
        place = heads.index("value")
        values = [row[place] if place < len(row) else None for row in rows]
        for written, held in zip(values, frame["value"], strict=True):
            assert written == (None if held != held else pytest.approx(held, rel=1e-15))  # 16 digits are written
        assert [row[heads.index("unit")] for row in rows] == list(frame["unit"])
    sources = report.parameters["source"]
    heads = found["parameters"][1]
    assert [row[heads.index("source")] or "" for row in found["parameters"][2:]] == list(sources)
    assert all(row[2] for row in found["columns"][2:])  # every column has a meaning


def test_the_same_record_gives_the_same_bytes(report: Report, tmp_path: Path) -> None:
    for name in ("a.xlsx", "b.xlsx"):
        write_spreadsheet(report, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://evil.example")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "http://evil.example/",
        "{=1}",
        "ftp://x",
        "\x01\x00 control",
        "x" * 40_000,
    ],
)
def test_text_that_a_spreadsheet_would_act_on_is_text(text: str, tmp_path: Path) -> None:
    sheet = Sheet("s", text, ["a", "unit"], [text[:100], ""], [[text, "share"], [0.5, text]])
    (tmp_path / "a.xlsx").write_bytes(workbook([sheet], datetime(2026, 1, 1, tzinfo=UTC)))
    (title, *_), _, first, second = _read(tmp_path / "a.xlsx")["s"]
    assert second[0] == 0.5
    for found in (title, first[0], second[1]):
        assert isinstance(found, str)
        assert found.startswith(text[:6]) or "control" in found
        assert len(found) <= 32_767


def test_the_command_writes_what_it_says_and_refuses_the_rest(tmp_path: Path) -> None:
    runner = CliRunner()
    folder = tmp_path / "trial_endpoint" / "aaaa00000001"
    folder.mkdir(parents=True)
    shutil.copy(REFERENCE / "trial_endpoint" / "record.json", folder)
    out = tmp_path / "t.xlsx"
    done = runner.invoke(app, ["export", str(folder), "--xlsx", "--out", str(out)])
    assert (done.exit_code, done.output.strip()) == (0, str(out))
    before = sorted(tmp_path.rglob("*"))
    for arguments, text in (
        ([], "name the form"),
        (["--xlsx", "--out", str(tmp_path / "t.csv")], "is a .xlsx"),
        (["--xlsx", "--out", str(out / "inside.xlsx")], "cannot be written"),
    ):
        refused = runner.invoke(app, ["export", str(folder), *arguments])
        assert isinstance(refused.exception, ThreatsimError)
        assert text in str(refused.exception)
    assert sorted(tmp_path.rglob("*")) == before


def test_words_and_tables_are_those_of_the_report(report: Report) -> None:
    first, *rest = sheets_of(report)
    told = {row[0]: row[1] for row in first.rows}
    assert told["Run"] == report.record.run_id
    assert {sheet.name for sheet in rest} >= {"arms", "differences", "doubt", "drivers", "draws"}
    assert all(len(sheet.name) <= 31 for sheet in rest)
