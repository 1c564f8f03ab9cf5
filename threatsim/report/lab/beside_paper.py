"""The paper's table beside ours: which of a run's tactics is an attack of the paper, and what it printed for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from threatsim.experiment.record.record import ClassifierFigures, RunRecord
from threatsim.outcomes.published.finlayson import PIXELS, SOURCE, TABLE_1, TEST_IMAGES, PaperCell
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_INPUTS: Final = {
    ("pgd", "white_box"): "pgd_white_box",
    ("pgd", "black_box"): "pgd_black_box",
    ("patch", "none"): "patch_natural",
    ("patch", "white_box"): "patch_white_box",
    ("patch", "black_box"): "patch_black_box",
}
"""Attack and access of a tactic -> input of the paper's table."""


@dataclass(frozen=True)
class PaperRow:
    """One input of one classifier.

    Attributes:
        title: clean, or the tactic.
        attack: the attack in words; empty for clean images.
        technique: MITRE ATLAS id, or empty.
        success: at the threshold, which the paper does not have; None for clean images.
        ours: figure -> ours: auroc, accuracy, confidence.
        paper: the paper's, or None where it has no such input.
    """

    title: str
    attack: str
    technique: str
    success: Estimate | None
    ours: Mapping[str, Estimate]
    paper: PaperCell | None


def rows(record: RunRecord, figures: ClassifierFigures) -> list[PaperRow]:
    """Return clean images and every tactic of one modality, each beside the paper's input of that kind."""
    printed = TABLE_1.get(figures.modality, {})
    tactics: Mapping[str, Any] = record.scenario.get("tactics", {})

    def paper(tactic: str) -> PaperCell | None:
        inputs = tactics.get(tactic, {})
        return printed.get(_INPUTS.get((inputs.get("attack", ""), inputs.get("access", "")), ""))

    clean = PaperRow("Clean", "", "", None, _ours(figures), printed.get("clean"))
    return [clean] + [
        PaperRow(
            numbers.title(a.tactic), numbers.printable(a.attack), a.technique, a.success, _ours(a), paper(a.tactic)
        )
        for a in figures.attacks
    ]


def note(record: RunRecord) -> str:
    """Return what stands between the paper's figures and ours; empty where the paper has none of ours."""
    ours = [c for c in record.classifiers if c.modality in TABLE_1]
    if not ours:
        return ""
    counts = numbers.listed([f"{numbers.count(n)} {numbers.title(name).lower()}" for name, n in TEST_IMAGES.items()])
    sides = numbers.listed([f"{pixels}" for pixels in sorted({c.pixels for c in ours})])
    kind = "real" if all(c.real for c in ours) else "synthetic"
    if len({c.real for c in ours}) > 1:
        kind = "partly real and partly synthetic"
    return (
        f"Paper: {SOURCE}, on {counts} images of {PIXELS} pixels with ResNet-50; it prints no intervals and no success "
        f"at a threshold. Ours: {kind} images of {sides} pixels and a smaller network, so the order of the rows is "
        "what compares, not each number. A dash: the paper has no such attack."
    )


def _ours(figures: Any) -> dict[str, Estimate]:
    return {name: getattr(figures, name) for name in ("auroc", "accuracy", "confidence")}
