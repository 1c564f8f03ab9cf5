"""How fast a run answers: what was found out before is not found out again, and a report that is there is shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.experiment.small_world import scenario_data

HEAVY = ("torch", "monai", "torchvision")


@pytest.fixture
def small(tmp_path: Path) -> str:
    data = scenario_data() | {"cases": {"per_modality": 20}, "replicates": 2}
    data["tactics"]["pgd_white_box"]["steps"] = 3
    (tmp_path / "small.yaml").write_text(json.dumps(data))
    return "small.yaml"


def told(summary: str) -> list[str]:
    """Return a summary's lines but the last, which names the folder as it was given."""
    return summary.splitlines()[:-1]


def files(report: Path) -> dict[str, bytes]:
    return {str(path.relative_to(report)): path.read_bytes() for path in report.rglob("*") if path.is_file()}


def test_a_run_whose_pictures_are_known_writes_the_same_bytes_and_imports_no_network(
    threatsim: Command, small: str, cache: Path, tmp_path: Path
) -> None:
    options = ("--no-patterns", "--workers", "1")
    cold = threatsim("run", small, *options, "--out", "cold")
    assert cold.returncode == 0, cold.stderr
    warm = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "threatsim", "run", small, *options, "--out", "warm"],
        cwd=tmp_path,
        env={**os.environ, "THREATSIM_CACHE": str(cache), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in warm.stderr.splitlines() if line.startswith("import time")}
    assert "threatsim.experiment.run" in imported
    assert not imported & set(HEAVY)
    (one,), (other,) = (list((tmp_path / out / "small").iterdir()) for out in ("cold", "warm"))
    assert one.name == other.name
    assert files(one) == files(other)
    assert warm.stdout.replace("warm/", "cold/") == cold.stdout

    # The report is there already: shown, not made again, unless that is asked for.
    before = (one / "record.json").stat().st_mtime_ns
    there = threatsim("run", small, *options, "--out", "cold")
    assert there.returncode == 0
    assert there.stdout == f"already there (run {one.name}); --again to repeat\n" + cold.stdout
    assert "Market" not in there.stderr
    assert (one / "record.json").stat().st_mtime_ns == before
    assert told(threatsim("show", str(one)).stdout) == told(cold.stdout)
    assert json.loads(threatsim("show", str(one), "--json").stdout)["run_id"] == one.name
    (one / "report.md").write_text("spoilt")  # no longer what was written: not there
    mended = threatsim("run", small, *options, "--out", "cold")
    assert "already there" not in mended.stdout
    assert files(one) == files(other)
    again = threatsim("run", small, *options, "--out", "cold", "--again", "--no-page")
    assert again.returncode == 0, again.stderr
    assert not (one / "report.html").exists()
    assert (one / "record.json").read_bytes() == (other / "record.json").read_bytes()


def test_show_says_what_there_is_none_of(threatsim: Command) -> None:
    done = threatsim("show", "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_first_line_comes_before_any_work(threatsim: Command) -> None:
    done = threatsim("run", "insurance_upcodng")
    assert done.stderr.startswith("Reading insurance_upcodng ...\n")
