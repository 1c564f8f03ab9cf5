"""What a report says of providers that come from a file: which file, how many were used, and why not the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import numbers


def population(record: RunRecord) -> str:
    """Say where the providers come from; empty where the scenario describes them itself."""
    found = record.scenario.get("population")
    if not isinstance(found, Mapping):
        return ""
    left_out: Mapping[str, Any] = found.get("left_out") or {}
    rows, missing = int(found.get("rows", 0)), sum(int(count) for count in left_out.values())
    text = (
        f"The providers are those of {numbers.printable(str(found.get('file', '')))} (SHA-256 "
        f"{str(found.get('sha256', ''))[:12]}): {numbers.count(rows - missing)} of its {numbers.count(rows)} rows"
    )
    why = numbers.listed(
        [f"{numbers.count(int(count))} that {numbers.printable(str(reason))}" for reason, count in left_out.items()]
    )
    text += f"; left out are {why}" if why else ", none left out"
    practices: Mapping[str, Any] = found.get("practices") or {}
    listed = sum(len(held.get("excluded") or ()) for held in practices.values() if isinstance(held, Mapping))
    if listed:
        text += f". A list of exclusions names {numbers.count(listed)} of them"
    return (
        f"{text}. What a file of one payer's services does not show, as other payers' patients, the market lacks too."
    )
