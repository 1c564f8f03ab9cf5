"""`threatsim test`: runs scenarios and holds each against its own expectations, without writing a report."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import ExpectationCheck
from threatsim.experiment.run_request import RunRequest
from threatsim.experiment.whole_run import run
from threatsim.scenario.reading.reader import load_scenario


@dataclass(frozen=True)
class TestRequest:
    """How scenarios are to be run; see `RunRequest`."""

    __test__ = False  # not a test of pytest's

    images: Path | None
    replicates: int | None
    workers: int
    device: str
    overrides: Mapping[str, Any]
    include: Sequence[Path]
    finding: str | None = None


class Tested(RecordPart):
    """One scenario, tested."""

    scenario: str = Field(description="As the user named it.")
    name: str = Field(description="Name of the scenario; empty if it has mistakes.")
    replicates: int = Field(description="Replicates that were run; 0 if it expects nothing.")
    checks: tuple[ExpectationCheck, ...] = Field(description="Its expectations, held against the run.")
    error: str | None = Field(default=None, description="What is wrong with the scenario, if it could not be run.")


def run_tests(names: Sequence[str], request: TestRequest, progress: Progress) -> Iterator[Tested]:
    """Test scenarios one after another; one with mistakes does not keep the others from being tested."""
    for name in names:
        try:
            yield _tested(name, request, progress)
        except ThreatsimError as error:
            yield Tested(scenario=name, name="", replicates=0, checks=(), error=str(error))


def _tested(name: str, request: TestRequest, progress: Progress) -> Tested:
    scenario = load_scenario(name, overrides=request.overrides, include=request.include).scenario
    if not scenario.expect:
        return Tested(scenario=name, name=scenario.name, replicates=0, checks=())
    with tempfile.TemporaryDirectory(prefix="threatsim-test-") as folder:
        finished = run(
            RunRequest(
                name,
                request.images,
                request.replicates,
                None,
                request.workers,
                request.device,
                Path(folder),
                patterns=False,
                overrides=request.overrides,
                include=request.include,
                finding=request.finding,
                doubt=0,  # what is expected is of the numbers as they are held
            ),
            progress,
        )
    record = finished.record
    return Tested(scenario=name, name=scenario.name, replicates=record.replicates, checks=record.expectations)
