"""A classifier's folder appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.outcomes.making.classifier_folder import filled_when_done


def make(destination: Path, text: str = "new") -> None:
    with filled_when_done(destination, "figures.json") as work:
        for name in ("figures.json", "victim.safetensors"):
            (work / name).write_text(text)


def interrupted(destination: Path) -> None:
    with filled_when_done(destination, "figures.json") as work:
        (work / "figures.json").write_text("half")
        assert not (destination / "figures.json").exists() or (destination / "figures.json").read_text() == "new"
        raise KeyboardInterrupt


def test_a_new_folder_appears_with_all_its_files(tmp_path: Path) -> None:
    make(tmp_path / "below" / "one")
    assert sorted(path.name for path in (tmp_path / "below").rglob("*")) == [
        "figures.json",
        "one",
        "victim.safetensors",
    ]
    assert (tmp_path / "below" / "one").stat().st_mode & 0o777 == 0o755


def test_files_of_the_same_name_are_replaced_and_others_stay(tmp_path: Path) -> None:
    make(tmp_path / "one")
    (tmp_path / "one" / "notes.txt").write_text("mine")
    make(tmp_path / "one", "newer")
    assert {path.name: path.read_text() for path in (tmp_path / "one").iterdir()} == {
        "figures.json": "newer",
        "notes.txt": "mine",
        "victim.safetensors": "newer",
    }


def test_work_that_fails_leaves_nothing(tmp_path: Path) -> None:
    make(tmp_path / "one")
    for name in ("one", "two"):
        with pytest.raises(KeyboardInterrupt):
            interrupted(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert (tmp_path / "one" / "figures.json").read_text() == "new"


def test_a_place_that_cannot_be_used_is_refused_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="this is a file"):
        make(tmp_path / "file")
    with pytest.raises(ThreatsimError, match="cannot be written there"):
        make(tmp_path / "file" / "below")
