"""Which numbers of a scenario the pictures depend on: every value of one would need attacks of its own."""

from __future__ import annotations

from typing import Final

_OF_ATTACKS: Final = frozenset(
    {"attack", "access", "surrogate", "epsilon", "step", "steps", "pixel_range", "scale", "queries", "parameters"}
)
THRESHOLD: Final = "operating_point"
"""Where a payer's threshold lies: attacks that stop at it, or query it, depend on it too."""


def needs_attacks(path: str) -> bool:
    """Return whether cases, or what attacks make of them, depend on what stands at a dotted path."""
    parts = path.split(".")
    if parts[0] == "modalities":
        return parts[-1] in {"classifier", "archive"}
    return parts[0] == "cases" or (parts[0] == "tactics" and len(parts) > 2 and parts[2] in _OF_ATTACKS)


def moves_threshold(path: str) -> bool:
    """Return whether a dotted path is within a payer's operating point."""
    return THRESHOLD in path.split(".")
