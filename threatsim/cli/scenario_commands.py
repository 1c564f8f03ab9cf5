"""Commands on scenarios: thin, with heavy imports inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from threatsim.cli.options import (
    Device,
    Finding,
    Images,
    Include,
    Json,
    Quiet,
    Set,
    console,
    interruptible,
    print_error,
    print_json,
    say,
    terminal_progress,
)
from threatsim.common.errors import InputError, ThreatsimError

ScenarioName = Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")]


def validate(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files, folders of them, or names of shipped ones.")],
    settings: Set = None,
    include: Include = None,
    time: Annotated[
        bool, typer.Option("--time", help="Say how long a run will take here, too: a few weeks are simulated.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check scenarios without running them."""
    from threatsim.scenario.reading.overrides import read_settings
    from threatsim.scenario.reading.reader import load_scenario
    from threatsim.scenario.reading.remarks import remarks
    from threatsim.scenario.reading.scenario_library import scenarios_in
    from threatsim.scenario.reading.sources import kind_counts
    from threatsim.scenario.uncertain import uncertain_numbers

    overrides = read_settings(settings or [])
    rows: list[dict[str, Any]] = []
    for name in scenarios_in(scenarios):
        try:
            loaded = load_scenario(name, overrides=overrides, include=include or ())
        except ThreatsimError as error:
            rows.append({"scenario": name, "ok": False, "error": str(error)})
            if not as_json:
                print_error(error)
            continue
        kinds = kind_counts(loaded.scenario)
        uncertain = len(uncertain_numbers(loaded.scenario))
        row = {"scenario": name, "ok": True, "path": str(loaded.path), "numbers": dict(kinds), "uncertain": uncertain}
        rows.append(row)
        if time:
            from threatsim.experiment.kept.time_needed import time_needed

            needed = time_needed(loaded)
            row["time"] = needed.model_dump(mode="json")
        if not as_json:
            counts = ", ".join(f"{count} {kind}" for kind, count in kinds.items() if count)
            drawn = f"; {uncertain} uncertain" if uncertain else ""
            arms = ", ".join(arm.name for arm in loaded.scenario.arms)
            say(f"{loaded.path}: valid; arms {arms}; numbers: {counts}{drawn}")
            if time:
                from threatsim.report.terminal.time_line import time_line

                say(time_line(needed))
            for remark in remarks(loaded):
                say(f"note: {remark}", error=True)
    if as_json:
        print_json(rows)
    if not all(row["ok"] for row in rows):
        raise typer.Exit(2)


def scenarios(
    details: Annotated[bool, typer.Option("--details", help="Show each with its question, not its title.")] = False,
    as_json: Json = False,
) -> None:
    """List the scenarios that come with threatsim."""
    from threatsim.report.terminal.lists.listings import scenario_rows, scenario_table

    rows = scenario_rows()
    if as_json:
        print_json(rows)
    else:
        console().print(scenario_table(rows, in_full=details))
        if not details:
            say("What each asks: threatsim scenarios --details")


def schema(
    out: Annotated[Path | None, typer.Option(help="File to write to; printed by default.")] = None,
) -> None:
    """Print the JSON Schema of scenario files, by which editors complete and check them."""
    from threatsim.scenario.authoring.schema_json import MODELINE, SCHEMA_FILE, schema_text

    if out is None:
        say(schema_text().rstrip("\n"))
        return
    try:
        out.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise ThreatsimError(f"it cannot be written: {error.strerror or error}", location=str(out)) from None
    say(f"{out}: written. A scenario beside it names it in its first line: {MODELINE.replace(SCHEMA_FILE, out.name)}")


def describe(
    path: Annotated[
        str | None,
        typer.Argument(
            help="A place in a scenario, as in payers.audit.random; a shared parameter; a metric, attack or "
            "control; a word of the glossary, as in 'white box'; or market, its week."
        ),
    ] = None,
    search: Annotated[str | None, typer.Option(help="Words to look for in all of these.", metavar="WORDS")] = None,
    scenario: Annotated[
        str, typer.Option(help="The scenario whose own value is shown beside it.")
    ] = "insurance_upcoding",
    as_json: Json = False,
) -> None:
    """Say what a place in a scenario is: description, unit, range, default, and a value with its source."""
    if path == "market":
        _describe_market(as_json)
        return
    from threatsim.report.terminal.scenario_tables import print_described, print_hits, print_parameter
    from threatsim.scenario.authoring.describe import describe as described
    from threatsim.scenario.authoring.describe import in_scenario
    from threatsim.scenario.authoring.search import not_there, row_called
    from threatsim.scenario.authoring.search import search as search_for
    from threatsim.scenario.reading.reader import load_scenario, parameters_beside

    loaded = load_scenario(scenario)
    shared = parameters_beside(loaded.path)
    if search is not None:
        hits = search_for(search, shared)
        if as_json:
            print_json([hit.model_dump(mode="json") for hit in hits])
        else:
            print_hits(hits, console())
        return
    row = row_called(path) if path is not None and path not in type(loaded.scenario).model_fields else None
    if row is not None:
        if as_json:
            print_json(row.model_dump(mode="json"))
        else:
            print_hits([row], console())
        return
    if path is not None and path in shared.names():
        parameter, place = shared.find(path)
        if as_json:
            print_json({"name": path, "where": place.within(loaded.path), **parameter.model_dump(mode="json")})
        else:
            print_parameter(path, parameter, place.within(loaded.path), console())
        return
    try:
        found = described(path or "", loaded.scenario)
    except InputError as error:
        raise not_there(path or "", error, shared) from None
    numbers = in_scenario(loaded.scenario, found.path) if found.kind == "number" else []
    if as_json:
        rows = [number.model_dump(mode="json") for number in numbers]
        print_json({**found.model_dump(mode="json"), "scenario": loaded.scenario.name, "numbers": rows})
    else:
        print_described(found, loaded.scenario.name, numbers, console())


