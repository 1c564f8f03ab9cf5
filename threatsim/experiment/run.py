"""A whole run: from a scenario file to its record. Writing the report is the report room's business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threatsim.common.cache import cache_folder
from threatsim.common.device import resolve_device
from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.classifier_figures import ClassifierWords, classifier_figures
from threatsim.experiment.figures.expectations import check_expectations
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.patterns.published_patterns import PATTERNS
from threatsim.experiment.record.assembly import ModalityInputs, RunInputs, assemble_record
from threatsim.experiment.record.fingerprint import tables_fingerprint, versions
from threatsim.experiment.record.order import lost_order
from threatsim.experiment.record.record import ClassifierFigures, PatternCheck, RunRecord
from threatsim.experiment.record.writing import check_writable
from threatsim.experiment.replicates import run_replicates
from threatsim.experiment.uncertainty import check_draws, uncertain_inputs
from threatsim.market.result import ReplicateResult
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.sources import kind_counts
from threatsim.scenario.rules.expectation import expectations
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from threatsim.experiment.tactics import AnyAttack
    from threatsim.outcomes.preparation.claim_codes import PreparedClaims
    from threatsim.outcomes.preparation.control_use import ControlUse
    from threatsim.outcomes.preparation.images import Prepared


@dataclass(frozen=True)
class RunRequest:
    """What a user asks for.

    Attributes:
        scenario: a file, or the name of a scenario that comes with threatsim.
        images: folder of real archives, or None for synthetic cases.
        replicates, seed: in place of the scenario's own.
        workers: processes for the market.
        device: auto, cpu or cuda.
        out: folder that the report's own folder is made in.
        patterns: whether to hold the market against published patterns.
        keep_claims: whether the report keeps every claim, and not a sample only.
        overrides: dotted path -> value, set in the scenario before it is checked.
        include: folders beyond its own that the scenario may extend files of.
    """

    scenario: str
    images: Path | None
    replicates: int | None
    seed: int | None
    workers: int
    device: str
    out: Path
    patterns: bool = True
    keep_claims: bool = False
    overrides: Mapping[str, Any] = field(default_factory=dict)
    include: Sequence[Path] = ()


@dataclass(frozen=True)
class Run:
    """A finished run, not yet written.

    Attributes:
        record: what it found.
        results: every replicate of every arm.
        prepared: cases, classifiers and scores, by modality.
        attacks: tactic name -> attack, for the tactics that alter the image.
        folder: where its report belongs.
        work: where its finished replicates are kept until the report is written.
        claims: where every claim was written, if that was asked.
    """

    record: RunRecord
    results: Sequence[ReplicateResult]
    prepared: Mapping[str, Prepared] | Mapping[str, PreparedClaims]
    attacks: Mapping[str, AnyAttack]
    folder: Path
    work: KeptReplicates
    claims: Path | None = None


def run(request: RunRequest, progress: Progress) -> Run:
    """Run a scenario to its end.

    Raises:
        ThreatsimError: for anything wrong with the input; nothing is then written.
        KeyboardInterrupt: on Ctrl-C; finished replicates are kept and taken up by the next run.
    """
    own = {"replicates": request.replicates, "seed": request.seed}
    overrides = {**request.overrides, **{key: value for key, value in own.items() if value is not None}}
    loaded = load_scenario(request.scenario, overrides=overrides, include=request.include)
    return run_loaded(loaded, request, progress)


def run_loaded(
    loaded: LoadedScenario, request: RunRequest, progress: Progress, *, written: Mapping[str, str] | None = None
) -> Run:
    """`run` of a scenario that is loaded already, with its own replicates and seed.

    Args:
        written: where each of its numbers was written, for one that is not from a file.
    """
    scenario = loaded.scenario
    home = request.out / scenario.name
    check_writable(home / "run")
    arms = {arm.name: resolve_arm(loaded, arm.name) for arm in scenario.arms}
    check_draws(arms, seed=scenario.seed, replicates=scenario.replicates)

    # Heavy libraries are imported only once the scenario is known to be right.
    from threatsim.experiment.controls_used import controls_used
    from threatsim.experiment.patterns.pattern_checks import check_patterns
    from threatsim.experiment.preparation import hardens, points_of, prepare
    from threatsim.experiment.success_curves import with_curves
    from threatsim.experiment.tactics import attacks_of
    from threatsim.market.simulation import simulate
    from threatsim.outcomes.bank.bank import OutcomeBank

    device = resolve_device(request.device)
    attacks = attacks_of(scenario)
    for name, arm in arms.items():
        if attacks_of(arm) != attacks:
            raise ThreatsimError(
                f"arm '{name}' changes what a tactic does to the image",
                location=str(loaded.path),
                hint="Write a tactic of its own for it instead; an arm may change anything else.",
            )
    bank = OutcomeBank(cache_folder())
    uses = controls_used(arms.values())
    prepared = prepare(
        scenario,
        attacks,
        images=request.images,
        device=device,
        bank=bank,
        progress=progress,
        points=points_of(arms.values()),
        hardened=hardens(arms.values()),
        controls=uses,
    )
    if bank.remark:
        progress.note(bank.remark)
    tables = {name: part.table for name, part in prepared.items()}
    resolved = scenario.model_dump(mode="json")
    inputs = RunInputs(
        scenario=resolved,
        seed=scenario.seed,
        replicates=scenario.replicates,
        device=device.type,
        versions=versions(),
        modalities={name: _modality_inputs(part) for name, part in prepared.items()},
        outcomes=tables_fingerprint(tables),
        order=lost_order(resolved),
    )
    folder = home / inputs.run_id
    check_writable(folder)
    work = KeptReplicates(home / f".{inputs.run_id}.replicates", inputs.fingerprint)
    replicates = scenario.replicates * len(arms)
    with progress.stage(f"Market, {replicates} replicates", scenario.weeks * replicates, "weeks") as advance:
        results = run_replicates(
            arms,
            tables,
            simulate,
            replicates=scenario.replicates,
            seed=scenario.seed,
            inputs_fingerprint=inputs.fingerprint,
            folder=work.folder,
            workers=request.workers,
            keep_claims=request.keep_claims,
            progress=lambda one: advance(scenario.weeks),
        )
    checks: tuple[PatternCheck, ...] = ()
    if request.patterns:
        with progress.stage("Patterns", len(PATTERNS), "patterns") as advance:
            baseline = next(iter(arms.values()))
            checks = check_patterns(baseline, tables, simulate, progress=advance)
    figures = _classifier_figures(scenario, prepared, attacks, uses)
    classifiers = with_curves(figures, prepared, attacks, bank, progress)
    outcomes = arm_outcomes(scenario.arms, results)
    record = assemble_record(
        inputs,
        number_kinds=kind_counts(scenario),
        classifiers=classifiers,
        arms=outcomes,
        patterns=checks,
        uncertain=uncertain_inputs(
            next(iter(arms.values())),
            seed=scenario.seed,
            replicates=scenario.replicates,
            outcomes=outcomes[0].replicates,
        ),
        expectations=check_expectations(expectations(scenario.expect), outcomes, classifiers),
        origins=written if written is not None else {path: origin.words for path, origin in origins(loaded).items()},
    )
    claims = work.folder / "claims" if request.keep_claims else None
    return Run(record, results, prepared, attacks, folder, work, claims)


def _modality_inputs(part: Prepared | PreparedClaims) -> ModalityInputs:
    fingerprints = part.adversary.fingerprints
    return ModalityInputs(part.cases.source, fingerprints["victim"], fingerprints["surrogate"], part.surrogates)


def _classifier_figures(
    scenario: Scenario,
    prepared: Mapping[str, Prepared] | Mapping[str, PreparedClaims],
    attacks: Mapping[str, AnyAttack],
    uses: Sequence[ControlUse],
) -> list[ClassifierFigures]:
    from threatsim.attacks.families.code_swap import CodeSwap
    from threatsim.experiment.figures.swap_figures import with_swaps
    from threatsim.experiment.tactics import words_of
    from threatsim.market.payers.payer_agent import operating_threshold
    from threatsim.outcomes.audit.audit_file import audit_words
    from threatsim.outcomes.preparation.claim_codes import PreparedClaims

    point = scenario.payers[0].triage.operating_point
    figures = []
    for name, modality in scenario.modalities.items():
        part = prepared[name]
        words = ClassifierWords(
            finding=modality.finding,
            network=part.network,
            inputs=_modality_inputs(part),
            real=part.real,
            pixels=part.pixels,
            audit=audit_words(part.classifier.path, part.adversary.fingerprints["victim"]),
        )
        threshold = operating_threshold(part.table, point)
        found = classifier_figures(part.table, words, words_of(attacks), threshold=threshold, uses=uses)
        if isinstance(part, PreparedClaims):
            found = with_swaps(found, part, {n: a for n, a in attacks.items() if isinstance(a, CodeSwap)})
        figures.append(found)
    return figures
