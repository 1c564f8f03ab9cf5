"""What an absence claims: where images are to look free of the finding, the answer is the rate that is reported."""

from __future__ import annotations

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import changes


def claimed_absent(record: RunRecord) -> list[str]:
    """Return the modalities in which the absence of the finding is claimed."""
    modalities = record.scenario.get("modalities", {})
    return [name for name, modality in modalities.items() if modality.get("claim_for") == "absence"]


def claims_absence(record: RunRecord) -> bool:
    """Return whether all modalities claim that the finding is absent, and the record has the rates."""
    absent = claimed_absent(record)
    return len(absent) == len(record.scenario.get("modalities", {})) > 0 and all(
        name in record.arms[0].outcomes for name in ("accepted_rate", "true_rate")
    )


def endpoint_answer(record: RunRecord) -> list[str]:
    """Return the rate that is reported in the baseline beside the true one, and what the arms change of it."""
    baseline, *others = record.arms
    reported, true = baseline.outcomes["accepted_rate"], baseline.outcomes["true_rate"]
    sentences = [
        f"In the baseline, {numbers.in_words(reported, 'share')} of all cases are accepted as free of the finding; "
        f"{numbers.in_words(true, 'share')} truly are."
    ]
    if others:
        sentences.append(changes(others, "accepted_rate", "share", "The accepted share"))
        if any(arm.differences["true_rate"].detected for arm in others):
            sentences.append(changes(others, "true_rate", "share", "The true share"))
    return sentences
