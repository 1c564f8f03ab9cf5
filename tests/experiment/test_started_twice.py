"""A run that is started while another process is at the same one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from threatsim.experiment.execution.durable import ALSO_RUNNING, while_running
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
    run.work = KeptReplicates(tmp_path, "ab" * 32)
    run.inputs = SimpleNamespace(fingerprint="ab" * 32)  # type: ignore[assignment]
    run.executor = LocalExecutor(1)
    if twice:
        with while_running(tmp_path):
            run.simulate()
    else:
        run.simulate()
    assert notes.told == [ALSO_RUNNING] * twice
