"""The libraries: their versions, and what is optional and absent."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from typing import Final

from threatsim.experiment.doctor.finding import Finding
from threatsim.experiment.record.fingerprint import versions

_OPTIONAL: Final = {
    "foolbox": "attacks of foolbox in a scenario",
    "adversarial-robustness-toolbox": "attacks of ART in a scenario",
    "playwright": "tests of the report page",
}
"""Distribution -> what it is for."""


def installation() -> list[Finding]:
    """Return versions of what numbers pass through, and what is absent that something optional needs."""
    found = {name: version for name, version in versions().items() if name != "source"}
    return [
        Finding(name="versions", found=", ".join(f"{name} {version}" for name, version in found.items())),
        Finding(name="optional", found=_absent()),
    ]


def _absent() -> str:
    missing = [f"{name} ({use})" for name, use in _OPTIONAL.items() if not _installed(name)]
    named = os.environ.get("CHROMIUM")
    if not (named or any(map(shutil.which, ("chromium", "chromium-browser")))):
        missing.append("chromium (tests of the report page)")
    return f"absent: {', '.join(missing)}" if missing else "foolbox, ART, playwright and chromium are there"


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
