"""What a list shows of a report, whatever its kind."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from threatsim.report.plain_text import visible

Figure = tuple[float | None, float | None, float | None]
"""A figure and the ends of its 95 % interval."""


class ArmHeadline(BaseModel):
    """What a list shows of an arm."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(default="", description="Name of the arm.")
    title: str = Field(description="The arm in a few words.")
    figures: dict[str, Figure] = Field(
        description="Metric -> value, low, high; of arms beside the baseline the difference to it. Of a sweep there is "
        "no value, and low and high are the least and the most of all points."
    )

    @field_validator("name", "title")
    @classmethod
    def _seen(cls, text: str) -> str:
        return visible(text)


class Headline(BaseModel):
    """What a list shows of a report. Text is safe to be shown: a record may be somebody else's."""

    model_config = ConfigDict(frozen=True)

    scenario: str = Field(default="", description="Name of the scenario.")
    title: str = Field(default="", description="Title of the scenario.")
    run_id: str = Field(default="", description="Run id; of an answer the digits that its folder ends in.")
    seed: int | None = Field(default=None, description="Root seed.")
    replicates: int | None = Field(default=None, description="Replicates of every arm; null where that varies.")
    changed: tuple[str, ...] = Field(default=(), description="What was asked for in place of the scenario's own.")
    about: tuple[str, ...] = Field(default=(), description="What was varied, chosen or fitted, a line each.")
    answer: tuple[str, ...] = Field(default=(), description="What was found, in a sentence or two; of a run its arms.")
    arms: tuple[ArmHeadline, ...] = Field(default=(), description="The arms, the baseline first.")

    @field_validator("scenario", "title", "run_id")
    @classmethod
    def _seen(cls, text: str) -> str:
        return visible(text)

    @field_validator("changed", "about", "answer")
    @classmethod
    def _all_seen(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(visible(text) for text in texts)
