"""A run and a sweep in shards through the real commands: what comes out is what one machine writes, to the byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from threatsim.cli.main import app
from threatsim.common.library import library_folder

Typed = Callable[[str], Result]
VARY = "--vary payers.*.audit.random=0.01,0.2 --replicates 2 --metric payer_loss --arm people_read"
CHANGES = {
    "weeks: 52": "weeks: 4",
    "burn_in: 104": "burn_in: 2",
    "replicates: 20": "replicates: 2",
    "modality: 1200": "modality: 40",
    "count: 80": "count: 8",
    "count: 40": "count: 4",
}


@pytest.fixture
def typed(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command in a folder that holds a small scenario of codes; in this process, which has imported all."""
    text = (library_folder("scenarios") / "billing_code_combinations.yaml").read_text(encoding="utf-8")
    for old, new in CHANGES.items():
        assert old in text, old
        text = text.replace(old, new)
    (tmp_path / "codes.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THREATSIM_CACHE", str(cache))
    return lambda line: CliRunner().invoke(app, line.split())


def done(result: Result) -> Result:
    assert result.exit_code == 0, result.output + str(result.exception)
    return result


def content(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder, but for what is kept of unfinished work."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }


def test_shards_end_as_one_machine_does(typed: Typed, tmp_path: Path) -> None:
    done(typed("run codes.yaml --no-patterns --no-page --workers 1 --out one -q"))
    done(typed("prepare codes.yaml --out plan -q"))
    done(typed("run-shard plan --shard 2/2 --workers 1 --out shards -q"))
    missing = typed("merge plan shards --out merged --no-patterns --no-page")
    assert "1 of 2 shards are missing: 1/2" in str(missing.exception)
    told = json.loads(done(typed("status shards --json")).stdout)
    assert told["not_begun"] == ["1/2"]
    assert [(one["missing"], one["failed"], one["running"]) for one in told["folders"]] == [(0, 0, False)]
    assert "not begun: 1/2" in done(typed("status shards")).stdout
    done(typed("run-shard plan --shard 1/2 --workers 1 --out shards -q"))

    done(typed(f"sweep codes.yaml {VARY} --workers 1 --out one -q"))
    done(typed(f"prepare codes.yaml {VARY} --out sweep-plan -q"))
    done(typed("run-shard sweep-plan --workers 1 --out sweep-shards -q"))
    another = typed("merge plan sweep-shards --out merged")
    assert "is a shard of another plan" in str(another.exception)
    assert not (tmp_path / "merged").exists()

    done(typed("merge plan shards --out merged --no-patterns --no-page -q"))
    done(typed("merge sweep-plan sweep-shards --out merged -q"))
    assert content(tmp_path / "merged") == content(tmp_path / "one")
    assert len(content(tmp_path / "merged")) > 10


def test_what_cannot_be_prepared_is_refused(typed: Typed, tmp_path: Path) -> None:
    refused = {
        "--metric payer_loss": "nothing varies",
        "--vary payers.*.audit.randm=0.1:0.2": "randm",
        "--vary payers.*.audit.random=0.2:0.1": "the first must be below the second",
        "--vary payers.*.audit.random=0.1:0.2:600": "more than --max-points 500",
    }
    for options, said in refused.items():
        result = typed(f"prepare codes.yaml {options} --out plan")
        assert said in str(result.exception), options
    assert not (tmp_path / "plan").exists()