def _describe_market(as_json: bool) -> None:
    """Say what happens in a week of the market, step by step."""
    from threatsim.experiment.stories.week_steps import week_steps
    from threatsim.report.terminal.lists.listings import print_week

    steps = week_steps()
    if as_json:
        print_json([step.model_dump(mode="json") for step in steps])
    else:
        print_week(steps, console())


def evidence(
    scenario: ScenarioName,
    kind: Annotated[str | None, typer.Option(help="Only measured, estimated, fitted or assumed numbers.")] = None,
    arm: Annotated[str | None, typer.Option(help="The numbers as this arm has them.")] = None,
    settings: Set = None,
    include: Include = None,
    as_json: Json = False,
) -> None:
    """List the numbers of a scenario by kind, each with its source and where it is written, and count them."""
    from threatsim.report.terminal.scenario_tables import evidence_of, print_evidence
    from threatsim.scenario.reading.overrides import read_settings
    from threatsim.scenario.reading.reader import load_scenario

    loaded = load_scenario(scenario, overrides=read_settings(settings or []), include=include or ())
    found = evidence_of(loaded, kind, arm)
    if as_json:
        print_json(found)
    else:
        print_evidence(loaded.scenario.title, found, console())


def diff(
    left: ScenarioName,
    right: Annotated[str, typer.Argument(help="Another.")],
    include: Include = None,
    details: Annotated[bool, typer.Option("--details", help="Print every difference whole, sources as well.")] = False,
    as_json: Json = False,
) -> None:
    """Show what two scenarios say differently."""
    from threatsim.experiment.figures.input_differences import scenario_differences
    from threatsim.report.terminal.scenario_tables import print_differences
    from threatsim.scenario.reading.reader import load_scenario

    one, other = (load_scenario(name, include=include or ()) for name in (left, right))
    if as_json:
        found = scenario_differences(one.scenario.model_dump(mode="json"), other.scenario.model_dump(mode="json"))
        print_json([row.model_dump(mode="json") for row in found])
    else:
        print_differences(one, other, console(), in_full=details)


def run_expectations(
    scenarios: Annotated[list[str], typer.Argument(help="Scenario files, folders of them, or names of shipped ones.")],
    images: Images = None,
    finding: Finding = None,
    replicates: Annotated[int | None, typer.Option(min=2, help="Replicates of every arm.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")] = None,
    settings: Set = None,
    include: Include = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run scenarios and hold them against what they expect; exit code 1 if an expectation does not hold."""
    from threatsim.experiment.expectation_tests import TestRequest, run_tests
    from threatsim.experiment.replicates import available_workers
    from threatsim.report.terminal.scenario_tables import print_tested
    from threatsim.scenario.reading.overrides import read_settings
    from threatsim.scenario.reading.scenario_library import scenarios_in

    progress = terminal_progress(quiet or as_json)
    request = TestRequest(
        images,
        replicates,
        workers or available_workers(),
        device,
        read_settings(settings or []),
        tuple(include or ()),
        finding,
    )
    rows, wrong, failed = [], False, False
    with interruptible("Attacks and replicates that were finished are kept; the same command goes on from there."):
        for tested in run_tests(scenarios_in(scenarios), request, progress):
            rows.append(tested.model_dump(mode="json"))
            wrong |= tested.error is not None
            failed |= not all(check.ok for check in tested.checks)
            if not as_json:
                print_tested(tested, console(), brief=quiet)
    if as_json:
        print_json(rows)
    if wrong or failed:
        raise typer.Exit(2 if wrong else 1)


def new(
    out: Annotated[Path | None, typer.Argument(help="File to write; asked for at a terminal.")] = None,
    base: Annotated[str | None, typer.Option(help="The scenario to start from.")] = None,
    title: Annotated[str | None, typer.Option(help="The scenario in a line.")] = None,
    question: Annotated[str | None, typer.Option(help="The question that it answers.")] = None,
    modality: Annotated[
        list[str] | None, typer.Option(help="Kind of image to keep; may be repeated. All by default.")
    ] = None,
    arm: Annotated[
        list[str] | None, typer.Option(help="Policy to compare, of those that `new` offers; may be repeated.")
    ] = None,
    rule: Annotated[
        str | None, typer.Option(help="Conduct rule by which providers decide, as in logit; the base's by default.")
    ] = None,
    weeks: Annotated[int | None, typer.Option(min=1, max=520, help="Weeks simulated.")] = None,
    replicates: Annotated[int | None, typer.Option(min=2, help="Replicates of every arm.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Write a scenario of your own that runs: by a few questions at a terminal, or by options."""
    from threatsim.scenario.authoring.new import Wishes, write_new
    from threatsim.scenario.authoring.questions import with_answers

    wishes = Wishes(
        out=out,
        base=base,
        title=title,
        question=question,
        modalities=modality,
        arms=arm,
        rule=rule,
        weeks=weeks,
        replicates=replicates,
    )
    written = write_new(with_answers(wishes), force=force)
    for line in written.lines():
        say(line)
