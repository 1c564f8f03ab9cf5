"""The form of the files by which machines tell each other what to simulate; each may be somebody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import read_foreign
from threatsim.scenario.section import Name

Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Whole = Annotated[int, Field(ge=0, lt=2**63)]
Made = TypeVar("Made")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class PlannedPlace(_Part):
    """One arm at one point."""

    point: Whole = Field(description="Number of the point.")
    arm: Name = Field(description="Name of the arm.")
    tables: str = Field(description="Key of the outcome tables that it reads.")
    replicates: list[list[Whole]] = Field(description="Ranges of replicates: the first and the last number of each.")
    changes: list[list[Any]] = Field(description="What its scenario has otherwise than the first: path and value.")


class PlanFile(_Part):
    """What a plan holds."""

    format: int = Field(description="Version of this form.")
    identity: Hash = Field(description="Hash of all that follows the title.")
    title: str = Field(description="Title of the scenario.")
    question: str = Field(description="What it answers.")
    figures: Hash = Field(description="Hash of all that figures depend on beside point, arm and replicate.")
    seed: int = Field(description="Root of all random streams.")
    tables: dict[str, Hash] = Field(description="Key of outcome tables -> their hash.")
    files: dict[str, Hash] = Field(description="Name of a file beside the plan -> its hash.")
    base: dict[str, Any] = Field(description="The first scenario.")
    points: list[PlannedPlace] = Field(min_length=1, description="What is to be simulated.")
    machine: dict[str, str] = Field(description="What a machine must have.")


class RunFile(_Part):
    """What lies beside the plan of a run."""

    scenario: dict[str, Any] = Field(description="The scenario, as plain data.")
    written: dict[str, str] = Field(description="Dotted path of a number -> where it was written.")
    overridden: list[dict[str, str]] = Field(description="What was asked for in place of the scenario's own.")
    file: str = Field(pattern=r"^[^/\\]+$", description="Name of the scenario's file.")
    device: str = Field(description="Where the attacks ran.")


class ShardFile(_Part):
    """What a finished shard says of itself."""

    plan: Hash = Field(description="The plan's identity.")
    shard: list[Whole] = Field(min_length=2, max_length=2, description="Which of how many.")
    failed: list[list[Any]] = Field(description="Point, arm and replicate of each that failed, and why.")


def read_json(path: Path, what: str) -> Any:
    """Return what a file of JSON holds.

    Args:
        path: the file.
        what: its kind, one of `files.BOUNDS`.

    Raises:
        ThreatsimError: it cannot be read, is too large, or is no JSON.
    """
    data = read_foreign(path, what)
    return formed(lambda: json.loads(data), path, what)


def formed(make: Callable[[], Made], path: Path, what: str) -> Made:
    """Return what is made of a file's content, if that has the form which it should have.

    Raises:
        ThreatsimError: it has not; the first mistake is told.
    """
    try:
        return make()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = f"{place}: {first['msg']}" if place else first["msg"]
    except KeyError as error:
        reason = f"{error} is absent"
    except (ValueError, TypeError, IndexError, AttributeError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    raise ThreatsimError(f"is no {what} of this threatsim: {reason[:200]}", location=str(path))
