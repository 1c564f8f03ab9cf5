"""`threatsim clean`: what of a killed run is left over, what is not, and that nothing goes before it is asked for."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from tests.cli.conftest import Command
from threatsim.experiment.execution.durable import while_running

HOUR, DAY = 3600.0, 86400.0


def made(path: Path, age: float) -> Path:
    """Make a folder with a file of 1,000 bytes, both of an age in seconds."""
    path.mkdir(parents=True)
    file = path / "record.json"
    file.write_bytes(b"x" * 1000)
    for one in (file, path):
        os.utime(one, (time.time() - age, time.time() - age))
    return path


def test_what_killed_runs_left_is_listed_and_then_removed(threatsim: Command, tmp_path: Path) -> None:
    home = tmp_path / "reports" / "mine"
    report = made(home / "70dea863c061", 30 * DAY)
    left = [
        made(home / ".70dea863c061.41.partial", HOUR),
        made(home / ".70dea863c061.42.replaced", HOUR),
        made(home / ".aaaaaaaaaaaa.replicates", 8 * DAY),
    ]
    stays = [
        report,
        made(home / ".bbbbbbbbbbbb.replicates", 6 * DAY),  # the same command may still go on with these
        made(home / ".cccccccccccc.43.partial", 60),  # being written
        made(home / ".dddddddddddd.44.replaced", HOUR),  # all that there is of that report
        made(home / ".notes.old", 30 * DAY),  # the user's own
    ]
    listed = threatsim("clean", "--json")
    rows = json.loads(listed.stdout)["leftovers"]
    assert {row["path"] for row in rows} == {str(path.relative_to(tmp_path)) for path in left}
    assert {row["bytes"] for row in rows} == {1000}
    assert all(path.is_dir() for path in left + stays)

    removed = threatsim("clean", "--yes")
    assert "3 of 3 removed" in removed.stdout
    assert not any(path.exists() for path in left)
    assert all(path.is_dir() for path in stays)
    assert "Nothing is left over." in threatsim("clean").stdout


def test_replicates_of_a_run_that_is_on_are_not_removed(threatsim: Command, tmp_path: Path) -> None:
    kept = made(tmp_path / "reports" / "mine" / ".70dea863c061.replicates", 8 * DAY)
    own = {"THREATSIM_CACHE": str(tmp_path / "cache")}  # another test may train in the shared one
    with while_running(kept):
        assert "Nothing is left over." in threatsim("clean", "--days", "0", "--yes", **own).stdout
    assert kept.is_dir()
    assert "1 of 1 removed" in threatsim("clean", "--days", "0", "--yes", **own).stdout


def test_how_far_killed_trainings_were_is_left_over_when_nobody_goes_on(threatsim: Command, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    (tmp_path / "reports").mkdir()
    folder = made(cache / "trainings", HOUR)
    for name, age in (("a.safetensors", 8 * DAY), ("b.safetensors", 6 * DAY), (".b.safetensors.x1", HOUR)):
        (folder / name).write_bytes(b"x" * 1000)
        os.utime(folder / name, (time.time() - age, time.time() - age))
    (folder / "record.json").unlink()
    own = {"THREATSIM_CACHE": str(cache)}
    rows = json.loads(threatsim("clean", "--json", **own).stdout)["leftovers"]
    assert {Path(row["path"]).name for row in rows} == {"a.safetensors", ".b.safetensors.x1"}
    assert {row["what"] for row in rows} == {"how far a training was, which was not finished"}
    assert "2 of 2 removed: 2.0 kB" in threatsim("clean", "--yes", **own).stdout
    assert [path.name for path in folder.iterdir()] == ["b.safetensors"]  # the same command may go on with it


def test_a_folder_that_is_not_there_is_told(threatsim: Command, tmp_path: Path) -> None:
    done = threatsim("clean", "nowhere")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert "there is no such folder" in done.stderr
