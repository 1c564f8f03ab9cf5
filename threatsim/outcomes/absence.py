"""Claims of absence: the finding that is paid for is that an image does not show what the classifier looks for."""

from __future__ import annotations

from dataclasses import replace

from threatsim.outcomes.table import OutcomeTable


def for_absence(table: OutcomeTable) -> OutcomeTable:
    """The table of the same images where absence is the finding: labels and scores are turned round.

    Every case is attacked toward its wrong class, so a case that now lacks the finding has been attacked toward it:
    below the classifier's threshold.

    Args:
        table: of the classifier as it is, with p(what it looks for).

    Returns:
        Labels 1 - y and scores 1 - p, clean, attacked and of the calibration cases; the rest as it is.
    """
    return replace(
        table,
        labels=1 - table.labels,
        clean=1 - table.clean,
        attacked={tactic: 1 - scores for tactic, scores in table.attacked.items()},
        calibration_scores=1 - table.calibration_scores,
        calibration_labels=1 - table.calibration_labels,
        hardened=for_absence(table.hardened) if table.hardened else None,
    )
