"""`threatsim.run`: the command's report, from Python, without a word."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import threatsim
from tests.api.conftest import small_data
from threatsim.cli.main import app
from threatsim.common.progress import Progress
from threatsim.experiment.record.assembly import inputs_of
from threatsim.report.terminal.progress_bars import TerminalProgress


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_report_is_that_of_the_command(
    scenario: threatsim.Scenario, cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "<dict>"  # the record says where numbers were written
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    report = threatsim.run(scenario, replicates=2, workers=1, out=tmp_path / "python", patterns=False)
    options = ["--out", str(tmp_path / "command"), "--replicates", "2", "--workers", "2", "--no-patterns", "--quiet"]
    app(["run", str(file), *options], standalone_mode=False)
    assert files(Path(capsys.readouterr().out.strip())) == files(report.path)
    assert (report.label, report.tags) == ("", ())
    assert threatsim.run(
        scenario, replicates=2, workers=1, out=tmp_path / "python", patterns=False, label="For  the board", tags=["q3"]
    ).path == report.path  # fmt: skip
    assert (report.label, report.tags) == ("For the board", ("q3",))
    assert "“For the board [q3]”" in repr(report)
    held = threatsim.compare(f"{report.path}:baseline", f"{report.path}:{scenario.loaded.scenario.arms[1].name}")
    assert set(held["reference"]) == {"For the board:baseline"}


def test_a_script_needs_no_guard_for_its_workers(cache: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import threatsim\n"
        f"data = {small_data()!r}\n"
        "report = threatsim.run(data, workers=2, out='out', patterns=False)\n"
        "print(report)\n",
        encoding="utf-8",
    )
    ran = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.fullmatch(r"Report\(small/\w+: 2 arms, 4 replicates\)\n", ran.stdout)
    assert ran.stderr == ""


def test_replicates_seed_and_overrides_are_the_caller_s(
    scenario: threatsim.Scenario, reports: Path, cache: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = threatsim.run(
        small_data(), replicates=2, seed=5, overrides={"weeks": 2}, workers=1, out=reports, patterns=False
    )
    assert (found.record.replicates, found.record.seed, found.record.scenario["weeks"]) == (2, 5, 2)
    assert threatsim.load(found.record.run_id, home=reports).record == found.record
    assert capfd.readouterr() == ("", "")


def test_progress_is_shown_where_it_is_asked_for(
    scenario: threatsim.Scenario, outcomes: threatsim.ScenarioOutcomes, capfd: pytest.CaptureFixture[str]
) -> None:
    threatsim.simulate(scenario, outcomes, workers=1, progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "Market, 8 replicates" in err
    own: Progress = TerminalProgress.__new__(TerminalProgress)
    own.__dict__["_quiet"] = True
    threatsim.simulate(scenario, outcomes, workers=1, progress=own)
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_a_file(scenario: threatsim.Scenario, tmp_path: Path) -> None:
    file = tmp_path / "reports"
    file.write_text("")
    with pytest.raises(threatsim.InputError, match="is a file, so no report can be written below it") as found:
        threatsim.run(scenario, out=file)
    assert (found.value.given, found.value.location) == (str(file), str(file))


def test_options_that_are_not_allowed(scenario: threatsim.Scenario, tmp_path: Path) -> None:
    with pytest.raises(threatsim.InputError, match="workers is 0") as found:
        threatsim.run(scenario, workers=0, out=tmp_path)
    assert found.value.given == "0"
    with pytest.raises(threatsim.InputError, match="Did you mean 'cpu'") as device:
        threatsim.run(scenario, device="gpu", out=tmp_path)
    assert device.value.allowed == ("auto", "cpu", "cuda")
    with pytest.raises(threatsim.ScenarioError, match="replicates is 1; allowed is from 2"):
        threatsim.run(scenario, replicates=1, out=tmp_path)
    with pytest.raises(threatsim.InputError, match="at most 200 characters"):
        threatsim.run(scenario, label="x" * 201, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_run_goes_on_until_an_interval_is_narrow_and_its_record_says_so(
    scenario: threatsim.Scenario, cache: Path, tmp_path: Path
) -> None:
    report = threatsim.run(
        scenario,
        until_interval="fraud_share[baseline]=40%",
        max_replicates=24,
        overrides={"weeks": 2},
        workers=1,
        patterns=False,
        out=tmp_path,
    )
    record = report.record  # read again, so it agrees with its fingerprints
    assert record.stopping is not None
    assert record.stopping.reached
    assert record.replicates == record.stopping.replicates == len(record.arms[0].replicates["payer_loss"]) == 20
    assert record.scenario["replicates"] == scenario.loaded.scenario.replicates
    assert "Stopped after 20 replicates" in (report.path / "report.html").read_text(encoding="utf-8")

    # What is asked for is part of what the results depend on.
    inputs = inputs_of(record)
    assert inputs.until == {"figure": "fraud_share", "arm": "baseline", "wanted": 0.4, "most": 24}
    assert replace(inputs, until={}).fingerprint != inputs.fingerprint
