"""Whether replicate i of one run and replicate i of another drew from the same streams, and if not, why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import RunRecord


class Pairing(RecordPart):
    """How the replicates of two runs stand to each other."""

    paired: bool = Field(description="Whether replicate i of both starts from the same seed, and they are compared so.")
    aligned: bool = Field(description="Whether they also draw the same numbers for the same decisions.")
    replicates: int = Field(description="Replicates of the side that has fewer; all that are compared, if paired.")
    reason: str = Field(description="Why they are paired or not, in words.")


def pairing(left: RunRecord, right: RunRecord) -> Pairing:
    """Return how the replicates of two runs are compared.

    Runs of one seed are compared replicate by replicate, whatever else differs: that holds however many streams they
    share. It narrows the intervals only where the streams line up, and they are drawn provider by provider and case by
    case.
    """
    count = min(left.replicates, right.replicates)
    if left.seed != right.seed:
        reason = (
            f"not paired: the seeds are {left.seed} and {right.seed}, so the two runs draw from different "
            "random streams; the intervals are wider than those of two runs of one seed"
        )
        return Pairing(paired=False, aligned=False, replicates=count, reason=reason)
    some = (
        f"; of {left.replicates} and {right.replicates}, the first {count} are compared"
        if left.replicates != right.replicates
        else ""
    )
    if left.versions.get("source") != right.versions.get("source"):
        some += "; threatsim's code is not the same in both, which may be a part of what differs"
    differing = list(_not_aligned(left, right))
    if differing:
        reason = (
            f"paired by seed {left.seed}, but {' and '.join(differing)} differ, so the random streams do not line up "
            f"and the pairing narrows the intervals little{some}"
        )
    else:
        reason = f"paired: both used seed {left.seed}, so replicate i of both draws from the same random streams{some}"
    return Pairing(paired=True, aligned=not differing, replicates=count, reason=reason)


def _not_aligned(left: RunRecord, right: RunRecord) -> Iterator[str]:
    """Yield what moves the random streams of two runs of one seed against each other."""
    if _specialties(left.scenario) != _specialties(right.scenario):
        yield "the specialties or their numbers of providers"
    elif left.order.get("providers") != right.order.get("providers") and left.order and right.order:
        yield "the orders of the specialties"
    if _cases(left) != _cases(right):
        yield "the test cases"
    if left.design != right.design:
        yield "which replicates share their cases"
    if left.versions.get("numpy", "")[:1] != right.versions.get("numpy", "")[:1]:
        yield "the major versions of NumPy"


def _specialties(scenario: Mapping[str, Any]) -> dict[str, Any]:
    return {name: group.get("count") for name, group in scenario.get("providers", {}).items()}


def _cases(record: RunRecord) -> dict[str, tuple[str, int, int]]:
    return {one.modality: (one.images, one.cases, one.positives) for one in record.classifiers}
