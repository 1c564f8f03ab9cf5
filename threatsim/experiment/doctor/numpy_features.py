"""Which instructions numpy was built for, and which of those that it chooses among when it starts it uses here."""

from __future__ import annotations

import importlib
from typing import Any


def baseline() -> list[str]:
    """Return groups of instructions that this numpy cannot do without; empty where it does not say."""
    return list(_reported("__cpu_baseline__", ()))


def dispatched() -> dict[str, bool]:
    """Return group of instructions -> whether it is used, for those that can be switched off.

    The names are numpy's own and differ between its versions (`AVX512_SKX` up to 2.3, `X86_V4` from 2.4 on).
    """
    used = _reported("__cpu_features__", {})
    return {name: bool(used.get(name)) for name in _reported("__cpu_dispatch__", ())}


def _reported(attribute: str, otherwise: Any) -> Any:
    """Return what numpy's compiled module says of itself, which is no part of its documented interface."""
    try:
        return getattr(importlib.import_module("numpy._core._multiarray_umath"), attribute)
    except (ImportError, AttributeError):
        return otherwise
