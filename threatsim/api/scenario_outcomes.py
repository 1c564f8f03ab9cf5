"""`threatsim.outcomes_of`: what attacks achieve on the cases of a scenario, and what they were computed for."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from threatsim.api.options import progress_of
from threatsim.api.scenario_document import AnyScenario, scenario_of
from threatsim.catalogue.attack_row import Input
from threatsim.common.errors import InputError
from threatsim.common.html_table import html_table
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.controls_used import controls_used
from threatsim.experiment.preparation import hardens, points_of
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest
from threatsim.experiment.tactics import attacks_of
from threatsim.scenario.schema import Scenario

_SHOWN = 3
_INPUTS: Sequence[Input] = ("victim", "surrogate", "patches", "training", "threshold", "library", "pool")


@dataclass(frozen=True, eq=False, repr=False)
class ScenarioOutcomes(Mapping[str, OutcomeTable]):
    """Modality -> scores of its cases, clean and under every tactic: all that a market sees of attacks.

    Attributes:
        tables: modality -> scores.
        scenario: name of the scenario that they were computed for.
        made_for: what of that scenario they depend on: dotted path -> value.
    """

    tables: Mapping[str, OutcomeTable]
    scenario: str
    made_for: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, modality: str) -> OutcomeTable:
        return self.tables[modality]

    def __iter__(self) -> Iterator[str]:
        return iter(self.tables)

    def __len__(self) -> int:
        return len(self.tables)

    def to_frame(self) -> pd.DataFrame:
        """Return a row a case and tactic, clean first.

        Columns: modality, tactic ("" where nothing was altered), case (from 0), patient, label (1 with the finding),
        score (p(finding) by the payer's classifier), queries (that altering the image has cost).
        """
        parts = []
        for modality, table in self.tables.items():
            for tactic, scores in {"": table.clean, **table.attacked}.items():
                columns: dict[str, Any] = {"modality": modality, "tactic": tactic, "case": range(len(scores))}
                columns |= {"patient": table.patients, "label": table.labels, "score": scores}
                columns["queries"] = table.queries.get(tactic, 0)
                parts.append(pd.DataFrame(columns))
        return pd.concat(parts, ignore_index=True).astype({"modality": "string", "tactic": "string"})

    def refuse_another(self, arms: Mapping[str, Scenario]) -> None:
        """Refuse a scenario that these outcomes are not of; one that differs in the market alone is not refused.

        Args:
            arms: arm name -> the scenario as that arm sets it.

        Raises:
            InputError: something that outcomes depend on is another, or more, than they were computed for; `given` is
                its path.
        """
        wanted = what_outcomes_depend_on(arms)
        differing = [path for path, value in wanted.items() if self.made_for.get(path) != value]
        if not differing:
            return
        told = [f"{path} is {wanted[path]}, and they have {self.made_for.get(path, 'none')}" for path in differing]
        more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
        raise InputError(
            f"these outcomes are of scenario '{self.scenario}', not of this one: {'; '.join(told[:_SHOWN])}{more}",
            given=differing[0],
            hint="Compute this scenario's own with threatsim.outcomes_of; what is kept is not computed again.",
        )

    def __repr__(self) -> str:
        tables = [f"{name}: {len(one.labels)} cases, {len(one.attacked)} tactics" for name, one in self.tables.items()]
        return f"Outcomes(of {self.scenario}; {'; '.join(tables)})"

    def _repr_html_(self) -> str:
        rows = [
            [modality, tactic or "clean", *(f"{scores[table.labels == label].mean():.3f}" for label in (0, 1))]
            for modality, table in self.tables.items()
            for tactic, scores in {"": table.clean, **table.attacked}.items()
        ]
        return html_table(["modality", "tactic", "mean score, without finding", "with it"], rows, caption=repr(self))


def outcomes_of(
    scenario: AnyScenario,
    *,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    finding: str | None = None,
    progress: bool | Progress = False,
) -> ScenarioOutcomes:
    """Attack every case of a scenario by each of its tactics, and return the scores; no market is run.

    Outcomes that the cache keeps are not computed again.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name, or plain data.
        device: where attacks and training run: auto, cpu or cuda.
        images: folder of real images, an archive or one for each modality; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings; the first if None.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: no such scenario, file or device; or the scenario has mistakes (`ScenarioError`).
        PluginError: a plug-in that the scenario names is broken.
        ThreatsimError: archives, weights or patches are absent or damaged, or arms do other things to images.
    """
    found = scenario_of(scenario, {"doubt": 0})  # draws of uncertain numbers change nothing in the attacks
    with tempfile.TemporaryDirectory(prefix="threatsim-") as nowhere:  # a run that goes no further writes nothing
        request = RunRequest(
            scenario=str(found.loaded.path),
            images=None if images is None else Path(images),
            finding=finding,
            replicates=None,
            seed=None,
            workers=1,
            device=device,
            out=Path(nowhere),
        )
        run = Run(found.loaded, request, progress_of(progress))
        run.check()
        run.prepare()
    return ScenarioOutcomes(run.tables, found.name, what_outcomes_depend_on(run.arms))


def what_outcomes_depend_on(arms: Mapping[str, Scenario]) -> dict[str, Any]:
    """Return what of a scenario the outcomes of its attacks depend on: dotted path -> plain value.

    The operating points that payers decide at are part of it only where an attack depends on them.

    Args:
        arms: arm name -> the scenario as that arm sets it.
    """
    baseline = next(iter(arms.values()))
    attacks = {name: attack for arm in arms.values() for name, attack in attacks_of(arm).items()}
    cases = baseline.cases
    found: dict[str, Any] = {
        "cases.per_modality": cases.per_modality,
        "cases.positive_share": float(cases.positive_share),
        "cases.source": cases.source,
    }
    for name, modality in baseline.modalities.items():
        found[f"modalities.{name}.claim_for"] = modality.claim_for
        if modality.classifier:
            found[f"modalities.{name}.classifier"] = modality.classifier
    for name in baseline.tactics:
        attack = attacks.get(name)
        found[f"tactics.{name}.attack"] = "none" if attack is None else attack.row_name
        found |= dict(_leaves(attack.model_dump(mode="json"), f"tactics.{name}") if attack else ())
    if any("threshold" in attack.inputs(_INPUTS) for attack in attacks.values()):
        points = {point.model_dump_json(exclude_none=True) for point in points_of(arms.values())}
        found["payers.*.triage.operating_point"] = sorted(points)
    for control in controls_used(arms.values()):
        found[f"control {control.name}"] = True
    if hardens(arms.values()):
        found["payers.*.adaptation.harden"] = True
    return found


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield dotted path and value of everything in a mapping, however deep."""
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, f"{path}.{key}")
    else:
        yield path, value
