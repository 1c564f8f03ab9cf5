"""What is asked of: figures of the baseline, and differences of the other arms to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.common.errors import InputError
from threatsim.questions.markets import Figures, Floats
from threatsim.questions.sensitivity.findings import Answer

(RANKED_BY,) = shown_in("ranking")
DEFAULT_METRICS: Final = (RANKED_BY, "payer_loss")


def answers_of(arms: Sequence[str], metrics: Sequence[str]) -> list[Answer]:
    """Return what is asked of: figures of the baseline, then each other arm's differences to it.

    Args:
        arms: the baseline first.
        metrics: names of figures that have a mean.

    Raises:
        InputError: there is no such figure, it is a duration, which may not be reached, or it is named twice.
    """
    for name in metrics:
        if metrics.count(name) > 1:
            raise InputError(f"--metric {name} is given twice", given=name)
        means = [one for one, row in ARM_METRICS.items() if row.kind != "duration" and not row.avoids]
        if name not in means:
            raise InputError(
                f"--metric: there is no figure '{name}' whose mean can be followed; there are {', '.join(means)}",
                given=name,
                allowed=means,
            )
    baseline, *others = arms
    levels = [Answer(figure=name, arm=baseline, difference=False) for name in metrics]
    return [*levels, *(Answer(figure=name, arm=arm, difference=True) for name in metrics for arm in others)]


def metrics_of(answers: Sequence[Answer]) -> list[str]:
    """Return the figures that answers need, with that which arms are ranked by."""
    return list(dict.fromkeys([RANKED_BY, *(answer.figure for answer in answers)]))


def of_answer(figures: Figures, answer: Answer, baseline: str) -> Floats:
    """Return (replicates,) an answer at a point."""
    level = figures[answer.arm][answer.figure]
    return level - figures[baseline][answer.figure] if answer.difference else level
