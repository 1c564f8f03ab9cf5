"""A short hash for each array and figure that a replicate leaves behind, by name, so that a difference has a place."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from threatsim.market.result import ReplicateResult

_PARTS = ("outcomes", "tactics", "accounts", "weekly", "providers", "sample", "decisions")


def digest(value: Any) -> str:
    """16 hex digits of an array's or a number's own bytes, type and shape included; of text, of the text.

    Two NaN are equal here whatever their bits.
    """
    array = np.asarray(value)
    if array.dtype.kind in "OUS":
        return _short(json.dumps(array.tolist()).encode())
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.array(np.nan, array.dtype), array)
    array = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    return _short(f"{array.dtype.str} {array.shape}\n".encode() + array.tobytes())


def replicate_digests(result: ReplicateResult) -> dict[str, str]:
    """Name (`providers.volume`, `tactics.patch.paid_rate`) -> hash, of everything in a replicate."""
    return {name: digest(value) for part in _PARTS for name, value in flattened(part, getattr(result, part)).items()}


def flattened(name: str, value: Any) -> dict[str, Any]:
    """Nested mappings and lists as one mapping: dotted name -> leaf."""
    if isinstance(value, Mapping):
        pairs: Any = value.items()
    elif isinstance(value, list | tuple):
        pairs = enumerate(value)
    else:
        return {name: value}
    return {path: leaf for key, item in pairs for path, leaf in flattened(f"{name}.{key}", item).items()}


def together(digests: Mapping[str, str]) -> str:
    """One hash of all of them, in whatever order."""
    return _short(json.dumps(digests, sort_keys=True).encode())


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
