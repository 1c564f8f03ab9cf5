"""A run, step by step: from a loaded scenario to its record. Writing the report is the report room's business."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from threatsim.catalogue.pictures.classifier_folders import is_users_own
from threatsim.common.cache import cache_folder
from threatsim.common.device import kind_of_device, resolve_device
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.doubt.drawn_runs import run_draws
from threatsim.experiment.doubt.findings import doubt_findings
from threatsim.experiment.doubt.refusals import check_operating_points
from threatsim.experiment.execution.dask_cluster import executor_of
from threatsim.experiment.execution.durable import ALSO_RUNNING, running_here, unwritable, while_running
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.expectations import check_expectations
from threatsim.experiment.figures.interval_goal import IntervalGoal, interval_goal, until_narrow
from threatsim.experiment.figures.steps import steps
from threatsim.experiment.kept import known_patterns, known_pictures, shown_pictures
from threatsim.experiment.kept.given_pictures import GivenPictures
from threatsim.experiment.kept.known_pictures import KnownPictures
from threatsim.experiment.kept.shown_pictures import ShownPictures
from threatsim.experiment.kept_replicates import KeptReplicates, folder_beside
from threatsim.experiment.outer_loop import OuterLoop, outer_loop
from threatsim.experiment.record.assembly import RunInputs, assemble_record
from threatsim.experiment.record.doubt import Doubt
from threatsim.experiment.record.fingerprint import tables_fingerprint, versions
from threatsim.experiment.record.order import lost_order
from threatsim.experiment.record.package_versions import libraries_of, versions_used
from threatsim.experiment.record.record import ArmOutcome, ClassifierFigures, PatternCheck, RunRecord
from threatsim.experiment.record.report_there import report_there
from threatsim.experiment.record.stopping import Stopping
from threatsim.experiment.record.writing import check_writable
from threatsim.experiment.replicates import run_replicates
from threatsim.experiment.run_request import RunRequest
from threatsim.experiment.tactics import aimed_at_threshold, attacks_of_all
from threatsim.experiment.written import Provenance, written_in
from threatsim.market.result import ReplicateResult
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.remarks import arm_remarks
from threatsim.scenario.reading.sources import kind_counts
from threatsim.scenario.rules.expectation import expectations
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from threatsim.outcomes.bank.bank import OutcomeBank
    from threatsim.outcomes.preparation.prepared import AnyAttack, Prepared

LOOK: Final = 2
"""Replicates after which whoever waits is told what is known so far."""

OnAnswer = Callable[[RunRecord], None]
"""Told of a record that lacks patterns and curves, once its replicates are in."""


class Run:
    """A run, step by step: each adds what it made, and the next ones stand on it.

    Finished replicates are kept in `RunRequest.out` until the report is written; nothing else is written there.

    Attributes:
        loaded, request, progress: the scenario, what the user asks for, and who is told of what takes time.
        given: its pictures, if another machine has looked at them.
        key: hash of all that the pictures depend on; empty where they are given, and with real archives, which are
            read anew (`check`).
        home: folder of the scenario's reports (`check`).
        executor: where the market runs (`check`).
        arms: arm name -> the scenario as that arm sets it (`check`).
        loop: the draws of the uncertain numbers, if doubt is asked for (`check`).
        goal: how narrow an interval is to be, if the run goes on until it is (`check`).
        device: where attacks and training run: cpu or cuda (`check`).
        known: scores and figures of the classifiers, if an earlier run has kept them (`check`).
        pictures: the same, kept or computed (`prepare`).
        tables: the scores alone (`prepare`).
        inputs: everything that the results depend on (`prepare`).
        folder: where the report belongs (`prepare`).
        there: the record of the report that is there already, if it need not be made again (`prepare`).
        work: where finished replicates are kept until the report is written (`prepare`).
        results: every replicate of every arm (`simulate`).
        stopping: how it ended, if it went on until an interval was narrow (`simulate`).
        of_draws: every arm's replicates in every draw, if doubt is asked for (`simulate`).
        claims: where every claim was written, if that was requested (`simulate`).
        outcomes: the figures of the arms (`answer`).
        doubt: what the draws showed, if doubt is asked for (`answer`).
        classifiers: the figures of the classifiers, a modality each (`answer`; with curves: `measure`).
        patterns: the market held against published patterns, if that was requested (`measure`).
        shown: curves, and attacked cases to look at (`show`, `measure`).
        record: what it found (`answer`, all of it: `measure`).
    """

    home: Path
    executor: Executor
    arms: dict[str, Scenario]
    loop: OuterLoop | None
    goal: IntervalGoal | None
    device: str
    known: KnownPictures | None
    pictures: KnownPictures
    tables: Mapping[str, OutcomeTable]
    inputs: RunInputs
    folder: Path
    there: RunRecord | None
    work: KeptReplicates
    results: list[ReplicateResult]
    stopping: Stopping | None
    of_draws: list[ReplicateResult]
    claims: Path | None
    patterns: tuple[PatternCheck, ...]
    classifiers: Sequence[ClassifierFigures]
    outcomes: Sequence[ArmOutcome]
    doubt: Doubt | None
    shown: ShownPictures
    record: RunRecord

    def __init__(
        self, loaded: LoadedScenario, request: RunRequest, progress: Progress, *, given: GivenPictures | None = None
    ) -> None:
        self.loaded, self.request, self.progress, self.given = loaded, request, progress, given
        self.key = ""

    def check(self) -> None:
        """Refuse, before any work, a place that cannot be written to, arms that contradict each other, and draws.

        Raises:
            ThreatsimError: for any of these.
        """
        scenario = self.loaded.scenario
        self.home = self.request.out / scenario.name
        self.executor = executor_of(self.request.executor, self.request.workers)
        check_writable(self.home / "run")
        self.arms = {arm.name: resolve_arm(self.loaded, arm.name) for arm in scenario.arms}
        for remark in arm_remarks(self.loaded, self.arms):
            self.progress.note(f"note: {remark}")
        self.loop = outer_loop(self.arms, draws=scenario.doubt, seed=scenario.seed) if scenario.doubt else None
        self.goal = interval_goal(self.request, scenario)
        self.device = self.given.device if self.given else kind_of_device(self.request.device)
        self.known = self.given.known if self.given else None
        arms = list(self.arms.values())
        if self.request.finding is not None:
            from threatsim.outcomes.archive_check import check_finding

            check_finding(self.request.images, self.request.finding, list(scenario.modalities))
        # What a user's folder computes may hang on code that lies elsewhere, so it is opened each time.
        folders = any(is_users_own(one.classifier) for one in scenario.modalities.values() if one.classifier)
        own = not (self.given or self.request.images or folders)
        self.key = known_pictures.pictures_key(scenario, arms, self.device) if own else ""
        if self.key and self.request.kept and known_pictures.same_attacks(arms):
            self.known = known_pictures.load(self.key)
        # The attacks of pictures that are known were built once, of the same values.
        aimed = self.known.aimed if self.known else aimed_at_threshold(self.attacks)
        if self.loop:
            check_operating_points(self.loaded, self.arms, aimed)

    @cached_property
    def attacks(self) -> Mapping[str, AnyAttack]:
        """Tactic name -> attack, for the tactics that alter the image or the codes; heavy libraries are imported.

        Raises:
            ThreatsimError: arms contradict each other, or an attack does not take what a tactic gives it.
        """
        return attacks_of_all(self.arms, self.loaded.path)

    @cached_property
    def bank(self) -> OutcomeBank:
        """Keeps the outcomes of attacks."""
        from threatsim.outcomes.bank.bank import OutcomeBank

        return OutcomeBank(cache_folder())

    @cached_property
    def prepared(self) -> Mapping[str, Prepared]:
        """Cases, classifiers and scores, by modality: every case is attacked by every tactic, or known to the bank.

        Raises:
            ThreatsimError: archives, weights or patches are absent or damaged.
        """
        from threatsim.experiment.preparation import prepare

        found = prepare(
            self.loaded.scenario,
            self.attacks,
            arms=list(self.arms.values()),
            images=self.request.images,
            finding=self.request.finding,
            device=resolve_device(self.device),
            bank=self.bank,
            progress=self.progress,
        )
        if self.bank.remark:
            self.progress.note(self.bank.remark)
        return found

    def prepare(self) -> None:
        """Attack every case by every tactic, unless all of it is known; this settles what the run is called.

        Raises:
            ThreatsimError: archives, weights or patches are absent or damaged, or the folder cannot be written to.
        """
        scenario = self.loaded.scenario
        self.pictures = self.known or self._look_at_pictures()
        self.tables = self.pictures.tables
        resolved = scenario.model_dump(mode="json")
        self.inputs = RunInputs(
            scenario=resolved,
            seed=scenario.seed,
            replicates=scenario.replicates,
            device=self.device,
            versions={**versions(), **versions_used(resolved), **self.pictures.libraries},
            modalities=self.pictures.inputs,
            outcomes=tables_fingerprint(self.tables),
            order=lost_order(resolved),
            until=self.goal.inputs if self.goal else {},
        )
        self.folder = self.home / self.inputs.run_id
        check_writable(self.folder)
        self.work = KeptReplicates(folder_beside(self.folder), self.inputs.fingerprint)
        self.there = None if self.request.again else self._there()

    def _there(self) -> RunRecord | None:
        request = self.request
        return report_there(
            self.folder,
            self.inputs.fingerprint,
            patterns=request.patterns,
            page=request.page,
            claims=request.keep_claims,
        )

    def _look_at_pictures(self) -> KnownPictures:
        """Return scores and figures by what is opened and attacked now, and keep them."""
        from threatsim.experiment.controls_used import controls_used
        from threatsim.experiment.figures.modality_figures import all_modality_figures, modality_inputs

        controls = controls_used(self.arms.values())
        found = KnownPictures(
            tables={name: part.table for name, part in self.prepared.items()},
            inputs={name: modality_inputs(part.description) for name, part in self.prepared.items()},
            libraries=libraries_of(self.attacks.values()),
            figures=all_modality_figures(self.prepared, self.attacks, self.loaded.scenario, controls),
            aimed=aimed_at_threshold(self.attacks),
        )
        if self.key:
            known_pictures.save(self.key, found)
        return found

    @contextmanager
    def on(self) -> Iterator[None]:
        """Say until the end of the block that this run is on, also between its steps; several processes may be at it.

        Raises:
            ThreatsimError: the folder of its replicates cannot be written to.
        """
        if running_here(self.work.folder):
            self.progress.note(ALSO_RUNNING)
        try:
            self.work.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.work.folder, error) from error
        with while_running(self.work.folder):
            yield

    def simulate(self, written: Provenance | None = None, on_look: OnAnswer | None = None) -> None:
        """Run the market, every replicate of every arm, or take up those that an interrupted run has left.

        Args:
            written: what records say of where the scenario's values come from, for one that is not from a file.
            on_look: told of the record of the first `LOOK` replicates, if more are to come.

        Raises:
            ThreatsimError: a replicate fails; finished ones are kept.
        """
        from threatsim.market.simulation import simulate

        scenario, request = self.loaded.scenario, self.request

        def simulated(first: int, upto: int) -> list[ReplicateResult]:
            total = (upto - first) * len(self.arms)
            with self.progress.stage(f"Market, {total} replicates", scenario.weeks * total, "weeks") as advance:
                return run_replicates(
                    self.arms,
                    self.tables,
                    simulate,
                    first=first,
                    replicates=upto,
                    seed=scenario.seed,
                    inputs_fingerprint=self.inputs.fingerprint,
                    folder=self.work.folder,
                    executor=self.executor,
                    keep_claims=request.keep_claims,
                    progress=lambda one: advance(scenario.weeks),
                )

        if self.goal:
            self.results, self.stopping = until_narrow(self.goal, list(self.arms), simulated, self.progress)
        else:
            if on_look is not None and scenario.replicates > LOOK:
                on_look(self._looked(simulated(0, LOOK), written))
            self.results, self.stopping = simulated(0, scenario.replicates), None  # which takes up those that are there
        self.claims = self.work.folder / "claims" if request.keep_claims else None
        if self.loop:
            self.of_draws = run_draws(
                self.loop,
                self.arms,
                self.tables,
                simulate,
                seed=scenario.seed,
                kept=self.work,
                executor=self.executor,
                progress=self.progress,
                fail_fast=request.fail_fast,
            )

    def _looked(self, results: list[ReplicateResult], written: Provenance | None) -> RunRecord:
        """Return what a run of the first replicates alone would record, but patterns and curves."""
        self.outcomes = arm_outcomes(self.loaded.scenario.arms, results)
        self.doubt, self.stopping = None, None
        self._take_up(written, replace(self.inputs, replicates=LOOK))
        return self.record

    def answer(self, written: Provenance | None) -> None:
        """Put into the record what is known once the replicates are in: all but patterns and curves.

        Args:
            written: what the record says of where the scenario's values come from, for one that is not from a file.
        """
        self.outcomes = arm_outcomes(self.loaded.scenario.arms, self.results)
        self.doubt = doubt_findings(self.loop, self.arms, self.of_draws, self.outcomes) if self.loop else None
        self._take_up(written, self.inputs)

    def _take_up(self, written: Provenance | None, inputs: RunInputs) -> None:
        self.classifiers, self.patterns = self.pictures.figures, ()
        self._written = written or written_in(self.loaded, self.request)
        self._assemble(inputs)

    def measure(self) -> None:
        """Hold the market against published patterns, draw the curves and choose cases to show; the record is whole."""
        self.patterns = self._held_against_patterns() if self.request.patterns else ()
        self.show()
        self.classifiers = self.shown.with_curves(self.pictures.figures)
        self._assemble(self.inputs)

    def show(self) -> None:
        """Draw the curves and choose cases to show, or take up what was shown before."""
        if self.given:
            self.shown = self.given.shown
            return
        shown = shown_pictures.load(self.key) if self.key and self.request.kept else None
        self.shown = shown or self._show_pictures()

    def _held_against_patterns(self) -> tuple[PatternCheck, ...]:
        from threatsim.experiment.patterns.pattern_checks import check_patterns

        key = known_patterns.patterns_key(self.baseline, self.inputs.outcomes)
        found = known_patterns.load(key) if self.request.kept else None
        if found is None:
            found = check_patterns(
                self.baseline,
                self.tables,
                executor=self.executor,
                folder=self.work.folder / "patterns",
                fingerprint=key,
                progress=self.progress,
            )
            known_patterns.save(key, found)
        return found

    def _show_pictures(self) -> ShownPictures:
        from threatsim.experiment.success_curves import curves_of_all, thresholds_now

        scenario = self.loaded.scenario
        curves = curves_of_all(self.prepared, self.attacks, self.bank, self.progress, scenario)
        thresholds = thresholds_now(self.prepared, scenario)
        gallery = [
            item
            for name, part in self.prepared.items()
            for item in part.attacked_now.gallery(self.attacks, thresholds[name])
        ]
        found = ShownPictures(curves, gallery)
        if self.key:
            shown_pictures.save(self.key, found)
        return found

    def _assemble(self, inputs: RunInputs) -> None:
        scenario = self.loaded.scenario
        self.record = assemble_record(
            inputs,
            number_kinds=kind_counts(scenario),
            classifiers=self.classifiers,
            arms=self.outcomes,
            steps=steps(inputs.scenario, self.outcomes),
            patterns=self.patterns,
            stopping=self.stopping,
            doubt=self.doubt,
            expectations=check_expectations(expectations(scenario.expect), self.outcomes, self.classifiers),
            origins=self._written.origins,
            overridden=self._written.overridden,
        )

    @property
    def baseline(self) -> Scenario:
        """The scenario as its first arm sets it."""
        return next(iter(self.arms.values()))
