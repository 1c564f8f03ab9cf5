"""A plan in shards ends as one that was never split, and whatever does not belong together is refused."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import stand_in_market
import worlds

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.execution.cells import numbers_in, ranges_of
from threatsim.experiment.execution.figures_run import FiguresRun
from threatsim.experiment.execution.handshake import handshake
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.execution.parts import MERGED
from threatsim.experiment.execution.sharding import shards as shards_module
from threatsim.experiment.execution.sharding.prepared_plan import PreparedPlan, read_prepared, write_prepared
from threatsim.experiment.execution.sharding.scenario_changes import changed, changes
from threatsim.experiment.execution.sharding.shards import KeptFigures, Shard, run_shard, shard_of, whole_shards
from threatsim.experiment.execution.sharding.tables_file import read_tables, write_tables
from threatsim.experiment.record.fingerprint import tables_fingerprint
from threatsim.market.exact_tables import exact_tables

CELLS = worlds.cells(2, 4)


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> PreparedPlan:
    folder = tmp_path_factory.mktemp("prepared")
    write_prepared(folder, worlds.PointPlan(), worlds.TABLES, CELLS, title="A small market")
    return read_prepared(folder)


def keeping(prepared: PreparedPlan) -> KeptFigures:
    return KeptFigures(prepared.plan, prepared.tables, stand_in_market.simulate)


def simulated(prepared: PreparedPlan, text: str, out: Path) -> None:
    run_shard(prepared, shard_of(text), keeping(prepared), out=out, executor=LocalExecutor(1))


def merged(prepared: PreparedPlan, folders: list[Path], out: Path) -> FiguresRun:
    shards = whole_shards(prepared, folders, keeping(prepared))
    keeping(prepared).gather(shards.folders, out)
    return FiguresRun(out / MERGED, prepared.cells, shards.failures)


def test_shards_end_as_what_was_never_split(prepared: PreparedPlan, tmp_path: Path) -> None:
    simulated(prepared, "1/1", tmp_path / "whole")
    for number in (3, 1, 2):
        simulated(prepared, f"{number}/3", tmp_path / "split")
    whole = merged(prepared, [tmp_path / "whole"], tmp_path / "one")
    split = merged(prepared, [tmp_path / "split"], tmp_path / "three")
    assert split.file.read_bytes() == whole.file.read_bytes()
    assert split.table.num_rows == len(CELLS)
    scenario = prepared.plan.scenario_of(CELLS[0])
    assert scenario == worlds.PointPlan().scenario_of(CELLS[0])

    shutil.copytree(tmp_path / "split" / "shard-0002-of-0003", tmp_path / "again" / "shard-0002-of-0003")
    refused = {
        "is there twice": [tmp_path / "split", tmp_path / "again"],
        "shards of 1 and of 3 overlap": [tmp_path / "split", tmp_path / "whole"],
        r"2 of 3 shards are missing: 1/3, 3/3": [tmp_path / "again"],
        "holds no shard": [tmp_path / "one"],
    }
    for message, folders in refused.items():
        with pytest.raises(ThreatsimError, match=message):
            merged(prepared, folders, tmp_path / "none")
    file = tmp_path / "split" / "shard-0002-of-0003" / "figures.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(ThreatsimError, match="run shard 2/3 again"):
        merged(prepared, [tmp_path / "split"], tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_shard_of_another_plan_is_refused(prepared: PreparedPlan, tmp_path: Path) -> None:
    other = write_prepared(tmp_path / "other", worlds.PointPlan(seed=8), worlds.TABLES, CELLS, title="Another")
    assert other != prepared.identity
    simulated(read_prepared(tmp_path / "other"), "1/1", tmp_path / "shards")
    with pytest.raises(ThreatsimError, match="is a shard of another plan"):
        merged(prepared, [tmp_path / "shards"], tmp_path / "out")
    with pytest.raises(ThreatsimError, match="holds another plan"):
        write_prepared(tmp_path / "other", worlds.PointPlan(), worlds.TABLES, CELLS, title="A small market")


def test_a_machine_that_differs_is_refused_with_every_difference(
    prepared: PreparedPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shards_module, "handshake", lambda: {**handshake(), "numpy": "0.1", "scipy": "0.2"})
    with pytest.raises(ThreatsimError, match=r"numpy: 0\.1 instead of .*; scipy: 0\.2 instead of"):
        simulated(prepared, "1/1", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_shard_imports_nothing_that_attacks() -> None:
    code = (
        "import sys, threatsim.experiment.prepared_run, threatsim.market.simulation\n"
        "from threatsim.experiment.execution.handshake import handshake\n"
        "handshake()\n"
        "print(sorted({'torch', 'monai'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


def test_tables_come_back_whole_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    sets = {"a": exact_tables(worlds.SCENARIO, controls=("gaussian",)), **worlds.TABLES}
    path = tmp_path / "outcomes.arrow"
    write_tables(path, sets)
    found = read_tables(path)
    assert {key: tables_fingerprint(one) for key, one in found.items()} == {
        key: tables_fingerprint(one) for key, one in sets.items()
    }
    np.testing.assert_array_equal(found["all"]["dermoscopy"].patients, np.arange(60) // 2)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(ThreatsimError, match="absent, or not what its checksum says"):
        read_tables(path)


def test_an_edited_plan_is_refused(tmp_path: Path) -> None:
    write_prepared(tmp_path, worlds.PointPlan(), worlds.TABLES, CELLS, title="A small market")
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "seed": 9}))
    with pytest.raises(ThreatsimError, match=r"plan\.json.*checksum"):
        read_prepared(tmp_path)


@pytest.mark.parametrize("text", ["", "3", "0/3", "4/3", "a/b", "-1/3", "1/0"])
def test_a_shard_that_is_none(text: str) -> None:
    with pytest.raises(InputError, match="--shard is"):
        shard_of(text)


def test_every_cell_is_in_one_shard() -> None:
    shares = [Shard(number, 5).share(CELLS) for number in range(1, 6)]
    assert sorted(cell for share in shares for cell in share) == sorted(CELLS)
    assert {len(share) for share in shares} == {3, 4}


def test_a_plan_holds_of_each_scenario_what_differs_and_keeps_the_order_of_names() -> None:
    base = {"b": {"y": 1, "x": [1, 2]}, "a": None, "same": [{"k": 1.5}]}
    others = [
        base,
        {"b": {"y": 1, "x": [1, 3]}, "a": 0, "same": [{"k": 1.5}]},
        {"b": {"x": [1, 2], "y": 1}, "a": None, "same": [{"k": 1.5}]},
        {"b": {"y": True, "x": [1]}, "a": None, "same": [{"k": None}]},
        {"other": 1},
    ]
    assert changes(base, others[1]) == [[["b", "x", 1], 3], [["a"], 0]]
    for other in others:
        assert json.dumps(changed(base, json.loads(json.dumps(changes(base, other))))) == json.dumps(other)
    assert ranges_of([5, 0, 1, 2, 2, 7, 8]) == [[0, 2], [5, 5], [7, 8]]
    assert numbers_in(ranges_of([5, 0, 1])) == [0, 1, 5]


def test_a_file_beside_the_plan_is_believed_by_its_hash(tmp_path: Path) -> None:
    plan = worlds.PointPlan()
    write_prepared(tmp_path, plan, worlds.TABLES, CELLS, title="A", files={"question.json": b"{}"})
    prepared = read_prepared(tmp_path)
    assert prepared.file("question.json") == b"{}"
    assert sorted(prepared.cells) == sorted(CELLS)
    (tmp_path / "question.json").write_bytes(b"{ }")
    with pytest.raises(ThreatsimError, match=r"question\.json: is absent, or not what its plan says"):
        prepared.file("question.json")
