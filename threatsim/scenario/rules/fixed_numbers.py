"""Numbers of a scenario that cannot be uncertain, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from threatsim.catalogue.distributions import FAMILIES
from threatsim.common.yaml_text.mistakes import KeyPath

# What attacks and thresholds are made from before the market opens, or what must agree with a sum, cannot be drawn.
_FIXED: tuple[tuple[str, str], ...] = (
    ("cases", "the pool of images is one for all replicates"),
    ("conduct.shares", "the shares that providers choose from are the same for all"),
    ("payers.*.share", "the shares of the payers sum to 1"),
    ("payers.*.triage", "the attacks are run against the threshold, once for all replicates"),
    ("payers.*.adaptation.move_threshold", "the attacks are run against the threshold, once for all replicates"),
    ("tactics.*.epsilon", "the attacks are run once for all replicates"),
    ("tactics.*.step", "the attacks are run once for all replicates"),
    ("tactics.*.scale", "the attacks are run once for all replicates"),
    ("tactics.*.angle", "the attacks are run once for all replicates"),
)


def uncertain_faults(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield numbers with a distribution that must not have one: where, and why."""
    for pattern, reason in _FIXED:
        for path, section in _matching(data, pattern.split("."), ()):
            for inside in _with_distribution(section, path):
                yield inside, f"it cannot be uncertain: {reason}"


def _matching(data: Any, parts: Sequence[str], path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    if not parts:
        yield path, data
        return
    head, *rest = parts
    if head == "*":
        items = (
            data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, (list, tuple)) else ()
        )
        for key, inner in items:
            yield from _matching(inner, rest, (*path, key))
    elif isinstance(data, Mapping) and head in data:
        yield from _matching(data[head], rest, (*path, head))


def _with_distribution(data: Any, path: KeyPath) -> Iterator[KeyPath]:
    if isinstance(data, Mapping):
        if any(data.get(name) is not None for name in FAMILIES):
            yield path
            return
        for key, inner in data.items():
            yield from _with_distribution(inner, (*path, key))
    elif isinstance(data, (list, tuple)):
        for index, inner in enumerate(data):
            yield from _with_distribution(inner, (*path, index))
