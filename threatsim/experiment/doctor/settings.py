"""Variables of the environment that change how libraries compute: which are set, and what that does."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from threatsim.experiment.doctor.finding import Finding
from threatsim.experiment.doctor.numpy_features import dispatched

_ATTACKS: Final = "Outcomes of attacks may differ from those without it, and are kept apart from them."
_MARKETS: Final = "Markets come out the same without what it switches off, only slower."
_EFFECTS: Final[Mapping[str, str]] = {
    "NPY_DISABLE_CPU_FEATURES": _MARKETS,
    "NPY_ENABLE_CPU_FEATURES": _MARKETS,
    "OPENBLAS_CORETYPE": _MARKETS,
    "GLIBC_TUNABLES": _MARKETS,
    "ATEN_CPU_CAPABILITY": _ATTACKS,
    "MKL_ENABLE_INSTRUCTIONS": _ATTACKS,
    "ONEDNN_MAX_CPU_ISA": _ATTACKS,
    "DNNL_MAX_CPU_ISA": _ATTACKS,
}


def settings() -> list[Finding]:
    """Return one finding for each variable that is set, and one where none is. MKL's mode is with torch's rounding."""
    given = {name: os.environ[name] for name in _EFFECTS if os.environ.get(name)}
    if "hwcaps" not in given.get("GLIBC_TUNABLES", ""):
        given.pop("GLIBC_TUNABLES", None)
    if not given:
        return [Finding(name="settings", found="no variable limits the instructions that are used")]
    return [
        Finding(
            name="settings",
            found=f"{name}={value}",
            state="note",
            remedy=_without_effect(value) if name.startswith("NPY_") and _unknown(value) else _EFFECTS[name],
        )
        for name, value in given.items()
    ]


def _unknown(value: str) -> list[str]:
    """Return names that this numpy does not know; it passes over them, with a warning that is hidden by default."""
    return [name for name in value.replace(",", " ").split() if name not in dispatched()]


def _without_effect(value: str) -> str:
    return f"{', '.join(_unknown(value))}: no effect; this numpy knows {', '.join(dispatched())}."
