"""Claims of codes through the real program: one run from the scenario to the page, and what is said to do without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from threatsim.common.library import library_folder


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    text = (library_folder("scenarios") / "billing_code_combinations.yaml").read_text(encoding="utf-8")
    changes = {"weeks: 52": "weeks: 8", "replicates: 20": "replicates: 2", "per_modality: 1200": "per_modality: 80"}
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    return "mine.yaml"


def test_a_run_of_claims_goes_from_the_file_to_the_page(threatsim: Command, tmp_path: Path, scenario: str) -> None:
    (tmp_path / "archive" / "fundoscopy").mkdir(parents=True)
    result = threatsim("run", scenario, "--no-patterns", "--images", "archive")
    assert result.returncode == 0, result.stderr
    assert "claims have no images" in result.stderr
    assert max(len(line) for line in result.stdout.splitlines() if "Report:" not in line) <= 80
    assert "pixels" not in result.stdout
    (record_file,) = (tmp_path / "reports").glob("**/record.json")
    (figures,) = json.loads(record_file.read_text(encoding="utf-8"))["classifiers"]
    assert [attack["tactic"] for attack in figures["attacks"]] == [
        "another_coding",
        "swap_queries",
        "swap_black_box",
        "swap_white_box",
    ]
    assert all(attack["passes_policy"] for attack in figures["attacks"])
    published = figures["examples"][0]
    assert published["tactic"] == ""
    assert (published["denied_before"], published["denied_after"]) == (["syndrome_with_obesity"], [])
    page = (record_file.parent / "report.html").read_text(encoding="utf-8")
    assert "277.7 dysmetabolic syndrome X" in page
    assert 'id="gallery"' not in page
    again = threatsim("run", scenario, "--no-patterns", "--images", "archive", "--out", "again", "--workers", "1")
    assert again.returncode == 0, again.stderr
    (other,) = (tmp_path / "again").glob("**/record.json")
    assert other.read_bytes() == record_file.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("attack", "run", "claim_codes", "--attack", "pgd"), "reads the codes of claims"),
        (("classifiers", "train", "claim_codes", "--images", "."), "no images to use"),
    ],
)
def test_what_is_for_images_says_so(threatsim: Command, arguments: tuple[str, ...], message: str) -> None:
    result = threatsim(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_its_classifiers_are_listed_and_measured(threatsim: Command) -> None:
    listed = json.loads(threatsim("classifiers", "list", "--json").stdout)
    assert {"claim_codes", "claim_codes_hardened"} <= {row["name"] for row in listed}
    rows = json.loads(threatsim("classifiers", "evaluate", "claim_codes", "--json").stdout)
    assert [row["role"] for row in rows] == ["victim", "surrogate"]
