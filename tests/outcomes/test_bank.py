from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

import threatsim.outcomes.bank.bank as bank_module
from threatsim.outcomes.bank.bank import OutcomeBank


def key(i: int) -> bytes:
    return i.to_bytes(24, "big")


def test_what_is_put_is_found_by_a_new_bank(tmp_path: Path) -> None:
    OutcomeBank(tmp_path).put({key(i): i / 7 for i in range(1200)})
    found = OutcomeBank(tmp_path).get([key(i) for i in range(1300)])
    assert len(found) == 1200
    assert abs(found[key(3)] - 3 / 7) < 1e-7


def test_a_damaged_entry_counts_as_unknown(tmp_path: Path) -> None:
    OutcomeBank(tmp_path).put({key(1): 0.25, key(2): 0.5})
    with sqlite3.connect(tmp_path / "outcomes.sqlite") as connection:
        connection.execute("UPDATE outcomes SET value = x'0000803f' WHERE key = ?", (key(1),))
    bank = OutcomeBank(tmp_path)
    assert bank.get([key(1), key(2)]) == {key(2): 0.5}
    bank.put({key(1): 0.25})
    assert OutcomeBank(tmp_path).get([key(1)]) == {key(1): 0.25}


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / "outcomes.sqlite").write_bytes(b"not a database" * 100)
    bank = OutcomeBank(tmp_path)
    assert "set aside" in bank.remark
    bank.put({key(1): 0.5})
    assert OutcomeBank(tmp_path).get([key(1)]) == {key(1): 0.5}
    assert list(tmp_path.glob("outcomes.damaged-*"))


def test_a_pipe_in_its_place_is_done_without(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "outcomes.sqlite")
    bank = OutcomeBank(tmp_path)
    assert "is a pipe" in bank.remark
    bank.put({key(1): 0.5})
    assert bank.get([key(1)]) == {key(1): 0.5}


def test_a_file_damaged_in_the_middle_loses_no_run(tmp_path: Path) -> None:
    OutcomeBank(tmp_path).put({key(i): 0.5 for i in range(3000)})
    path = tmp_path / "outcomes.sqlite"
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 64] = b"\xff" * 64
    path.write_bytes(bytes(data))
    bank = OutcomeBank(tmp_path)
    bank.get([key(i) for i in range(3000)])
    bank.put({key(1): 0.75})
    assert OutcomeBank(tmp_path).get([key(1)]) == {key(1): 0.75}


def test_a_busy_file_is_not_taken_for_a_damaged_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    OutcomeBank(tmp_path).put({key(1): 0.25})
    bank = OutcomeBank(tmp_path)
    monkeypatch.setattr(bank_module, "PATIENCE", 0.1)
    holder = sqlite3.connect(tmp_path / "outcomes.sqlite")
    holder.execute("BEGIN EXCLUSIVE")
    assert bank.get([key(1)]) == {}
    assert "locked" in bank.remark
    holder.rollback()
    holder.close()
    assert not list(tmp_path.glob("outcomes.damaged-*"))
    assert OutcomeBank(tmp_path).get([key(1)]) == {key(1): 0.25}


def test_without_a_folder_it_remembers_in_memory(tmp_path: Path) -> None:
    blocked = tmp_path / "a_file"
    blocked.write_text("")
    for bank in (OutcomeBank(None), OutcomeBank(blocked / "below")):
        bank.put({key(1): 0.5})
        assert bank.get([key(1)]) == {key(1): 0.5}
    assert "cannot be used" in bank.remark


def _write(folder: str, first: int) -> int:
    bank = OutcomeBank(Path(folder))
    for i in range(first, first + 400):
        bank.put({key(i): i / 1000})
    return len(bank.get([key(i) for i in range(first, first + 400)]))


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(_write, [str(tmp_path)] * 2, [0, 200])) == [400, 400]
    assert len(OutcomeBank(tmp_path).get([key(i) for i in range(600)])) == 600


def test_a_bit_that_flips_anywhere_gives_no_wrong_score(tmp_path: Path) -> None:
    """At 200 places of the file: every score is what was put or unknown, and the bank takes them anew."""
    put = {key(i): i / 8 for i in range(300)}
    OutcomeBank(tmp_path).put(put)
    path = tmp_path / "outcomes.sqlite"
    whole, right = path.read_bytes(), OutcomeBank(tmp_path).get(list(put))
    for place in range(0, len(whole), max(1, len(whole) // 200)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(bytes(damaged))
        bank = OutcomeBank(tmp_path)
        found = bank.get(list(put))
        assert found.items() <= right.items(), place
        bank.put({one: value for one, value in put.items() if one not in found})
        assert bank.get(list(put)) == right, place
