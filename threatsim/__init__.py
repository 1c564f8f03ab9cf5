"""Threat modelling and fraud simulation for medical imaging."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from threatsim.common.numerics import hold_still

if TYPE_CHECKING:
    from threatsim.common.version import __version__
    from threatsim.report.frames import compare, load

__all__ = ["__version__", "compare", "load"]
hold_still()  # before torch is first used, here and in every child process

_PUBLIC = {
    "__version__": "threatsim.common.version",
    "compare": "threatsim.report.frames",
    "load": "threatsim.report.frames",
}
"""Public name -> the module that has it, imported when it is first asked for: importing threatsim stays light."""


def __getattr__(name: str) -> Any:
    """Return a public name of threatsim."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'threatsim' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted(_PUBLIC)
