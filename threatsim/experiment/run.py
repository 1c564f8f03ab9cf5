"""A whole run: from a scenario file to its record. Writing the report is the report room's business."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threatsim.common.cache import cache_folder
from threatsim.common.device import resolve_device
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.doubt.drawn_runs import run_draws
from threatsim.experiment.doubt.findings import doubt_findings
from threatsim.experiment.doubt.refusals import check_operating_points
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.expectations import check_expectations
from threatsim.experiment.figures.steps import steps
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import OuterLoop, outer_loop
from threatsim.experiment.patterns.published_patterns import PATTERNS
from threatsim.experiment.record.assembly import RunInputs, assemble_record
from threatsim.experiment.record.fingerprint import tables_fingerprint, versions
from threatsim.experiment.record.order import lost_order
from threatsim.experiment.record.package_versions import versions_used
from threatsim.experiment.record.record import ArmOutcome, ClassifierFigures, PatternCheck, RunRecord
from threatsim.experiment.record.writing import check_writable
from threatsim.experiment.replicates import run_replicates
from threatsim.market.result import ReplicateResult
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.remarks import arm_remarks
from threatsim.scenario.reading.sources import kind_counts
from threatsim.scenario.rules.expectation import expectations
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    import torch

    from threatsim.outcomes.bank.bank import OutcomeBank
    from threatsim.outcomes.preparation.prepared import AnyAttack, Prepared


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
        doubt: draws of the uncertain numbers, in place of the scenario's own.
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
    doubt: int | None = None


class Run:
    """A run, step by step: each adds what it made, and the next ones stand on it.

    Finished replicates are kept in `RunRequest.out` until the report is written; nothing else is written there.

    Attributes:
        loaded, request, progress: the scenario, what the user asks for, and who is told of what takes time.
        home: folder of the scenario's reports (`check`).
        arms: arm name -> the scenario as that arm sets it (`check`).
        loop: the draws of the uncertain numbers, if doubt is asked for (`check`).
        device: where attacks and training run (`check`).
        attacks: tactic name -> attack, for the tactics that alter the image or the codes (`check`).
        bank: keeps the outcomes of attacks (`prepare`).
        prepared: cases, classifiers and scores, by modality (`prepare`).
        tables: the scores alone (`prepare`).
        inputs: everything that the results depend on (`prepare`).
        folder: where the report belongs (`prepare`).
        work: where finished replicates are kept until the report is written (`prepare`).
        results: every replicate of every arm (`simulate`).
        of_draws: every arm's replicates in every draw, if doubt is asked for (`simulate`).
        claims: where every claim was written, if that was requested (`simulate`).
        patterns: the market held against published patterns, if that was requested (`measure`).
        classifiers, outcomes: the figures of the classifiers, a modality each, and of the arms (`measure`).
        record: what it found (`assemble`).
    """

    home: Path
    arms: dict[str, Scenario]
    loop: OuterLoop | None
    device: torch.device
    attacks: dict[str, AnyAttack]
    bank: OutcomeBank
    prepared: dict[str, Prepared]
    tables: dict[str, OutcomeTable]
    inputs: RunInputs
    folder: Path
    work: KeptReplicates
    results: list[ReplicateResult]
    of_draws: list[ReplicateResult]
    claims: Path | None
    patterns: tuple[PatternCheck, ...]
    classifiers: list[ClassifierFigures]
    outcomes: Sequence[ArmOutcome]
    record: RunRecord

    def __init__(self, loaded: LoadedScenario, request: RunRequest, progress: Progress) -> None:
        self.loaded, self.request, self.progress = loaded, request, progress

    def check(self) -> None:
        """Refuse, before any work, a place that cannot be written to, arms that contradict each other, and draws.

        Raises:
            ThreatsimError: for any of these.
        """
        scenario = self.loaded.scenario
        self.home = self.request.out / scenario.name
        check_writable(self.home / "run")
        for remark in arm_remarks(self.loaded):
            self.progress.note(f"note: {remark}")
        self.arms = {arm.name: resolve_arm(self.loaded, arm.name) for arm in scenario.arms}

        self.loop = outer_loop(self.arms, draws=scenario.doubt, seed=scenario.seed) if scenario.doubt else None

        # Heavy libraries are imported only once the scenario is known to be right.
        from threatsim.experiment.tactics import attacks_of_all

        self.device = resolve_device(self.request.device)
        self.attacks = attacks_of_all(self.arms, self.loaded.path)
        if self.loop:
            check_operating_points(self.loaded, self.arms, self.attacks)

    def prepare(self) -> None:
        """Attack every case by every tactic, or take outcomes from the bank; this settles what the run is called.

        Raises:
            ThreatsimError: archives, weights or patches are absent or damaged, or the folder cannot be written to.
        """
        from threatsim.experiment.figures.modality_figures import modality_inputs
        from threatsim.experiment.preparation import prepare
        from threatsim.outcomes.bank.bank import OutcomeBank

        scenario = self.loaded.scenario
        self.bank = OutcomeBank(cache_folder())
        self.prepared = prepare(
            scenario,
            self.attacks,
            arms=list(self.arms.values()),
            images=self.request.images,
            device=self.device,
            bank=self.bank,
            progress=self.progress,
        )
        if self.bank.remark:
            self.progress.note(self.bank.remark)
        self.tables = {name: part.table for name, part in self.prepared.items()}
        resolved = scenario.model_dump(mode="json")
        self.inputs = RunInputs(
            scenario=resolved,
            seed=scenario.seed,
            replicates=scenario.replicates,
            device=self.device.type,
            versions={**versions(), **versions_used(resolved, self.attacks.values())},
            modalities={name: modality_inputs(part.description) for name, part in self.prepared.items()},
            outcomes=tables_fingerprint(self.tables),
            order=lost_order(resolved),
        )
        self.folder = self.home / self.inputs.run_id
        check_writable(self.folder)
        self.work = KeptReplicates(self.home / f".{self.inputs.run_id}.replicates", self.inputs.fingerprint)

    def simulate(self) -> None:
        """Run the market, every replicate of every arm, or take up those that an interrupted run has left.

        Raises:
            ThreatsimError: a replicate fails; finished ones are kept.
        """
        from threatsim.market.simulation import simulate

        scenario, request = self.loaded.scenario, self.request
        total = scenario.replicates * len(self.arms)
        with self.progress.stage(f"Market, {total} replicates", scenario.weeks * total, "weeks") as advance:
            self.results = run_replicates(
                self.arms,
                self.tables,
                simulate,
                replicates=scenario.replicates,
                seed=scenario.seed,
                inputs_fingerprint=self.inputs.fingerprint,
                folder=self.work.folder,
                workers=request.workers,
                keep_claims=request.keep_claims,
                progress=lambda one: advance(scenario.weeks),
            )
        self.claims = self.work.folder / "claims" if request.keep_claims else None
        if self.loop:
            self.of_draws = run_draws(
                self.loop,
                self.arms,
                self.tables,
                simulate,
                seed=scenario.seed,
                kept=self.work,
                workers=request.workers,
                progress=self.progress,
            )

    def measure(self) -> None:
        """Hold the market against published patterns, and take the figures of classifiers and arms."""
        from threatsim.experiment.controls_used import controls_used
        from threatsim.experiment.figures.modality_figures import all_modality_figures
        from threatsim.experiment.patterns.pattern_checks import check_patterns
        from threatsim.experiment.success_curves import with_curves
        from threatsim.market.simulation import simulate

        scenario = self.loaded.scenario
        self.patterns = ()
        if self.request.patterns:
            with self.progress.stage("Patterns", len(PATTERNS), "patterns") as advance:
                self.patterns = check_patterns(self.baseline, self.tables, simulate, progress=advance)
        figures = all_modality_figures(self.prepared, self.attacks, scenario, controls_used(self.arms.values()))
        self.classifiers = with_curves(figures, self.prepared, self.attacks, self.bank, self.progress, scenario)
        self.outcomes = arm_outcomes(scenario.arms, self.results)

    def assemble(self, written: Mapping[str, str] | None) -> None:
        """Put everything into the record.

        Args:
            written: where each number of the scenario was written, for one that is not from a file.
        """
        scenario = self.loaded.scenario
        if written is None:
            written = {path: origin.label for path, origin in origins(self.loaded).items()}
        self.record = assemble_record(
            self.inputs,
            number_kinds=kind_counts(scenario),
            classifiers=self.classifiers,
            arms=self.outcomes,
            steps=steps(self.inputs.scenario, self.outcomes),
            patterns=self.patterns,
            doubt=doubt_findings(self.loop, self.arms, self.of_draws, self.outcomes) if self.loop else None,
            expectations=check_expectations(expectations(scenario.expect), self.outcomes, self.classifiers),
            origins=written,
        )

    @property
    def baseline(self) -> Scenario:
        """The scenario as its first arm sets it."""
        return next(iter(self.arms.values()))


def run(request: RunRequest, progress: Progress) -> Run:
    """Run a scenario to its end.

    Raises:
        ThreatsimError: for anything wrong with the input; nothing is then written.
        KeyboardInterrupt: on Ctrl-C; finished replicates are kept and taken up by the next run.
    """
    own = {"replicates": request.replicates, "seed": request.seed, "doubt": request.doubt}
    overrides = {**request.overrides, **{key: value for key, value in own.items() if value is not None}}
    loaded = load_scenario(request.scenario, overrides=overrides, include=request.include)
    return run_loaded(loaded, request, progress)


def run_loaded(
    loaded: LoadedScenario, request: RunRequest, progress: Progress, *, written: Mapping[str, str] | None = None
) -> Run:
    """Return `run` of a scenario that is loaded already, with its own replicates and seed.

    Args:
        loaded: the scenario.
        request: what the user asks for; its scenario, replicates, seed and overrides are not read again.
        progress: told of what takes time.
        written: where each of its numbers was written, for one that is not from a file.

    Returns:
        A finished run, whose report is not yet written.
    """
    run = Run(loaded, request, progress)
    run.check()
    run.prepare()
    run.simulate()
    run.measure()
    run.assemble(written)
    return run
