"""A run that is started while another process is at the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.execution.durable import ALSO_RUNNING, running_here, while_running
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest
from threatsim.scenario.reading.reader import load_scenario


class Notes:
    """Progress that keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def stage(self, title: str, total: int, unit: str = "steps") -> Iterator[Callable[[int], None]]:
        yield lambda steps: None

    @contextmanager
    def starting(self, title: str) -> Iterator[None]:
        yield

    def note(self, text: str) -> None:
        self.told.append(text)


@pytest.fixture(scope="module")
def loaded() -> Any:
    return load_scenario("insurance_upcoding")


@pytest.mark.parametrize("twice", [True, False])
def test_a_run_says_that_another_process_is_at_it(loaded: Any, tmp_path: Path, twice: bool) -> None:
    notes = Notes()
    run = Run(loaded, RunRequest("insurance_upcoding", None, None, None, 1, "cpu", tmp_path), notes)
    run.arms, run.tables, run.loop, run.goal = {}, {}, None, None  # no arm: nothing is simulated
    run.inputs = SimpleNamespace(fingerprint="ab" * 32)  # type: ignore[assignment]
    run.executor = LocalExecutor(1)
    run.work = KeptReplicates(tmp_path / "work", "ab" * 32)
    (tmp_path / "work").mkdir()
    with while_running(tmp_path / "work") if twice else nullcontext(), run.on():
        assert running_here(tmp_path / "work")  # before its first step
        run.simulate()
        assert running_here(tmp_path / "work")  # and between two
    assert not running_here(tmp_path / "work")
    assert notes.told == [ALSO_RUNNING] * twice


def test_a_place_for_replicates_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = Run.__new__(Run)
    run.work = KeptReplicates(tmp_path / "file" / "work", "ab" * 32)
    with pytest.raises(ThreatsimError, match="cannot keep finished replicates"), run.on():
        pass
