"""`threatsim.run`: what the command `run` does, as a function."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from threatsim.api.options import mapping_of, progress_of, workers_of
from threatsim.api.scenario_document import AnyScenario, scenario_of
from threatsim.common.progress import Progress
from threatsim.experiment.run_request import RunRequest
from threatsim.experiment.whole_run import run_loaded
from threatsim.report.frames import Report, load
from threatsim.report.labels import checked_label, set_label
from threatsim.report.publishing import publish


def run(
    scenario: AnyScenario,
    *,
    replicates: int | None = None,
    until_interval: str = "",
    max_replicates: int | None = None,
    seed: int | None = None,
    doubt: int | None = None,
    workers: int | None = None,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    finding: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] = "reports",
    patterns: bool = True,
    keep_claims: bool = False,
    label: str = "",
    tags: Sequence[str] = (),
    progress: bool | Progress = False,
) -> Report:
    """Run a scenario and write its report: attacks, market, statistics, as `threatsim run` does.

    The report has the same bytes as the command's, whatever the number of workers. Outcomes of attacks that are kept in
    the cache are not computed again, and a run that was interrupted goes on where it stopped.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name such as "insurance_upcoding", or plain data.
        replicates: of every arm, at least 2; the scenario's own if None.
        until_interval: a figure and half the length that its interval may have, such as "payer_loss=50k": replicates
            are added in batches until it is so narrow in every arm, or in the one named in brackets. The scenario's
            replicates, and no fewer than 20, come first. Empty for no more than those.
        max_replicates: after so many it ends in any case; 400 or four times the first if None.
        seed: root of all random streams; the scenario's own if None.
        doubt: draws of the uncertain numbers, on each of which every arm is run as well; the scenario's own if None, 0
            for none.
        workers: processes for the market; as many as there are processors if None, 1 for none but this one.
        device: where attacks and training run: auto, cpu or cuda.
        images: folder of real images, an archive or one for each modality; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings, such as "Pneumonia"; the first if None.
        overrides: dotted path -> value, as `Scenario.with_values` takes them.
        out: folder for reports, in which the report gets its own: SCENARIO/RUN.
        patterns: whether the market is held against published patterns as well (more runs of it).
        keep_claims: whether every claim of every replicate is kept in the report, and not a sample only.
        label: what to call the report in lists, on its page and in its brief, at most 200 characters; it lies beside
            the report, whose bytes stay the same. Without one, and without tags, a report keeps those that it has.
        tags: words to find it by, at most 20.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Returns:
        The report, as `threatsim.load` gives it.

    Raises:
        InputError: no such scenario, file, value or device, or too long a label; `given` and `allowed` say which.
        ScenarioError: the scenario has mistakes; `problems` has each with its place.
        PluginError: a plug-in that it names is broken.
        ThreatsimError: `out` is a file or cannot be written to, images or weights are damaged, or a replicate fails.
        KeyboardInterrupt: finished replicates are kept, and taken up by the next run.
    """
    called = checked_label(label, [tags] if isinstance(tags, str) else tags)
    own = {"replicates": replicates, "seed": seed, "doubt": doubt}
    values = {**mapping_of(overrides, "overrides"), **{name: value for name, value in own.items() if value is not None}}
    found = scenario_of(scenario, values)
    request = RunRequest(
        scenario=str(found.loaded.path),
        images=None if images is None else Path(images),
        replicates=None,
        seed=None,
        workers=workers_of(workers),
        device=device,
        out=Path(out),
        patterns=patterns,
        keep_claims=keep_claims,
        until_interval=until_interval,
        max_replicates=max_replicates,
        finding=finding,
    )
    told = progress_of(progress)
    finished = run_loaded(found.loaded, request, told)
    publish(finished, told)
    if called.text:
        set_label(finished.folder, called.label, called.tags)
    return load(finished.folder)
