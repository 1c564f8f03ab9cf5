"""What a sweep found, as its record holds it."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from threatsim.experiment.record.part import RecordPart
from threatsim.statistics.estimate import Difference, Estimate


class VariedPath(RecordPart):
    """A path of the scenario and the values that it took."""

    path: str = Field(description="Dotted path, with a * for every one of several.")
    unit: str = Field(description="Unit of the number there; empty if it has none.")
    stands: Any = Field(description="What the scenario itself has there; null where several places differ.")
    values: tuple[Any, ...] = Field(description="The values, in order, each once.")
    log: bool = Field(description="Whether steps are equal in the logarithm.")


class Failure(RecordPart):
    """A market that failed."""

    point: int = Field(description="Number of the point.")
    arm: str = Field(description="Name of the arm.")
    replicate: int = Field(description="Number of the replicate.")
    message: str = Field(description="What was wrong.")


class PointFigure(RecordPart):
    """A figure of an arm at a point."""

    point: int = Field(description="Number of the point.")
    arm: str = Field(description="Name of the arm.")
    figure: str = Field(description="Name of the figure, with @ and a payer or tactic for a part of the arm.")
    level: Estimate = Field(description="The figure over the replicates.")
    difference: Difference | None = Field(description="Its paired difference to the baseline; null of the baseline.")


class SweepFindings(RecordPart):
    """What figures come to at the points of a design."""

    design: str = Field(description="grid, latin or sobol.")
    replicates: int = Field(description="Replicates of every arm at every point; the same streams everywhere.")
    varied: tuple[VariedPath, ...] = Field(description="What varied.")
    points: tuple[dict[str, Any], ...] = Field(description="Dotted path -> value at each point; numbered from 0.")
    figures: tuple[str, ...] = Field(description="The figures that are told of, the first of them first.")
    found: tuple[PointFigure, ...] = Field(description="Every figure of every arm at every point.")
    failures: tuple[Failure, ...] = Field(description="Markets that failed; their replicates are left out everywhere.")
    metrics_hash: str = Field(description="SHA-256 of all figures of all markets, whatever wrote them.")

    @model_validator(mode="before")
    @classmethod
    def _paths_as_varied(cls, data: Any) -> Any:
        """Put the paths of every point in the order that was asked for, which sorted keys have lost."""
        varied, points = (data.get(name) if isinstance(data, dict) else None for name in ("varied", "points"))
        if not isinstance(varied, (list, tuple)) or not isinstance(points, (list, tuple)):
            return data
        paths = [one.get("path") if isinstance(one, dict) else getattr(one, "path", None) for one in varied]
        ordered = [
            {path: point[path] for path in [*paths, *point] if path in point} if isinstance(point, dict) else point
            for point in points
        ]
        return {**data, "points": ordered}

    def at(self, figure: str, arm: str) -> list[PointFigure]:
        """Return a figure of an arm, point by point."""
        return [one for one in self.found if one.figure == figure and one.arm == arm]
