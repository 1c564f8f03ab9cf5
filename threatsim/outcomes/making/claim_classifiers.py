"""Training and measuring a classifier of claims, as a user asks."""

from __future__ import annotations

from pathlib import Path

from threatsim.cases.layouts.known import refuse_finding
from threatsim.classifiers.codes.claim_store import ClaimFolder
from threatsim.classifiers.codes.claim_training import claim_cases, make_claim_classifier, measured
from threatsim.classifiers.training_figures import TrainingFigures
from threatsim.classifiers.training_loop import Epoch
from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.common.thresholds import threshold_at
from threatsim.outcomes.making.classifier_folder import filled_when_done
from threatsim.outcomes.making.evaluation import Reevaluation


def refuse_images(name: str, images: Path | None, finding: str | None = None) -> None:
    """Refuse an archive of images, and a finding of one, for a classifier that reads codes.

    Raises:
        ThreatsimError: there is one.
    """
    refuse_finding(finding if images is None else None)
    if images is not None:
        raise InputError(
            f"'{name}' reads the codes of claims: there are no images to use", given=name, hint="Leave --images out."
        )


def train_claims(
    base: ClaimFolder,
    *,
    out: Path | None,
    initial: str | None,
    epochs: int | None,
    command: str,
    progress: Progress,
) -> tuple[ClaimFolder, TrainingFigures | None]:
    """Train victim and surrogate; the folder is filled only when all is done.

    Args:
        out: folder to write to, or None for the cache.
        initial: where training is to start, which is at random weights alone.
        epochs: in place of the recipe's own.
        command: recorded as the command that was run.

    Returns:
        The trained classifier, and the figures of the one it is a training of (None if it had none).

    Raises:
        ThreatsimError: another start is requested, or the folder cannot be written to.
    """
    if initial not in (None, "random"):
        raise InputError(f"--initial is '{initial}'; a classifier of claims starts from random weights", given=initial)
    before = base.figures if (base.path / "figures.json").is_file() else None
    destination = out or cache_folder() / "classifiers" / f"{base.card.name}-by-hand"
    passes = 2 * (epochs or base.card.recipe.epochs)
    with (
        filled_when_done(destination, "figures.json") as work,
        progress.stage(f"Training {base.card.name}", passes) as advance,
    ):

        def on_epoch(role: str, epoch: Epoch) -> None:
            advance(1)

        make_claim_classifier(work, base, command=command, epochs=epochs, on_epoch=on_epoch)
    return ClaimFolder(destination, base.card), before


def evaluate_claims(folder: ClaimFolder) -> list[Reevaluation]:
    """Measure victim and surrogate again on the card's test claims, at its operating point."""
    test, recorded = claim_cases(folder.card, "test"), folder.figures
    rows = []
    for role in ("victim", "surrogate"):
        network, digest = folder.load(role)
        threshold = threshold_at(*folder.calibration(role), **folder.card.operating_point.model_dump())
        rows.append(
            Reevaluation(
                classifier=folder.card.name,
                role=role,
                images=test.source,
                measured=measured(network, test, threshold=threshold, weights=digest),
                recorded=getattr(recorded, role),
            )
        )
    return rows
