"""`threatsim attack run` and `table` through the real program, on few cases."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Command

CONTROL = re.compile(r"\x1b\[")


@pytest.fixture
def quick(threatsim: Command) -> Command:
    return lambda *arguments, **more: threatsim("attack", *arguments, **more)


def ok(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_one_attack_writes_pictures_a_curve_a_page_and_figures(quick: Command, tmp_path: Path) -> None:
    message = ok(quick("run", "dermoscopy", "--attack", "patch", "--cases", "16"))
    (folder,) = (tmp_path / "reports" / "attacks").iterdir()
    assert re.fullmatch(r"dermoscopy-patch-[0-9a-f]{8}", folder.name)
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["curve.png", "curve.svg", "figures.json", "page.html", "panel.png"]
    assert max(len(line) for line in message.splitlines() if folder.name not in line) <= 80
    assert folder.name in message
    assert not CONTROL.search(message)
    figures = json.loads((folder / "figures.json").read_text())
    assert figures["n"] == figures["success"]["all"]["n"] == 16
    page = (folder / "page.html").read_text()
    assert 'src="http' not in page
    assert str(tmp_path) not in page
    again = json.loads(ok(quick("run", "dermoscopy", "--attack", "patch", "--cases", "16", "--json", "--out", "mine")))
    assert again.pop("report") == "mine"
    assert again == figures
    assert (tmp_path / "mine" / "figures.json").read_bytes() == (folder / "figures.json").read_bytes()


def test_towards_the_finding_only_negatives_are_pushed(quick: Command) -> None:
    arguments = ("run", "dermoscopy", "--attack", "fgsm", "--epsilon", "4/255", "--cases", "16", "--towards", "finding")
    figures = json.loads(ok(quick(*arguments, "--json")))
    assert figures["n"] < 16
    assert figures["success"]["hidden"]["n"] == 0
    assert figures["success"]["lifted"] == figures["success"]["initially_correct"]
    assert figures["spec"]["budget"]["epsilon"] == 4
    assert figures["curve"]["asked"] == 4


def test_the_table_is_a_list_of_rows_beside_the_paper(quick: Command, tmp_path: Path) -> None:
    arguments = ("table", "dermoscopy", "--cases", "12")
    rows = json.loads(ok(quick(*arguments, "--json")))
    assert [row["input"] for row in rows] == [
        "clean",
        "pgd_white_box",
        "pgd_black_box",
        "patch_natural",
        "patch_white_box",
        "patch_black_box",
        "patch_grey",
    ]
    *cells, grey = rows
    assert grey["paper"] is None  # a control that the paper does not have
    for row in cells:
        assert set(row) == {
            "classifier", "cases", "modality", "input", "n",
            "accuracy", "auroc", "confidence", "one_directional_success", "paper",
        }  # fmt: skip
        assert (row["classifier"], row["cases"], row["n"]) == ("dermoscopy", "synthetic", 12)
        assert set(row["paper"]) == {"accuracy", "auroc", "confidence"}
        for name in ("accuracy", "auroc", "confidence"):
            value, low, high = row[name]
            assert low <= value <= high
    assert rows[0]["one_directional_success"] == [None, None, None]
    assert rows[0]["paper"] == {"accuracy": 0.876, "auroc": 0.858, "confidence": 0.941}
    for columns in (80, 120):
        message = ok(quick(*arguments, "--out", "kept", columns=columns)).replace("Written to kept", "")
        assert max(len(line) for line in message.splitlines()) <= columns
        assert "…" not in message
        assert "Does the paper's ordering hold?" in message
        assert "224" in message
    assert json.loads((tmp_path / "kept" / "table.json").read_text()) == rows


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "dermoscop", "--attack", "pgd"), "Did you mean 'dermoscopy'"),
        (("run", "dermoscopy", "--attack", "pgd", "--towards", "findng"), "Did you mean 'finding'"),
        (("table", "--epsilon", "0.001"), "least budget"),
    ],
)
def test_mistakes_exit_with_2_and_write_nothing(
    quick: Command, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = quick(*arguments)
    assert result.returncode == 2, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_way_is_refused_before_the_work(quick: Command, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")
    result = quick("run", "dermoscopy", "--attack", "pgd", "--out", "taken")
    assert result.returncode == 2
    assert "is a file" in result.stderr
    assert (tmp_path / "taken").read_text() == "mine"
