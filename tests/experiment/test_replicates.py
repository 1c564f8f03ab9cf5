from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import stand_in_market

from threatsim.common.errors import FailedReplicatesError, ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.replicates import ReplicateDone, available_workers, run_replicates
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

Arms = Mapping[str, Scenario]
Tables = Mapping[str, OutcomeTable]
FINGERPRINT = "ab" * 32


def run(arms: Arms, tables: Tables, folder: Path, **changes: Any) -> list[ReplicateResult]:
    keywords: dict[str, Any] = {
        "simulate": stand_in_market.simulate,
        "replicates": 4,
        "seed": 7,
        "inputs_fingerprint": FINGERPRINT,
        "folder": folder,
    }
    return run_replicates(arms, tables, **(keywords | changes))


def assert_same(left: list[ReplicateResult], right: list[ReplicateResult]) -> None:
    assert [(one.arm, one.replicate) for one in left] == [(one.arm, one.replicate) for one in right]
    for one, other in zip(left, right, strict=True):
        np.testing.assert_equal(dict(one.outcomes), dict(other.outcomes))  # NaN equals NaN
        np.testing.assert_equal(dict(one.tactics), dict(other.tactics))
        assert one.accounts == other.accounts
        np.testing.assert_equal(one.links, other.links)
        for group in ("weekly", "providers", "sample"):
            ours, theirs = getattr(one, group), getattr(other, group)
            assert list(ours) == list(theirs)
            for name in ours:
                assert ours[name].dtype == theirs[name].dtype
                assert ours[name].tobytes() == theirs[name].tobytes()


def test_results_do_not_depend_on_the_number_of_workers(arms: Arms, tables: Tables, tmp_path: Path) -> None:
    alone = run(arms, tables, tmp_path / "1")
    assert [(one.arm, one.replicate) for one in alone] == [(arm, i) for arm in arms for i in range(4)]
    for workers in (2, 3):
        assert_same(run(arms, tables, tmp_path / str(workers), workers=workers), alone)
    assert_same(run(arms, tables, tmp_path / "50", workers=50, replicates=1), [alone[0], alone[4]])


def test_a_result_is_what_the_market_gave(arms: Arms, tables: Tables, tmp_path: Path) -> None:
    found = run(arms, tables, tmp_path)[6]
    given = stand_in_market.simulate(
        arms["audits_doubled"], tables, arm="audits_doubled", replicate=2, seed=7, sample_rate=0.01
    )
    np.testing.assert_equal(dict(found.outcomes), dict(given.outcomes))
    for name in given.weekly:
        np.testing.assert_array_equal(found.weekly[name], given.weekly[name])
    assert found.providers["specialty"].tolist() == given.providers["specialty"].tolist()
    assert found.sample["score"].dtype == np.float32


def test_the_links_of_replicate_0_come_back_and_where_there_are_none_nothing(
    arms: Arms, tables: Tables, tmp_path: Path
) -> None:
    """Replicates kept before links were lack them as those after the first do, and still open."""
    found = run(arms, tables, tmp_path)
    assert found[0].links is not None
    assert found[0].links.dtype == np.int64
    assert found[0].links.tolist() == [[0, 1], [1, 0]]
    assert found[1].links is None


def test_progress_counts_every_replicate_once(arms: Arms, tables: Tables, tmp_path: Path) -> None:
    told: list[ReplicateDone] = []
    run(arms, tables, tmp_path, workers=2, progress=told.append)
    assert [done.done for done in told] == list(range(1, 9))
    assert {(done.arm, done.replicate) for done in told} == {(arm, i) for arm in arms for i in range(4)}
    assert all(done.total == 8 and not done.resumed for done in told)


