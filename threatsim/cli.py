"""The command line. Commands only: each says what it takes, calls a room and prints; heavy imports are inside."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from threatsim import __version__, report_cli, scenario_cli, surrogate_cli
from threatsim.atlas_cli import atlas
from threatsim.attack_cli import attack_app
from threatsim.cli_options import (
    Device,
    Images,
    Include,
    Json,
    Quiet,
    Set,
    console,
    interruptible,
    own_command,
    print_error,
    print_json,
    terminal_progress,
)
from threatsim.doctor_cli import doctor
from threatsim.errors import ThreatsimError

app = typer.Typer(
    name="threatsim",
    help="What does image fraud pay, to whom, and which control changes that? Real attacks on medical image "
    "classifiers inside a simulated market of claims.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
classifiers_app = typer.Typer(help="The payers' classifiers: list, show, train, evaluate.", no_args_is_help=True)
app.add_typer(classifiers_app, name="classifiers")
app.add_typer(attack_app, name="attack")


def _version(wanted: bool) -> None:
    if wanted:
        print(f"threatsim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")],
    images: Images = None,
    replicates: Annotated[int | None, typer.Option(min=2, help="Replicates of every arm.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")] = None,
    device: Device = "auto",
    settings: Set = None,
    include: Include = None,
    out: Annotated[Path, typer.Option(help="Folder for reports.")] = Path("reports"),
    patterns: Annotated[
        bool, typer.Option(help="Hold the market against published patterns as well (some more runs of it).")
    ] = True,
    keep_claims: Annotated[
        bool, typer.Option("--keep-claims", help="Keep every claim of every replicate in the report, as Parquet.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: attacks, market, report."""
    from threatsim.experiment.replicates import available_workers
    from threatsim.experiment.run import RunRequest
    from threatsim.experiment.run import run as run_scenario
    from threatsim.scenario.settings import read_settings

    progress = terminal_progress(quiet or as_json)
    request = RunRequest(
        scenario,
        images,
        replicates,
        seed,
        workers or available_workers(),
        device,
        out,
        patterns,
        keep_claims,
        overrides=read_settings(settings or []),
        include=tuple(include or ()),
    )
    with interruptible("Attacks and replicates that were finished are kept; the same command goes on from there."):
        finished = run_scenario(request, progress)

        from threatsim.report.publishing import publish

        publish(finished, progress)
    if as_json:
        print_json({"report": str(finished.folder), **finished.record.model_dump(mode="json")})
    elif quiet:
        print(finished.folder)
    else:
        from threatsim.report.terminal import print_summary

        print_summary(finished.record, console(), report_path=finished.folder / "report.html")


scenario_cli.register(app)


@app.command("validate-model")
def validate_model(
    scenario: Annotated[
        str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")
    ] = "insurance_upcoding",
    images: Images = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold a scenario's market against patterns that the literature reports; exit code 1 if one does not hold."""
    from threatsim.experiment.model_check import model_check
    from threatsim.report.pattern_words import pattern_rows
    from threatsim.report.patterns import print_patterns

    with interruptible("The attacks that were finished are kept."):
        checks, inputs = model_check(scenario, images, device=device, progress=terminal_progress(quiet or as_json))
    if as_json:
        print_json(pattern_rows(checks))
    else:
        print_patterns(checks, inputs, console())
    if any(check.ok is False for check in checks):
        raise typer.Exit(1)


report_cli.register(app)


app.command()(atlas)
app.command()(doctor)


@classifiers_app.command("list")
def list_classifiers(as_json: Json = False) -> None:
    """List the classifiers that come with threatsim, with the figures measured at training."""
    from threatsim.report.listings import classifier_rows, classifier_table

    rows = classifier_rows()
    if as_json:
        print_json(rows)
    else:
        console().print(classifier_table(rows))


@classifiers_app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    as_json: Json = False,
) -> None:
    """Show a classifier's card and figures."""
    from threatsim.classifiers.store import shipped
    from threatsim.coding.store import find_claim_classifier
    from threatsim.report.listings import print_classifier

    folder = find_claim_classifier(name) or shipped(name)
    if as_json:
        from threatsim.audit.keeping import audit_words

        card, figures = folder.card.model_dump(mode="json"), folder.figures.model_dump(mode="json")
        audit = audit_words(folder.path, folder.figures.victim.weights)
        print_json({"path": str(folder.path), "audit": audit, "card": card, "figures": figures})
    else:
        print_classifier(folder, console())


@classifiers_app.command()
def train(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Name of a classifier, or a folder with a card.yaml; with --images, all it has by default."
        ),
    ] = None,
    images: Images = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; the cache by default, so that nothing shipped is lost.")
    ] = None,
    initial: Annotated[
        str | None, typer.Option(help="Start from weights that are random, pretrained, or synthetic (the modality's).")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training cases.")] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a classifier: victim, surrogate and patches, measured on unseen cases."""
    from threatsim.device import resolve_device
    from threatsim.experiment.training import TrainRequest, names_to_train, train_as_asked
    from threatsim.report.listings import print_training

    rows = []
    for one in names_to_train(name, images, out):
        request = TrainRequest(one, images, out, initial, epochs, command=own_command())
        with interruptible("The classifier in training was not written; what was there before is as it was."):
            made, before = train_as_asked(
                request, device=resolve_device(device), progress=terminal_progress(quiet or as_json)
            )
        rows.append({"path": str(made.path), "figures": made.figures.model_dump(mode="json")})
        if quiet and not as_json:
            print(made.path)
        elif not as_json:
            print_training(made, before, console())
    if as_json:
        print_json(rows[0] if name else rows)


@classifiers_app.command()
def pretrain(
    out: Annotated[Path | None, typer.Option(help="File to write to (.safetensors); the cache by default.")] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train anew the network, pre-trained on all modalities, that classifiers are fine-tuned from."""
    from threatsim.device import resolve_device
    from threatsim.experiment.training import pretrain_as_asked

    command, progress = own_command(), terminal_progress(quiet or as_json)
    with interruptible("Nothing was written; what was there before is as it was."):
        path, record = pretrain_as_asked(out, device=resolve_device(device), command=command, progress=progress)
    if as_json:
        print_json({"path": str(path), **record.model_dump(mode="json")})
    else:
        print(path)


@classifiers_app.command()
def evaluate(
    name: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    images: Images = None,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Measure a classifier again on its test cases, or on the test split of real images."""
    from threatsim.coding.store import find_claim_classifier
    from threatsim.device import resolve_device
    from threatsim.experiment.claim_training import evaluate_claims, refuse_images
    from threatsim.experiment.evaluation import evaluate_classifier
    from threatsim.report.listings import evaluation_table

    claims = find_claim_classifier(name)
    if claims:
        refuse_images(name, images)
    rows = evaluate_claims(claims) if claims else evaluate_classifier(name, images, device=resolve_device(device))
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
    else:
        console().print(evaluation_table(rows))


classifiers_app.command()(surrogate_cli.surrogates)


def main() -> None:
    """Run the command line; errors of the user's input exit with 2."""
    try:
        app()
    except ThreatsimError as error:
        print_error(error)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
