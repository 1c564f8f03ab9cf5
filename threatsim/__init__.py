"""Threat modelling and fraud simulation for medical imaging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threatsim.numerics import hold_still

if TYPE_CHECKING:
    from threatsim.loading import compare, load

__all__ = ["__version__", "compare", "load"]
__version__ = "0.1.0"

hold_still()  # before torch is first used, here and in every child process


def __getattr__(name: str) -> Any:
    """`threatsim.load` and `compare`, imported when they are first asked for: importing threatsim stays light."""
    if name in ("load", "compare"):
        from threatsim import loading

        return getattr(loading, name)
    raise AttributeError(f"module 'threatsim' has no attribute '{name}'")
