"""What the sections of a scenario have in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from threatsim.common.yaml_text.value_words import NAME_PATTERN

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))})
"""What Windows keeps for devices (Microsoft, "Naming Files, Paths, and Namespaces")."""


def _no_device(name: str) -> str:
    if name in DEVICES:
        raise PydanticCustomError("device", "a folder of this name cannot be made on Windows")
    return name


FolderName = Annotated[Name, AfterValidator(_no_device)]
"""A name that a folder is called by, on any system."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
WEEKS_PER_YEAR = 52


class Section(BaseModel):
    """A section of a scenario: unknown keys are errors, values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ONE_OF_ITS_KEYS: ClassVar[bool] = False
    """Whether it has one of its keys alone, so that one written in a file takes the place of the former as a whole."""
