"""What arms change of one figure, in a sentence."""

from __future__ import annotations

from threatsim.experiment.record.record import ArmOutcome
from threatsim.report.words import numbers


def title(arm: ArmOutcome) -> str:
    """Return an arm's title in quotation marks."""
    return f"“{numbers.printable(arm.title)}”"


def changes(others: list[ArmOutcome], name: str, unit: str, subject: str) -> str:
    """Return the arms that change a figure detectably, the greatest change first, and those that do not.

    Args:
        others: the arms but the baseline.
        name: of the figure.
        unit: its unit.
        subject: what the sentence is about.
    """
    seen = [arm for arm in others if arm.differences[name].excludes_zero]
    seen.sort(key=lambda arm: -abs(arm.differences[name].value or 0.0))
    unseen = [title(arm) for arm in others if arm not in seen]
    prefix = "USD " if unit == "USD" else ""
    parts = [f"{prefix}{numbers.change_in_words(arm.differences[name], unit)} in {title(arm)}" for arm in seen]
    if unseen:
        parts.append(f"no detectable difference in {numbers.listed(unseen)}")
    return f"{subject}, against the baseline: {'; '.join(parts)}."
