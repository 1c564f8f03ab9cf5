"""Plans, shards and states of runs that somebody else made end in one message and exit code 2, and write nothing."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Command
from threatsim.experiment.execution.sharding.prepared_plan import write_prepared

for _folder in ("experiment", "experiment/execution"):
    sys.path.append(str(Path(__file__).parents[1] / _folder))
worlds = __import__("worlds")
Content = dict[str, Any]


def summed(path: Path, data: bytes) -> None:
    """Write a file with the checksum that whoever writes it can make."""
    path.write_bytes(data)
    path.with_name(path.name + ".sha256").write_text(f"{hashlib.sha256(data).hexdigest()}  {path.name}\n")


def identified(content: Content) -> bytes:
    told = {key: value for key, value in content.items() if key not in ("format", "identity", "title")}
    return json.dumps({**content, "identity": hashlib.sha256(json.dumps(told).encode()).hexdigest()}).encode()


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    write_prepared(tmp_path / "plan", worlds.PointPlan(), worlds.TABLES, worlds.cells(1, 1), title="A small market")
    return tmp_path / "plan" / "plan.json"


def refused(threatsim: Command, tmp_path: Path, *told: str, command: str = "run-shard") -> None:
    before = sorted(tmp_path.rglob("*"))
    arguments = {"run-shard": ("plan", "--out", "out"), "merge": ("plan", "shards", "--out", "out")}
    done = threatsim(command, *arguments.get(command, ("plan",)))
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 1000
    for one in told:
        assert one in " ".join(done.stderr.split())
    assert sorted(tmp_path.rglob("*")) == before


def at_first(key: str, value: Any) -> Callable[[Content], Any]:
    return lambda content: content["points"][0].update({key: value})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda content: content.update(points="x"), "points: Input should be a valid list"),
        (lambda content: content.update(points=[]), "points: List should have at least 1 item"),
        (lambda content: content.update(figures="../../elsewhere"), "figures: String should match pattern"),
        (lambda content: content.update(machine={"numpy": 2}), "machine.numpy: Input should be a valid string"),
        (lambda content: content.pop("files"), "files: Field required"),
        (lambda content: content.update(tables={"all": "ab" * 32}), "holds outcome tables of another plan"),
        (lambda content: content.update(base={}), "is no scenario of this threatsim"),
        (at_first("arm", "../../elsewhere"), "arm: String should match pattern"),
        (at_first("replicates", [[0, 10**15]]), "more than 10,000,000 replicates"),
        (at_first("replicates", [[0]]), "is no plan of this threatsim"),
        (at_first("point", 2**70), "point: Input should be less than"),
        (at_first("tables", "other"), "holds outcome tables of another plan"),
        (at_first("changes", [[["payers", 99, "name"], 1]]), "is no scenario of this threatsim"),
        (at_first("changes", [[1, 2, 3]]), "is no scenario of this threatsim"),
    ],
)
def test_a_plan_of_another_form(
    change: Callable[[Content], Any], told: str, plan: Path, tmp_path: Path, threatsim: Command
) -> None:
    content = json.loads(plan.read_bytes())
    change(content)
    summed(plan, identified(content))
    refused(threatsim, tmp_path, told)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"[]", "is no plan"),
        (b"[" * 100_000, "is no plan"),
        (b'{"identity": ' + b"9" * 5000 + b"}", "is no plan"),
        (b"\xff", "is no plan"),
        (b'{"format": 2, "identity": "ab"}', "is no plan"),
    ],
)
def test_a_plan_that_is_none(data: bytes, told: str, plan: Path, tmp_path: Path, threatsim: Command) -> None:
    summed(plan, data)
    refused(threatsim, tmp_path, told)


def test_a_plan_with_another_seed_under_its_old_identity(plan: Path, tmp_path: Path, threatsim: Command) -> None:
    summed(plan, json.dumps({**json.loads(plan.read_bytes()), "seed": 9}).encode())
    refused(threatsim, tmp_path, "is not what its identity says")


@pytest.mark.parametrize("name", ["plan.json", "plan.json.sha256", "outcomes.arrow"])
def test_a_pipe_in_a_plan_does_not_hang(name: str, plan: Path, tmp_path: Path, threatsim: Command) -> None:
    plan.with_name(name).unlink()
    os.mkfifo(plan.with_name(name))
    refused(threatsim, tmp_path, "is absent, or not what its checksum says")


def test_an_endless_plan_is_not_read(plan: Path, tmp_path: Path, threatsim: Command) -> None:
    with plan.open("r+b") as file:
        file.truncate(2**40)
    refused(threatsim, tmp_path, "is absent, or not what its checksum says")


@pytest.mark.parametrize(
    ("shard", "told"),
    [
        ([], "is no shard"),
        ({"plan": "x"}, "plan: String should match pattern"),
        ({"shard": [2, 1]}, "no share of any"),
        ({"failed": [[1]]}, "is no shard"),
    ],
)
def test_a_shard_of_another_form(shard: Any, told: str, plan: Path, tmp_path: Path, threatsim: Command) -> None:
    folder = tmp_path / "shards" / "shard-0001-of-0001"
    folder.mkdir(parents=True)
    whole = {"plan": json.loads(plan.read_bytes())["identity"], "shard": [1, 1], "failed": []}
    summed(folder / "shard.json", json.dumps(shard if isinstance(shard, list) else whole | shard).encode())
    refused(threatsim, tmp_path, told, command="merge")


def test_what_a_run_laid_down_is_read_within_bounds(plan: Path, tmp_path: Path, threatsim: Command) -> None:
    state = plan.with_name(".state.json")
    wanted = [{"points": [0], "arms": {"a": [[0, 10**15]]}}]
    told = {"plan": "ab", "kept": "replicates", "wanted": wanted, "failed": []}
    for data in (json.dumps(told).encode(), b"[" * 100_000, b"[]"):
        state.write_bytes(data)
        refused(threatsim, tmp_path, ".state.json: is damaged", command="status")
    state.unlink()
    os.mkfifo(state)
    refused(threatsim, tmp_path, "is a pipe", command="status")
