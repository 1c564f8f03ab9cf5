"""One attack on one classifier: run, measured, and with cases to show."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import ENGINE_VERSION, Attacked, clean_scores
from threatsim.cases.image_set import CaseSet, grey_levels
from threatsim.classifiers.checkpoints import kept_checkpoints
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.common.version import __version__
from threatsim.outcomes.lab.attack_measures import (
    AttackVerdicts,
    curve_of_nested,
    curve_of_values,
    distance_of,
    effort_of,
    success_of,
)
from threatsim.outcomes.lab.attack_parts import attack_in_parts
from threatsim.outcomes.lab.attack_record import AttackReport, Curve
from threatsim.outcomes.lab.budget_curve import (
    L2,
    NestedCurve,
    budget_grid,
    nested_curve,
    requested_budget,
    shuffled_success,
)
from threatsim.outcomes.making.attacker import AttackedClassifier, check_trained_patch
from threatsim.statistics.discrimination import proportion

TOWARDS: Final = ("finding", "no_finding", "wrong")


@dataclass(frozen=True)
class Example:
    """A case to show.

    Attributes:
        name: of the case.
        original, attacked: (3, H, W) uint8.
        before, after: p(finding).
        truth: whether it truly has the finding.
        success: whether the decision is the wanted one after the attack.
        cost: gradients or queries.
    """

    name: str
    original: NDArray[np.uint8]
    attacked: NDArray[np.uint8]
    before: float
    after: float
    truth: bool
    success: bool
    cost: int


@dataclass(frozen=True)
class AttackRun:
    """An attack that was run.

    Attributes:
        figures: all that was measured.
        examples: cases to show, successes first.
        identity: hash of all that the outcome depends on.
    """

    figures: AttackReport
    examples: tuple[Example, ...]
    identity: str


def towards_known(towards: str) -> None:
    """Refuse a direction that does not exist.

    Raises:
        InputError: it does not.
    """
    if towards not in TOWARDS:
        raise InputError(f"--towards is '{towards}'; allowed are {', '.join(TOWARDS)}", given=towards, allowed=TOWARDS)


def cases_towards(cases: CaseSet, towards: str) -> tuple[CaseSet, torch.Tensor]:
    """Select the cases that can be pushed that way, and the decision (N,) int64 that is wanted of each.

    Raises:
        InputError: there is no such direction, or no case for it.
    """
    towards_known(towards)
    if towards != "wrong":
        rows = np.flatnonzero(cases.labels == (0 if towards == "finding" else 1))
        cases = cases.subset(rows)
    if not len(cases):
        raise InputError(f"none of the cases can be pushed towards {towards}", given=towards, hint="Raise --cases.")
    return cases, torch.from_numpy(1 - cases.labels.astype("int64"))


def run_attack(
    subject: AttackedClassifier, spec: ImageAttack, *, name: str, towards: str, seed: int, progress: Progress
) -> AttackRun:
    """Attack the test cases of a classifier and measure what came of it; one that was killed goes on where it stopped.

    Args:
        subject: the classifier with its test cases.
        spec: the attack.
        name: of the attack, for the report.
        towards: `wrong`, `finding` or `no_finding`: the decision that is wanted of each case.
        seed: of the attack's random numbers.
        progress: told of each batch.

    Raises:
        ThreatsimError: no case can be pushed that way, or the engine refuses the attack.
    """
    check_trained_patch(subject, spec)
    threat_model = subject.threat_model
    cases, wanted = cases_towards(subject.cases, towards)
    clean = clean_scores(threat_model, cases).numpy()
    grid, unit = budget_grid(spec)
    kept = kept_checkpoints()
    with progress.stage(f"{name} on {cases.modality}", len(cases)) as advance:
        found = attack_in_parts(threat_model, cases, spec, kept, seed=seed, towards=wanted, on_batch=advance)
    verdicts = AttackVerdicts(cases, clean, found.success.numpy(), threat_model.threshold)
    correct = np.flatnonzero(verdicts.correct)
    ascent: NestedCurve | None = None
    if grid and len(correct):
        with progress.stage("Curve, budget by budget", len(grid) * len(correct)) as advance:
            ascent = nested_curve(
                threat_model,
                cases.subset(correct),
                wanted[torch.from_numpy(correct)],
                grid,
                kept,
                seed=seed,
                on_cases=advance,
            )
    control = _control(subject, cases, wanted, spec, found, seed)
    kept.discard()
    figures = AttackReport(
        classifier=subject.folder.card.name,
        modality=cases.modality,
        task=subject.folder.card.task,
        images=cases.source,
        pixels=cases.size[1],
        attack=name,
        words=spec.describe(),
        goal=spec.stops.describe() if spec.stops else "",
        technique=spec.technique,
        spec=spec.model_dump(mode="json"),
        seed=seed,
        towards=towards,
        threshold=threat_model.threshold,
        n=len(cases),
        weights=threat_model.depends_on(spec),
        clean_correct=proportion(verdicts.correct, verdicts.patients),
        success=success_of(verdicts, control),
        effort=effort_of(verdicts, found),
        distance=distance_of(verdicts, found),
        curve=_curve(spec, verdicts, found, ascent, unit, control),
        versions={
            "threatsim": __version__,
            "torch": torch.__version__,
            "engine": str(ENGINE_VERSION),
            **spec.libraries(),
        },
    )
    return AttackRun(figures, _examples(verdicts, found), _identity(figures, cases))


def _control(
    subject: AttackedClassifier, cases: CaseSet, wanted: torch.Tensor, spec: ImageAttack, found: Attacked, seed: int
) -> NDArray[np.bool_] | None:
    """Shuffle the pixels of the change as a control, only where the change is a pattern of pixels."""
    if spec.row.control == "none":
        return None
    return shuffled_success(subject.threat_model, cases, found.images, wanted, spec, seed=seed)


def _curve(
    spec: ImageAttack,
    verdicts: AttackVerdicts,
    found: Attacked,
    ascent: NestedCurve | None,
    unit: str,
    control: NDArray[np.bool_] | None,
) -> Curve | None:
    row = spec.row
    if ascent is not None:
        return curve_of_nested(verdicts, ascent, unit, requested_budget(spec))
    if spec.access == "queries" and bool((found.queries > 0).any()):
        most = getattr(spec, row.queries) if row.queries else None
        return curve_of_values(verdicts, found.queries.numpy().astype(float), "queries", "queries", most, None)
    if row.curve is not None and not row.curve.values:
        change = (found.images - verdicts.cases.images[:]).flatten(1)
        linf = getattr(spec, row.curve.field) == "linf"
        length = (change.abs().amax(1) * 255).round() if linf else change.norm(dim=1)
        axis = row.curve.axis if linf else L2
        return curve_of_values(verdicts, length.numpy().astype(float), axis, "distances", None, control)
    return None


def _examples(verdicts: AttackVerdicts, found: Attacked, most: int = 3) -> tuple[Example, ...]:
    """Choose cases rightly decided when clean: of either direction typical successes, then one that survived."""
    costs = torch.maximum(found.queries, found.gradients).numpy()
    after = found.scores.numpy()
    chosen: list[int] = []
    for label in (0, 1):
        rows = np.flatnonzero(verdicts.correct & verdicts.success & (verdicts.cases.labels == label))
        if len(rows):
            ordered = rows[np.argsort(costs[rows], kind="stable")]
            chosen += [int(ordered[len(ordered) // 3]), int(ordered[min(len(ordered) - 1, 2 * len(ordered) // 3)])]
    survived = np.flatnonzero(verdicts.correct & ~verdicts.success)
    chosen = list(dict.fromkeys(chosen))
    kept = chosen[: most - 1] if len(survived) else chosen[:most]
    if len(chosen) > len(kept) and verdicts.cases.labels[kept].max() == 0:
        kept[-1] = chosen[-1]  # both directions are shown where both were run
    kept += [int(survived[0])] if len(survived) else []
    return tuple(
        Example(
            verdicts.cases.case_ids[row],
            grey_levels(verdicts.cases.images[row]),
            grey_levels(found.images[row]),
            float(verdicts.clean[row]),
            float(after[row]),
            bool(verdicts.cases.labels[row] == 1),
            bool(verdicts.success[row]),
            int(costs[row]),
        )
        for row in kept
    )


def _identity(figures: AttackReport, cases: CaseSet) -> str:
    """Hash what went in, for the folder's name."""
    inputs = figures.model_dump(
        mode="json", include={"classifier", "spec", "seed", "towards", "threshold", "weights", "versions"}
    )
    text = json.dumps([inputs, *cases.fingerprints], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def report_folder(run: AttackRun, out: Path | None) -> Path:
    """Return where a run is written: `out`, or reports/attacks/<modality>-<attack>-<hash>."""
    if out is not None:
        return out
    name = f"{run.figures.modality}-{run.figures.attack.replace(':', '-').replace('_', '-')}-{run.identity}"
    return Path("reports") / "attacks" / name
