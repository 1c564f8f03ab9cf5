"""The command line. Commands only: each says what it takes, calls a room and prints; heavy imports are inside."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from threatsim.cli import report_commands, scenario_commands, verify_commands
from threatsim.cli.atlas_command import atlas
from threatsim.cli.claim_commands import claims_app
from threatsim.cli.doctor_command import clean, doctor
from threatsim.cli.options import print_error, say
from threatsim.cli.pictures.attack_commands import attack_app
from threatsim.cli.pictures.classifier_commands import classifiers_app
from threatsim.cli.pictures.image_commands import images_app
from threatsim.cli.plugin_commands import plugins
from threatsim.cli.provider_commands import providers_app
from threatsim.cli.questions import variation_commands
from threatsim.cli.questions.calibration_command import calibrate
from threatsim.cli.questions.decision_commands import optimise, sensitivity
from threatsim.cli.run_commands import run, validate_model
from threatsim.cli.shard_commands import merge, prepare, run_shard, status
from threatsim.cli.share_commands import brief, export
from threatsim.cli.view_commands import label, view
from threatsim.common.errors import ThreatsimError
from threatsim.common.version import __version__

app = typer.Typer(
    name="threatsim",
    help="What does image fraud pay, to whom, and which control changes that? Real attacks on medical image "
    "classifiers inside a simulated market of claims.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        say(f"threatsim {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    trust: Annotated[
        bool,
        typer.Option("--trust", help="Let code run that a classifier's card names; it is remembered until it changes."),
    ] = False,
) -> None:
    if trust:
        from threatsim.common.trust import trust_others_code

        trust_others_code()


GROUPS: dict[str, dict[str, Callable[..., None] | typer.Typer]] = {
    "Write a scenario": {
        "new": scenario_commands.new,
        "scenarios": scenario_commands.scenarios,
        "describe": scenario_commands.describe,
        "validate": scenario_commands.validate,
        "schema": scenario_commands.schema,
        "diff": scenario_commands.diff,
        "evidence": scenario_commands.evidence,
        "providers": providers_app,
    },
    "Run it": {"run": run, "test": scenario_commands.run_expectations, "validate-model": validate_model},
    "Decide by it": {
        "sweep": variation_commands.sweep,
        "break-even": variation_commands.break_even,
        "sensitivity": sensitivity,
        "optimise": optimise,
        "calibrate": calibrate,
    },
    "Run it on many machines": {"prepare": prepare, "run-shard": run_shard, "merge": merge, "status": status},
    "Read what came out": {
        "reports": report_commands.reports,
        "show": report_commands.show,
        "open": report_commands.open_report,
        "view": view,
        "label": label,
        "brief": brief,
        "export": export,
        "compare": report_commands.compare,
        "explain": report_commands.explain,
        "verify": verify_commands.verify,
        "sign": verify_commands.sign,
        "keygen": verify_commands.keygen,
        "claims": claims_app,
        "atlas": atlas,
    },
    "Attack the classifiers": {"attack": attack_app, "classifiers": classifiers_app, "images": images_app},
    "This installation": {"doctor": doctor, "clean": clean, "plugins": plugins},
}
"""The commands by what one wants of them."""

for _title, _commands in GROUPS.items():
    for _name, _command in _commands.items():
        if isinstance(_command, typer.Typer):
            app.add_typer(_command, name=_name, rich_help_panel=_title)
        else:
            app.command(_name, rich_help_panel=_title)(_command)


def main() -> None:
    """Run the command line; errors of the user's input exit with 2, failed replicates with 1."""
    try:
        app()
    except ThreatsimError as error:
        print_error(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except OSError as error:  # a name too long, a full disk, a folder that may not be entered: nobody's fault here
        print_error(ThreatsimError(error.strerror or str(error), location=_named(error)))
        sys.exit(ThreatsimError.exit_code)
    except MemoryError:
        print_error(ThreatsimError("there is not enough memory for it"))
        sys.exit(ThreatsimError.exit_code)


def _named(error: OSError) -> str | None:
    """Return the file that an error of the system is about, in short."""
    name = error.filename
    if name is None:
        return None
    text = os.fsdecode(name) if isinstance(name, str | bytes) else str(name)
    return text if len(text) <= 100 else f"{text[:97]}..."
