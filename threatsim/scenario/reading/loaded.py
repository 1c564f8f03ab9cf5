"""A scenario as it was read: what it says, and where it says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from threatsim.common.yaml_text.document import Document
from threatsim.scenario.schema import Scenario


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario and the file it came from.

    Attributes:
        scenario: the scenario, with overrides and without any arm's changes.
        path: the file.
        document: its text and plain data (with overrides), and where each key and value was written.
    """

    scenario: Scenario
    path: Path
    document: Document
