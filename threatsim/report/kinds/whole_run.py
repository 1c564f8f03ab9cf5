"""A run: what a list shows of it, and its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.record import Override
from threatsim.experiment.record.record_reading import read_record
from threatsim.report.listing.headline import ArmHeadline, Headline
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.overridden import overridden


class _Figure(BaseModel):
    """The part of an estimate that a list shows."""

    value: float | None = Field(description="The figure.")
    low: float | None = Field(default=None, description="Lower end of its interval.")
    high: float | None = Field(default=None, description="Upper end of its interval.")


class _Arm(BaseModel):
    """The part of an arm's outcomes that a list shows."""

    name: str = Field(description="Its name.")
    title: str = Field(description="Its title.")
    outcomes: dict[str, _Figure] = Field(description="Metric -> figure.")
    differences: dict[str, _Figure] = Field(description="Metric -> difference to the baseline.")


class _Doubt(BaseModel):
    """The part of a run's doubt that a list shows."""

    draws: int = Field(description="Draws of the uncertain numbers.")


class _Stopping(BaseModel):
    """The part of how a run ended that a list shows."""

    figure: str = Field(description="The figure whose interval was to be narrow.")
    reached: bool = Field(description="Whether it was.")


class _Run(BaseModel):
    """The parts of a run's record that a list shows: reading the others takes most of the time that a record takes."""

    record_version: Literal[1] = Field(description="Version of the record.")
    run_id: str = Field(description="Run id.")
    seed: int = Field(description="Root seed.")
    replicates: int = Field(description="Replicates of every arm.")
    scenario: dict[str, Any] = Field(description="The resolved scenario.")
    arms: tuple[_Arm, ...] = Field(description="The arms.")
    origins: dict[str, str] = Field(default={}, description="Path -> where it was written.")
    overridden: tuple[Override, ...] = Field(default=(), description="What was asked for besides.")
    doubt: _Doubt | None = Field(default=None, description="Draws beside the run.")
    stopping: _Stopping | None = Field(default=None, description="Whether and how it went on.")


def run(record: Mapping[str, Any]) -> Headline:
    """Return what a list shows of a run.

    Args:
        record: as it is written.

    Raises:
        ValueError: a part of it is not as a record has it.
    """
    found = _Run.model_validate(record)
    shown = [name for name in shown_in("brief") if name in ARM_METRICS]
    return Headline(
        scenario=str(found.scenario.get("name", "")),
        title=str(found.scenario.get("title", "")),
        run_id=found.run_id,
        seed=found.seed,
        replicates=found.replicates,
        changed=tuple(overridden(found)),
        about=tuple(_beside(found)),
        arms=tuple(_arm(arm, shown) for arm in found.arms),
    )


def run_page_of(folder: Path) -> str:
    """Return the page of a run, made from its record.

    Raises:
        RecordError: the record cannot be read or relied on.
    """
    from threatsim.report.page.page import Contents, page

    return page(Contents.of(read_record(folder)))


def _arm(arm: _Arm, shown: Sequence[str]) -> ArmHeadline:
    told = arm.differences or arm.outcomes
    return ArmHeadline(
        name=arm.name,
        title=arm.title,
        figures={name: (told[name].value, told[name].low, told[name].high) for name in shown if name in told},
    )


def _beside(found: _Run) -> list[str]:
    said = [f"doubt: {numbers.count(found.doubt.draws)} draws of the uncertain numbers"] if found.doubt else []
    if found.stopping:
        end = "as narrow as asked for" if found.stopping.reached else "not as narrow as asked for"
        said.append(f"ran until the interval of {found.stopping.figure} was narrow; it is {end}")
    return said
