"""The market held against published patterns, kept by content: an unchanged market is not run again for it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from threatsim.experiment.kept import environment, kept_file
from threatsim.experiment.record.fingerprint import fingerprint
from threatsim.experiment.record.record import PatternCheck
from threatsim.scenario.schema import HELD_AGAINST, REPEATED, TOLD, Scenario

_KIND = "patterns"


def patterns_key(baseline: Scenario, outcomes: str) -> str:
    """Return a hash of all that the patterns of a market depend on.

    Args:
        baseline: the scenario as its first arm sets it.
        outcomes: hash of the scores (`record.fingerprint.tables_fingerprint`).
    """
    said = json.dumps(
        baseline.model_dump(mode="json", exclude=set(TOLD | HELD_AGAINST | REPEATED))
    )  # in its own order, which streams go by
    return fingerprint({"scenario": said, "outcomes": outcomes, "code": environment.code()})


def save(key: str, checks: Sequence[PatternCheck]) -> None:
    """Keep the checks of a market.

    Args:
        key: of `patterns_key`.
        checks: they.
    """
    kept_file.save(_KIND, key, [check.model_dump(mode="json") for check in checks])


def load(key: str) -> tuple[PatternCheck, ...] | None:
    """Return the checks that are kept under a key; None if none are."""
    found = kept_file.load(_KIND, key)
    return None if found is None else tuple(PatternCheck.model_validate(check) for check in found[0])
