"""The error of a scenario file."""

from __future__ import annotations

from threatsim.common.yaml_text.mistakes import TextError


class ScenarioError(TextError):
    """All mistakes of a scenario file in one message; `problems` has them one by one."""
