"""What a report says of outcomes that were kept of photographs, and of the synthetic cases attacked beside them."""

from __future__ import annotations

from threatsim.experiment.record.record import ClassifierFigures, KeptOutcomes, RunRecord
from threatsim.report.words import numbers


def kept_outcomes(record: RunRecord) -> str:
    """Say on how many photographs outcomes were computed, when and by what; empty if all were computed in the run."""
    found = _kept(record)
    if not found:
        return ""
    counts = numbers.listed([f"{numbers.count(c.cases)} ({numbers.title(c.modality)})" for c, _ in found])
    days = numbers.listed(sorted({kept.computed[:10] for _, kept in found}))
    programs = numbers.listed(sorted({numbers.printable(kept.by) for _, kept in found}))
    return (
        f"The outcomes on photographs, {counts}, were not computed in this run: they come from tables that were "
        f"computed on {days} by {programs}"
    )


def attacked_in_run(record: RunRecord) -> str:
    """Say that pictures and curves are of synthetic cases, of how many; empty if no outcomes were kept."""
    found = _kept(record)
    if not found:
        return ""
    cases = numbers.listed(
        [
            f"{numbers.title(c.modality)} {numbers.count(kept.live_cases)} of {kept.live_pixels} pixels"
            for c, kept in found
        ]
    )
    return (
        f"Pictures of attacks and success against the budget are of synthetic cases that were attacked in this run "
        f"({cases}), read by the classifier of synthetic images"
    )


def _kept(record: RunRecord) -> list[tuple[ClassifierFigures, KeptOutcomes]]:
    return [(c, c.kept) for c in record.classifiers if c.kept]
