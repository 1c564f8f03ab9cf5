"""`threatsim atlas`: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from threatsim.catalogue.atlas_ids import TECHNIQUES


def test_it_prints_the_chain_and_says_where_the_files_are(threatsim: Command, tmp_path: Path) -> None:
    done = threatsim("atlas", "insurance_upcoding", "--out", "there", "--date", "2020", columns=120)
    assert done.returncode == 0, done.stderr
    for message in ("AML.T0043.002", "Black-Box Transfer", "Impact", "AML.M0015", "2020-01-01", "as given"):
        assert message in done.stdout
    names = ["insurance_upcoding.case-study.yaml", "insurance_upcoding.layer.json"]
    assert sorted(path.name for path in (tmp_path / "there").iterdir()) == names
    assert all(str(Path("there") / name) in done.stdout for name in names)


def test_json_holds_the_same_and_today_is_said_to_be_so(threatsim: Command, tmp_path: Path) -> None:
    done = threatsim("atlas", "insurance_upcoding", "--json")
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert data["incident_date_given"] is False
    assert all(step["technique"] in TECHNIQUES for step in data["steps"])
    assert [(tmp_path / file).is_file() for file in data["files"]] == [True, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("insurance_upcodng",), "insurance_upcoding"),
        (("insurance_upcoding", "--date", "yesterday"), "YYYY-MM-DD"),
    ],
)
def test_bad_input_is_one_error(threatsim: Command, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = threatsim("atlas", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