def test_a_run_goes_on_where_it_stopped(
    arms: Arms, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    log.mkdir()
    whole = run(arms, tables, tmp_path / "whole")
    with pytest.raises(ThreatsimError):
        run(arms, tables, tmp_path / "kept", simulate=stand_in_market.simulate_with_fault)
    monkeypatch.setenv(stand_in_market.LOG, str(log))
    told: list[ReplicateDone] = []
    resumed = run(arms, tables, tmp_path / "kept", progress=told.append, workers=2)
    assert_same(resumed, whole)
    # All had finished but the one that failed, which came last.
    assert [path.name.split("-")[:2] for path in log.iterdir()] == [["audits_doubled", "3"]]
    assert [done.resumed for done in told] == [True] * 7 + [False]
    assert [done.done for done in told] == list(range(1, 9))


@pytest.mark.parametrize("damage", ["bit", "cut", "empty", "header", "swapped", "nonsense"])
def test_a_damaged_replicate_is_computed_again(
    damage: str, arms: Arms, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run(arms, tables, tmp_path / "kept")
    file = tmp_path / "kept" / "baseline-00002.replicate"
    content = bytearray(file.read_bytes())
    if damage == "bit":
        content[-200] ^= 1
    elif damage == "cut":
        del content[len(content) // 2 :]
    elif damage == "empty":
        content.clear()
    elif damage == "header":
        content[0:1] = b"["
    elif damage == "swapped":
        content = bytearray((tmp_path / "kept" / "baseline-00001.replicate").read_bytes())
    else:
        content = bytearray(os.urandom(500))
    file.write_bytes(content)
    log = tmp_path / "log"
    log.mkdir()
    monkeypatch.setenv(stand_in_market.LOG, str(log))
    assert_same(run(arms, tables, tmp_path / "kept"), whole)
    assert [path.name.split("-")[:2] for path in log.iterdir()] == [["baseline", "2"]]


def test_replicates_of_another_run_are_not_used(
    arms: Arms, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(arms, tables, tmp_path / "kept")
    log = tmp_path / "log"
    log.mkdir()
    monkeypatch.setenv(stand_in_market.LOG, str(log))
    run(arms, tables, tmp_path / "kept", inputs_fingerprint="cd" * 32)
    assert len(list(log.iterdir())) == 8


def test_a_kept_file_runs_no_code(tmp_path: Path, results: list[ReplicateResult]) -> None:
    bad = ReplicateResult(**{**vars(results[0]), "sample": {"x": np.array([{1}, None], dtype=object)}})
    with pytest.raises(TypeError, match=r"sample\.x"):
        KeptReplicates(tmp_path, FINGERPRINT).save(bad)
    assert list(tmp_path.iterdir()) == []


def test_discarding_removes_the_folder(arms: Arms, tables: Tables, tmp_path: Path) -> None:
    run(arms, tables, tmp_path / "kept")
    KeptReplicates(tmp_path / "kept", FINGERPRINT).discard()
    assert not (tmp_path / "kept").exists()
    KeptReplicates(tmp_path / "kept", FINGERPRINT).discard()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_fault_names_arm_and_replicate(workers: int, arms: Arms, tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError) as raised:
        run(arms, tables, tmp_path, simulate=stand_in_market.simulate_with_fault, workers=workers)
    message = str(raised.value)
    assert message.startswith("replicate 3 of arm 'audits_doubled' failed: ZeroDivisionError: a share of nothing")
    assert "simulate_with_fault" in message  # where it happened, for the report to the authors


@pytest.mark.parametrize("workers", [1, 2])
def test_a_refusal_is_passed_on_without_a_trace(workers: int, arms: Arms, tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError) as raised:
        run(arms, tables, tmp_path, simulate=stand_in_market.simulate_refusing, workers=workers)
    # With several workers any of those begun together may be first.
    assert re.fullmatch(
        r"replicate \d+ of arm '\w+' failed: tactic 'pgd' has no scores\nCompute them\.", str(raised.value)
    )


def test_a_replicate_at_which_workers_die_is_named_and_the_rest_is_kept(
    arms: Arms, tables: Tables, tmp_path: Path
) -> None:
    with pytest.raises(FailedReplicatesError) as raised:
        run(arms, tables, tmp_path, simulate=stand_in_market.simulate_dying_once, workers=2)
    message = str(raised.value)
    assert message.startswith("1 of 8 replicates failed: replicate 2 of arm 'baseline': a worker process died")
    assert "--workers" in message
    assert (raised.value.failed, raised.value.exit_code) == (1, 1)
    told: list[ReplicateDone] = []
    run(arms, tables, tmp_path, progress=told.append)
    assert [(done.arm, done.replicate) for done in told if not done.resumed] == [("baseline", 2)]


def test_a_death_stops_a_run_that_is_to_fail_fast(arms: Arms, tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match=r"^replicate 2 of arm 'baseline' failed: a worker process died"):
        run(arms, tables, tmp_path, simulate=stand_in_market.simulate_dying_once, workers=2, fail_fast=True)


@pytest.mark.parametrize(("name", "value"), [("workers", 0), ("workers", -1), ("replicates", 0)])
def test_numbers_out_of_range(name: str, value: int, arms: Arms, tables: Tables, tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match=f"{name} is {value}; allowed is at least 1"):
        run(arms, tables, tmp_path, **{name: value})


def test_a_folder_that_cannot_be_written_to(arms: Arms, tables: Tables, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ThreatsimError, match="cannot keep finished replicates"):
        run(arms, tables, tmp_path / "file" / "kept")


def test_workers_import_only_what_they_need(arms: Arms, tables: Tables, tmp_path: Path) -> None:
    found = run(arms, tables, tmp_path, simulate=stand_in_market.simulate_telling_of_torch, workers=2)
    assert [dict(one.accounts) for one in found] == [{}] * 8


def test_available_workers_is_a_number_of_processors() -> None:
    assert 1 <= available_workers() <= (os.cpu_count() or 1)


def start(folder: Path, simulate: str) -> subprocess.Popen[str]:
    """A run in a process group of its own, as a shell gives it, with workers in it."""
    command = [sys.executable, str(Path(__file__).with_name("interruptible_run.py")), str(folder), simulate]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


def wait_until_alone(group: int) -> None:
    """Wait until no process of the group is left (a zombie that nobody has waited for yet is none)."""
    deadline = time.monotonic() + 120
    while living := [pid for pid in group_members(group) if pid != group]:
        assert time.monotonic() < deadline, f"processes {living} are still there"
        time.sleep(0.05)


def group_members(group: int) -> list[int]:
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(its_group) == group and state != "Z":
            members.append(int(stat.parent.name))
    return members


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")


@needs_proc
def test_ctrl_c_ends_every_process_and_keeps_what_is_finished(tmp_path: Path) -> None:
    process = start(tmp_path, "simulate_for_ever")
    assert process.stdout is not None
    first = {
        process.stdout.readline(),
        process.stdout.readline(),
    }  # 0 and 1 finish, 2 and 3 would take ten minutes
    assert first == {"baseline 0 computed\n", "baseline 1 computed\n"}
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out, err) == (130, "", "")
    wait_until_alone(process.pid)
    again = start(tmp_path, "simulate")
    out, err = again.communicate(timeout=120)
    assert (again.returncode, err) == (0, "")
    assert out.splitlines()[:2] == ["baseline 0 resumed", "baseline 1 resumed"]
    assert sorted(out.splitlines()[2:]) == ["baseline 2 computed", "baseline 3 computed"]


@needs_proc
@pytest.mark.parametrize("delay", [0.0, 0.3, 1.0])
def test_ctrl_c_while_workers_start_leaves_no_trace(delay: float, tmp_path: Path) -> None:
    process = start(tmp_path, "simulate_for_ever")
    deadline = time.monotonic() + 120
    while len(group_members(process.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(delay)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (130, "")
    wait_until_alone(process.pid)


@needs_proc
def test_a_killed_run_leaves_no_workers_and_goes_on(tmp_path: Path) -> None:
    process = start(tmp_path, "simulate_for_ever")
    assert process.stdout is not None
    process.stdout.readline(), process.stdout.readline()
    process.kill()
    process.communicate(timeout=120)
    wait_until_alone(process.pid)
    again = start(tmp_path, "simulate")
    out, err = again.communicate(timeout=120)
    assert (again.returncode, err) == (0, "")
    assert out.splitlines()[:2] == ["baseline 0 resumed", "baseline 1 resumed"]
