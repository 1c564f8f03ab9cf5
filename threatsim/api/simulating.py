"""`threatsim.simulate`: the market of a scenario alone, on scores that are given."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from threatsim.api.options import progress_of, workers_of
from threatsim.api.scenario_document import AnyScenario, scenario_of
from threatsim.api.scenario_outcomes import ScenarioOutcomes
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.controls_used import controls_used
from threatsim.experiment.figures.arm_figures import arm_outcomes
from threatsim.experiment.figures.steps import steps
from threatsim.experiment.preparation import hardens
from threatsim.experiment.record.assembly import RunInputs, assemble_record
from threatsim.experiment.record.columns import write_columns
from threatsim.experiment.record.fingerprint import tables_fingerprint, versions
from threatsim.experiment.record.order import lost_order
from threatsim.experiment.record.record import RECORD_NAME, RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.record.writing import write_record
from threatsim.experiment.replicates import run_replicates
from threatsim.market.case_pool import case_pool
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate as simulate_replicate
from threatsim.report.frames import Report
from threatsim.scenario.reading.sources import kind_counts
from threatsim.scenario.schema import Scenario


class Simulation(Report):
    """What a market did on given scores: the frames, charts and face of a report, with no classifier in its record.

    It is kept nowhere; `threatsim.run` writes a report.

    Attributes:
        path: no folder of reports.
        record: as of a run; `classifiers` and `patterns` are empty.
        results: every replicate of every arm, by arm.
    """

    def __init__(self, record: RunRecord, results: list[ReplicateResult]) -> None:
        super().__init__(Path(os.devnull), record)
        self.results = results

    def __repr__(self) -> str:
        return super().__repr__().replace("Report(", "Simulation(", 1)

    def _table(self, frame: str, name: str, *, optional: bool = False) -> pd.DataFrame:
        with tempfile.TemporaryDirectory(prefix="threatsim-") as folder:
            write_columns(Path(folder), self.results)
            return Report(Path(folder), self.record)._table(frame, name, optional=optional)


def simulate(
    scenario: AnyScenario,
    outcomes: Mapping[str, OutcomeTable],
    *,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    progress: bool | Progress = False,
) -> Simulation:
    """Run the market of a scenario, every replicate of every arm, on scores that are given; no image is attacked.

    On the outcomes of the scenario itself, figures are those of `threatsim.run`. Uncertain numbers keep their values.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name, or plain data.
        outcomes: what `threatsim.outcomes_of` gave for it, or for one that differs in the market alone; or modality ->
            table of scores of your own, with a column for each tactic (`threatsim.OutcomeTable`).
        replicates: of every arm, at least 2; the scenario's own if None.
        seed: root of all random streams; the scenario's own if None.
        workers: processes; as many as there are processors if None, 1 for none but this one.
        progress: False prints nothing, True shows a bar on stderr; or what is told of the stage.

    Raises:
        InputError: no such scenario or file, or it has mistakes (`ScenarioError`); the outcomes are of another
            scenario, or lack a modality, a tactic or a control; or scores are not within [0, 1].
        ThreatsimError: a replicate fails.
    """
    own = {"replicates": replicates, "seed": seed, "doubt": 0}
    found = scenario_of(scenario, {name: value for name, value in own.items() if value is not None})
    processes, arms = workers_of(workers), found.arms
    if not isinstance(outcomes, Mapping):
        text = f"outcomes: wanted is what outcomes_of gives, or modality -> table, not a {type(outcomes).__name__}"
        raise InputError(text, given="outcomes")
    if isinstance(outcomes, ScenarioOutcomes):
        outcomes.refuse_another(arms)
    check_tables(outcomes, arms)
    spec = found.sections
    resolved = spec.model_dump(mode="json")
    inputs = RunInputs(
        scenario=resolved,
        seed=spec.seed,
        replicates=spec.replicates,
        device="none",
        versions=versions(),
        modalities={},
        outcomes=tables_fingerprint(outcomes),
        order=lost_order(resolved),
    )
    total = spec.replicates * len(arms)
    with (
        tempfile.TemporaryDirectory(prefix="threatsim-") as folder,
        progress_of(progress).stage(f"Market, {total} replicates", total, "replicates") as advance,
    ):
        results = run_replicates(
            arms,
            outcomes,
            simulate_replicate,
            replicates=spec.replicates,
            seed=spec.seed,
            inputs_fingerprint=inputs.fingerprint,
            folder=Path(folder),
            workers=processes,
            progress=lambda one: advance(1),
        )
        figures = arm_outcomes(spec.arms, results)
        record = assemble_record(
            inputs, number_kinds=kind_counts(spec), classifiers=(), arms=figures, steps=steps(resolved, figures)
        )
        write_record(Path(folder) / RECORD_NAME, record)
        return Simulation(read_record(folder), results)  # in the order and the digits that a report has


def check_tables(tables: Mapping[str, OutcomeTable], arms: Mapping[str, Scenario]) -> None:
    """Refuse scores that the market of a scenario cannot run on.

    Args:
        tables: modality -> scores.
        arms: arm name -> the scenario as that arm sets it.

    Raises:
        InputError: a modality, a tactic, a control or the hardened classifier is missing, or a column has the wrong
            length, a value that is no number, or a score outside [0, 1]; `given` is the modality.
    """
    spec = next(iter(arms.values()))
    for modality in spec.modalities:
        table = tables.get(modality)
        if table is not None and (wrong := _no_arrays(table)):
            raise InputError(f"the outcomes of {modality}: {wrong}", given=modality)
        try:
            case_pool(tables, [modality], list(spec.tactics), np.random.default_rng(0))
        except ThreatsimError as error:
            raise InputError(error.message, given=modality, allowed=tables) from None
        assert table is not None  # a missing one was refused
        for column, scores in {"clean": table.clean, **table.attacked}.items():
            low, high = float(np.min(scores)), float(np.max(scores))
            if low < 0 or high > 1:
                text = f"the scores of {modality} run from {low:.3g} to {high:.3g} in {column}; p(finding) is in [0, 1]"
                raise InputError(text, given=modality)
        lacking = [use.name for use in controls_used(arms.values()) if use.name not in table.control_statistics]
        if lacking:
            text = f"the outcome table of {modality} lacks what control {lacking[0]} makes of the images"
            raise InputError(text, given=modality, allowed=table.control_statistics)
        if hardens(arms.values()) and table.hardened is None:
            raise InputError(f"the outcome table of {modality} lacks those of the hardened classifier", given=modality)


def _no_arrays(table: object) -> str:
    """Return what keeps something from being a table of arrays; empty if it is one."""
    if not isinstance(table, OutcomeTable):
        return f"wanted is an OutcomeTable, and this is of type {type(table).__name__}"
    columns = {name: getattr(table, name) for name in ("labels", "patients", "clean")} | dict(table.attacked)
    lists = [name for name, values in columns.items() if not isinstance(values, np.ndarray)]
    return f"{lists[0]} is no NumPy array" if lists else ""
