"""A run that keeps its claims: what is in them, a provider's career, and the model held against the literature."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

from tests.cli.conftest import Command
from threatsim.experiment.patterns.published_patterns import PATTERNS


def test_claims_are_kept_a_provider_is_explained_and_the_model_is_checked(
    threatsim: Command, tmp_path: Path, scenario: str
) -> None:
    result = threatsim("run", scenario, "--keep-claims", "--no-patterns", "--json")
    assert result.returncode == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["patterns"] == []
    report = tmp_path / record["report"]
    arms = [arm["name"] for arm in record["arms"]]
    assert {path.name for path in (report / "claims").iterdir()} == {
        *(f"{arm}-{replicate:05d}.parquet" for arm in arms for replicate in range(3)),
        *("datasheet.md", "schema.json", "splits.csv"),
    }
    columns = [one["name"] for one in json.loads((report / "claims" / "schema.json").read_text())["columns"]]
    assert columns == pq.read_schema(report / "claims" / "baseline-00000.parquet").names
    found = threatsim("claims", "baseline", str(report), "--json")
    assert found.returncode == (0 if found.stdout else 2), found.stderr
    story = json.loads(threatsim("explain", str(report), "--provider", "radiology.3", "--json").stdout)
    assert (story["provider"], story["arm"], story["weeks"]) == ("radiology.3", "baseline", 12)
    turns = [decision["week"] for decision in story["decisions"]]
    assert turns == [turns[0], turns[0] + 4, turns[0] + 8]
    shown = threatsim("explain", str(report), "--provider", "23", "--arm", "hash_at_capture")
    assert shown.returncode == 0, shown.stderr
    assert max(len(line) for line in shown.stdout.splitlines()) <= 80
    assert threatsim("explain", str(report)).returncode == 0
    wrong = threatsim("explain", str(report), "--provider", "radiologist.3")
    assert wrong.returncode == 2
    assert "Did you mean 'radiology.3'?" in " ".join(wrong.stderr.split())
    checked = threatsim("validate-model", scenario, "--json")
    rows = json.loads(checked.stdout)
    failed = any(row["verdict"] == "failed" for row in rows if row["role"] != "input")
    assert checked.returncode == (1 if failed else 0)
    assert len(rows) == len(PATTERNS)
