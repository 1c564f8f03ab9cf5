"""What a human reader would see of an attacked image, as the market has it."""

from __future__ import annotations

from typing import Any

from threatsim.catalogue.attacks import ATTACKS
from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import numbers


def reader_sees(record: RunRecord, tactic: str) -> str:
    """Return what a reader makes of an image that was altered by a tactic, in a sentence or two; empty if not known."""
    attack = str(record.scenario.get("tactics", {}).get(tactic, {}).get("attack", ""))
    row = ATTACKS.get(attack)
    if row is None:
        return ""
    if row.visible == "patch":
        seen = _readers(record, "patch_seen")
        return (
            f"A reader sees the patch; here {seen} of the images that readers look at are recognised as tampered with."
        )
    if row.visible == "another_patient":
        return "A reader sees a true finding, of another patient."
    if row.alters == "scene":
        return "A reader sees an ordinary image of the case, taken in another way."
    right = _readers(record, "specificity")
    return f"A reader sees the image as captured, and here turns down {right} of such cases."


def _readers(record: RunRecord, name: str) -> str:
    """Return a share of the readers of every payer: one number, or the least and the greatest."""
    shares: list[float] = []
    for payer in record.scenario.get("payers", ()):
        quantity: Any = payer.get("readers", {}).get(name)
        if quantity is not None:
            shares.append(float(quantity["value"] if isinstance(quantity, dict) else quantity))
    if not shares:
        return "some"
    low, high = numbers.value(min(shares), "share"), numbers.value(max(shares), "share")
    return low if low == high else f"{low} to {high}"
