"""Commands on reports: list, open, compare, explain. Thin, with heavy imports inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from threatsim.cli.options import Json, console, has_display, print_json, say, write

if TYPE_CHECKING:
    from threatsim.report.listing.report_reading import KnownReport

Report = Annotated[
    str,
    typer.Argument(help="A report folder; or latest, a scenario's name (its newest), or the start of a run id."),
]


def reports(
    folder: Annotated[Path, typer.Argument(help="Folder to look in, and up to three levels below.")] = Path("reports"),
    as_json: Json = False,
) -> None:
    """List the reports that are there, of runs and of questions such as a sweep, the newest first."""
    from threatsim.report.listing.listed_reports import list_reports

    found = list_reports(folder)
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        from threatsim.report.terminal.lists.report_list import print_reports

        print_reports(found, folder, console())


def open_report(report: Report = "latest") -> None:
    """Open a report's page in the browser; where there is none, print its path."""
    import webbrowser

    from threatsim.experiment.record.record_reading import record_file
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.report.listing.report_reading import known_report

    folder = find_report(report)
    page = record_file(folder).parent / known_report(folder).kind.page
    if not page.is_file() or not page.resolve().is_relative_to(page.parent.resolve()):
        from threatsim.common.errors import ThreatsimError

        hint = "Give the same command again to make it."
        raise ThreatsimError("the report has no page of its own", location=str(page), hint=hint)
    if not (has_display() and webbrowser.open(page.resolve().as_uri())):
        say(str(page))


def show(
    report: Report = "latest",
    details: Annotated[bool, typer.Option("--details", help="Print all tables, not the answer alone.")] = False,
    as_json: Json = False,
) -> None:
    """Print the summary of a report, as the run printed it; of a sweep or another answer, its sentences and tables."""
    from threatsim.experiment.record.record_reading import read_record, record_file
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.report.listing.report_reading import known_report

    folder = find_report(report)
    known = known_report(folder)
    if known.kind.findings:
        _show_answer(known, record_file(folder).parent, in_full=details, as_json=as_json)
        return
    record = read_record(folder)
    if as_json:
        print_json({"report": str(folder), **record.model_dump(mode="json")})
        return
    from threatsim.report.labels import label_of
    from threatsim.report.terminal.summary import print_summary

    page = record_file(folder).parent / "report.html"
    path = page if page.is_file() else page.parent
    print_summary(record, console(), report_path=path, in_full=details, label=label_of(page.parent))


def _show_answer(known: KnownReport, folder: Path, *, in_full: bool, as_json: bool) -> None:
    from threatsim.report.kinds.whole_answer import shown_answer

    shown = shown_answer(known, folder)
    if as_json:
        print_json({"folder": str(folder), "answer": shown.sentences, "record": known.record})
        return
    from threatsim.report.questions.answer_print import ROWS, print_answer

    parts = shown.parts if in_full else shown.brief
    print_answer(shown.sentences, parts, console(), folder=folder, rows=None if in_full else ROWS)


def compare(
    reports: Annotated[
        list[str],
        typer.Argument(
            help="Two or more reports or arms (REPORT:ARM), the first being the reference; a report also by latest, "
            "by its scenario (the newest) or the start of its run id. Or the folders of two sweeps of one design."
        ),
    ],
    detect: Annotated[
        float | None,
        typer.Option(
            min=0.0001, help="Size of difference that should be seen, as a share of the reference; else the size seen."
        ),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the comparison as a page, too.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write the differences as CSV, too.")] = None,
    details: Annotated[bool, typer.Option("--details", help="Print every figure with intervals.")] = False,
    as_json: Json = False,
) -> None:
    """Compare reports and arms: what differs in the inputs, and paired differences in the results."""
    from threatsim.experiment.figures.comparison import Side
    from threatsim.experiment.figures.comparison import compare as compare_sides
    from threatsim.experiment.record.record_reading import read_record, record_file
    from threatsim.experiment.record.report_finder import report_and_arm
    from threatsim.questions.sweep.comparison import sweeps_among
    from threatsim.report.labels import label_of

    named = [report_and_arm(text) for text in reports]
    if sweeps_among([path for path, _ in named]):
        from threatsim.cli.questions.sweep_comparison import print_compared

        print_compared(named, detect=detect, html=html, csv=csv, in_full=details, as_json=as_json)
        return
    records = {path: read_record(path) for path, _ in named}
    labels = {path: label_of(record_file(path).parent).label for path in records}
    comparison = compare_sides([Side(records[path], arm, labels[path]) for path, arm in named], detect=detect)
    if html is not None:
        from threatsim.report.page.compared_report import ComparedReport
        from threatsim.report.page.comparison_page import comparison_page

        compared = [ComparedReport.of(records[path], record_file(path).parent) for path, _ in named]
        write(html, comparison_page(comparison, compared))
    if csv is not None:
        from threatsim.report.comparison_file import comparison_csv

        write(csv, comparison_csv(comparison))
    if as_json:
        print_json(comparison.model_dump(mode="json"))
    else:
        from threatsim.report.terminal.comparison_table import print_comparison

        print_comparison(comparison, console(), in_full=details)


def explain(
    report: Report,
    provider: Annotated[
        str | None,
        typer.Option(help="Specialty and number, as in ophthalmology.17; without it, who billed most falsely."),
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Name of an arm; the baseline by default.")] = None,
    as_json: Json = False,
) -> None:
    """Tell one provider's run: what it believed, chose, was paid, and when it was caught."""
    from threatsim.experiment.record.report_finder import find_report
    from threatsim.experiment.stories.provider_story import provider_story, suspicious
    from threatsim.report.terminal.story_table import print_story

    folder = find_report(report)
    if provider is None:
        names = suspicious(folder, arm)
        if as_json:
            print_json(names)
        elif not names:
            say("Nobody billed falsely in replicate 0. Name a provider with --provider.")
        else:
            say(f"Who billed most falsely in replicate 0: {', '.join(names)}. Name one with --provider.")
        return
    story = provider_story(folder, provider, arm)
    if as_json:
        print_json(story.model_dump(mode="json"))
    else:
        print_story(story, console())
