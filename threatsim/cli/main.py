"""The command line. Commands only: each says what it takes, calls a room and prints; heavy imports are inside."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from threatsim.cli import report_commands, scenario_commands
from threatsim.cli.atlas_command import atlas
from threatsim.cli.attack_commands import attack_app
from threatsim.cli.classifier_commands import classifiers_app
from threatsim.cli.doctor_command import doctor
from threatsim.cli.options import print_error
from threatsim.cli.plugin_commands import plugins
from threatsim.cli.run_commands import run, validate_model
from threatsim.common.errors import ThreatsimError
from threatsim.common.version import __version__

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


app.command()(run)
scenario_commands.register(app)
app.command("validate-model")(validate_model)
report_commands.register(app)
app.command()(atlas)
app.command()(doctor)
app.command()(plugins)


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
