"""`threatsim view` and `label`: the reports of some folders as web pages of this machine, and what they are called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import Json, has_display, interruptible, print_json, say


def view(
    folders: Annotated[list[Path] | None, typer.Argument(help="Folders of reports; reports/ if none is named.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes any that is free.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on; other machines reach one that is not 127.0.0.1.")] = (
        "127.0.0.1"
    ),
    token: Annotated[
        str | None, typer.Option(help="A token of your own, which a host beyond this machine needs.")
    ] = None,
    scenarios: Annotated[
        Path | None,
        typer.Option(help="Folder of your scenarios: they can be tried too, and what is tried is saved into it."),
    ] = None,
    browser: Annotated[bool, typer.Option(help="Open the browser.")] = True,
    bundle: Annotated[
        Path | None, typer.Option(help="Write the same as files into this folder, for a disk or any web server.")
    ] = None,
) -> None:
    """Show all reports in the browser: list, sort, filter, label and compare them, and try other numbers."""
    from threatsim.experiment.record.report_finder import HOME

    places = folders or [HOME]
    if bundle is not None:
        from threatsim.view.bundle import write_bundle

        count = write_bundle(places, bundle)
        say(f"{bundle / 'index.html'} ({count} reports)")
        return
    from threatsim.common.errors import ThreatsimError
    from threatsim.common.trust import trusts_others_code

    try:
        from threatsim.view.serving import serve
    except ImportError:
        raise ThreatsimError(
            "the viewer needs Starlette and uvicorn", hint="Install them with: pip install 'threatsim[view]'"
        ) from None

    def ready(address: str) -> None:
        say(address)
        if browser and has_display():  # elsewhere a browser of the terminal would take over
            import webbrowser

            webbrowser.open(address)

    with interruptible("The viewer has ended."):
        serve(
            places,
            port=port,
            host=host,
            token=token,
            scenarios=scenarios,
            plugins=trusts_others_code(),
            ready=ready,
        )


def label(
    report: Annotated[str, typer.Argument(help="A report: folder, `latest`, a scenario, or the start of a run id.")],
    words: Annotated[str, typer.Argument(help="What to call it; empty takes the label away.")],
    tag: Annotated[list[str] | None, typer.Option(help="A word to find it by; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Give a report a label and tags; the report itself stays as it was written."""
    from threatsim.catalogue.written.report_kinds import kind_of
    from threatsim.experiment.record.record_reading import read_unchecked, record_file
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.questions.verification import answer_in
    from threatsim.report.labels import set_label

    folder = find_report(report)
    if kind_of(answer_in(folder)) is None:
        read_unchecked(folder)
    found = set_label(record_file(folder).parent, words, tag or ())
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        say(f"{record_file(folder).parent}: {found.label or 'no label'}{''.join(f' [{one}]' for one in found.tags)}")
