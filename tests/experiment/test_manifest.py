from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.manifest import MANIFEST_NAME, file_states, read_manifest, write_manifest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "claims").mkdir()
    (tmp_path / "record.json").write_bytes(b"{}\n")
    (tmp_path / "claims" / "a.parquet").write_bytes(b"PAR1" * 300_000)
    write_manifest(tmp_path)
    return tmp_path


def test_every_file_is_listed_with_its_hash(folder: Path) -> None:
    listed = read_manifest(folder)
    assert listed == {
        "claims/a.parquet": hashlib.sha256(b"PAR1" * 300_000).hexdigest(),
        "record.json": hashlib.sha256(b"{}\n").hexdigest(),
    }
    assert [state for _, state in file_states(folder, listed)] == ["ok", "ok"]
    before = (folder / MANIFEST_NAME).read_bytes()
    write_manifest(folder)
    assert (folder / MANIFEST_NAME).read_bytes() == before


def test_what_was_changed_removed_or_added_is_told_apart(folder: Path) -> None:
    listed = read_manifest(folder)
    assert listed is not None
    (folder / "record.json").write_bytes(b"{ }\n")
    (folder / "claims" / "a.parquet").unlink()
    (folder / "notes.txt").write_text("mine")
    assert dict(file_states(folder, listed)) == {
        "claims/a.parquet": "missing",
        "notes.txt": "added",
        "record.json": "differs",
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ("[" * 100_000, "damaged"),
        ('{"manifest_version": 1, "files": {"a": 3}}', "damaged"),
        ('{"manifest_version": 1}', "damaged"),
        ('{"manifest_version": 2, "files": []}', "version 2"),
    ],
)
def test_a_list_that_is_none_is_refused(folder: Path, text: str, message: str) -> None:
    (folder / MANIFEST_NAME).write_text(text)
    with pytest.raises(ThreatsimError, match=message):
        read_manifest(folder)


def test_a_report_from_before_there_were_lists_has_none(folder: Path) -> None:
    (folder / MANIFEST_NAME).unlink()
    assert read_manifest(folder) is None
    assert json.loads((folder / "record.json").read_text()) == {}
