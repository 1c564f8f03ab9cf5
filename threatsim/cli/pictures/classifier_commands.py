"""`threatsim classifiers`: list, show, train, pre-train and evaluate the payers' classifiers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import (
    Device,
    Finding,
    Images,
    Json,
    Quiet,
    console,
    interruptible,
    own_command,
    print_json,
    say,
    terminal_progress,
)
from threatsim.cli.pictures import outcome_commands, surrogate_commands

classifiers_app = typer.Typer(help="The payers' classifiers: list, show, train, evaluate.", no_args_is_help=True)


@classifiers_app.command("list")
def list_classifiers(as_json: Json = False) -> None:
    """List the classifiers that come with threatsim, with the figures measured at training."""
    from threatsim.outcomes.classifier_list import classifier_rows
    from threatsim.report.terminal.lists.listings import classifier_table

    rows = classifier_rows()
    if as_json:
        print_json([row.listed() for row in rows])
    else:
        console().print(classifier_table(rows))


@classifiers_app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    as_json: Json = False,
) -> None:
    """Show a classifier's card and figures."""
    from threatsim.outcomes.classifier_list import find_classifier
    from threatsim.report.terminal.lists.listings import print_classifier

    row = find_classifier(name)
    if as_json:
        print_json(row.shown())
    else:
        print_classifier(row, console())


@classifiers_app.command()
def train(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Name of a classifier, or a folder with a card.yaml; with --images, all it has by default."
        ),
    ] = None,
    images: Images = None,
    finding: Finding = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; the cache by default, so that nothing shipped is lost.")
    ] = None,
    initial: Annotated[
        str | None,
        typer.Option(help="Start from weights that are random, pretrained, synthetic (the modality's) or imagenet."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the training cases.")] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a classifier: victim, surrogate and patches, measured on unseen cases."""
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.classifier_list import ClassifierRow, retrained
    from threatsim.outcomes.making.training import TrainRequest, names_to_train, train_as_requested
    from threatsim.report.terminal.lists.listings import print_training

    rows = []
    for one, asked in names_to_train(name, images, out, finding).items():
        request = TrainRequest(one, images, out, initial, epochs, command=own_command(), finding=asked)
        told = "The classifier in training was not written; what was there before is as it was."
        with interruptible(f"{told} Of images, the same command goes on after the last whole epoch."):
            made, before = train_as_requested(
                request, device=resolve_device(device), progress=terminal_progress(quiet or as_json)
            )
        rows.append({"path": str(made.path), "figures": made.figures.model_dump(mode="json")})
        if quiet and not as_json:
            say(str(made.path))
        elif not as_json:
            row = ClassifierRow.of(made)
            print_training(row, retrained(row, before), console())
    if as_json:
        print_json(rows[0] if name else rows)


@classifiers_app.command()
def patches(
    name: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    images: Images = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to; that of the classifier where it is named by its folder.")
    ] = None,
    go_on: Annotated[
        bool, typer.Option("--go-on", help="Train on from the patches there, by the further steps of the card alone.")
    ] = False,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a classifier's patches anew for the weights that it has."""
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.making.patch_making import PatchRequest, patches_as_requested

    request = PatchRequest(name, images, out, command=own_command(), go_on=go_on)
    with interruptible("Nothing was written; what was there before is as it was."):
        path, record = patches_as_requested(
            request, device=resolve_device(device), progress=terminal_progress(quiet or as_json)
        )
    if as_json:
        print_json({"path": str(path), **record.model_dump(mode="json")})
    else:
        say(str(path))


@classifiers_app.command()
def pretrain(
    out: Annotated[Path | None, typer.Option(help="File to write to (.safetensors); the cache by default.")] = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train anew the network, pre-trained on all modalities, that classifiers are fine-tuned from."""
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.making.training import pretrain_as_requested

    command, progress = own_command(), terminal_progress(quiet or as_json)
    with interruptible("Nothing was written; what was there before is as it was."):
        path, record = pretrain_as_requested(out, device=resolve_device(device), command=command, progress=progress)
    if as_json:
        print_json({"path": str(path), **record.model_dump(mode="json")})
    else:
        say(str(path))


@classifiers_app.command()
def start(
    network: Annotated[str, typer.Argument(help="A network, for instance EfficientNetLite0.")],
    as_json: Json = False,
) -> None:
    """Convert a network's ImageNet weights, of an installed package, to safetensors, as training from them does."""
    from threatsim.outcomes.making.training import imagenet_start_as_requested

    path, digest = imagenet_start_as_requested(network)
    if as_json:
        print_json({"path": str(path), "weights": digest})
    else:
        say(str(path))


@classifiers_app.command()
def evaluate(
    name: Annotated[str, typer.Argument(help="Name of a classifier, or a folder with a card.yaml.")],
    images: Images = None,
    finding: Finding = None,
    device: Device = "auto",
    as_json: Json = False,
) -> None:
    """Measure a classifier again on its test cases, or on the test split of real images."""
    from threatsim.common.device import resolve_device
    from threatsim.outcomes.making.measuring_again import measure_again
    from threatsim.report.terminal.lists.listings import evaluation_table

    measured = measure_again(name, images, device=resolve_device(device), finding=finding)
    if as_json:
        print_json([row.model_dump(mode="json") for row in measured.networks])
    else:
        console().print(evaluation_table(measured))


classifiers_app.command()(surrogate_commands.surrogates)
classifiers_app.command()(outcome_commands.outcomes)
classifiers_app.command()(outcome_commands.verify)
