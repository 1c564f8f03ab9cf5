"""A short hash for each array and figure that a replicate leaves behind, by name, so that a difference has a place."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from threatsim.common.digest import digest, digest_of_bytes
from threatsim.market.result import ReplicateResult

_PARTS = ("outcomes", "tactics", "accounts", "weekly", "providers", "sample", "decisions")


def replicate_digests(result: ReplicateResult) -> dict[str, str]:
    """Return name (`providers.volume`, `tactics.patch.paid_rate`) -> hash, of everything in a replicate."""
    return {name: digest(value) for part in _PARTS for name, value in flattened(part, getattr(result, part)).items()}


def flattened(name: str, value: Any) -> dict[str, Any]:
    """Return nested mappings and lists as one mapping: dotted name -> leaf."""
    if isinstance(value, Mapping):
        pairs: Any = value.items()
    elif isinstance(value, list | tuple):
        pairs = enumerate(value)
    else:
        return {name: value}
    return {path: leaf for key, item in pairs for path, leaf in flattened(f"{name}.{key}", item).items()}


def together(digests: Mapping[str, str]) -> str:
    """Return one hash of all of them, in whatever order."""
    return digest_of_bytes(json.dumps(digests, sort_keys=True).encode())
