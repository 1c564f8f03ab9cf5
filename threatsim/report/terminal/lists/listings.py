"""Tables of what threatsim has: scenarios, and classifiers with their figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from threatsim.report.words.numbers import value
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.reading.scenario_library import find_scenario, scenario_names
from threatsim.statistics.estimate import Estimate

if TYPE_CHECKING:
    from threatsim.experiment.stories.week_steps import WeekStep
    from threatsim.outcomes.classifier_list import ClassifierRow, Retrained, SurrogateRow
    from threatsim.outcomes.making.measuring_again import MeasuredAgain

_FIGURES = ("auroc", "accuracy", "sensitivity", "specificity")


def scenario_rows() -> list[dict[str, str]]:
    """Return the scenarios that come with threatsim: name, title, question, path."""
    rows = []
    for name in scenario_names():
        scenario = load_scenario(name).scenario
        path = str(find_scenario(name))
        rows.append({"name": name, "title": scenario.title, "question": scenario.question.strip(), "path": path})
    return rows


def scenario_table(rows: list[dict[str, str]], *, in_full: bool) -> Table:
    """Return the scenarios, a row each: their titles, or in full their questions."""
    told = "question" if in_full else "title"
    table = _table("Scenario", told.capitalize())
    for row in rows:
        table.add_row(row["name"], row[told])
    return table


def print_week(steps: Sequence[WeekStep], console: Console) -> None:
    """Print the steps of a week of the market, in their order."""
    table = _table("", "Step", "What happens")
    for number, step in enumerate(steps, 1):
        table.add_row(str(number), step.name, step.what)
    console.print(Text("A week of the market", style="bold"), table)


def classifier_table(rows: Sequence[ClassifierRow]) -> Group:
    """Return what each classifier decides, and its figures."""
    tasks = Table.grid(padding=(0, 2, 0, 0))
    table = _table("Classifier", "Network", "AUROC", "Sensitivity", "Specificity")
    for row in rows:
        tasks.add_row(Text(row.card.name, style="bold"), row.card.task)
        for role, measured in (("victim", row.figures.victim), ("surrogate", row.figures.surrogate)):
            table.add_row(
                row.card.name if role == "victim" else "",
                role,
                _stacked(measured.auroc, as_share=False),
                _stacked(measured.sensitivity),
                _stacked(measured.specificity),
            )
    audits = Text("\n").join(Text(f"{row.card.name}: attack figures {row.audit}") for row in rows)
    note = Text("Under each figure its 95% interval, on unseen test cases.", style="dim")
    return Group(tasks, Text(), table, note, Text(), audits)


def surrogate_table(rows: Sequence[SurrogateRow]) -> Table:
    """Return what each surrogate shares with the victim, and its own figures."""
    table = _table("Architecture", "Cases", "Start", "AUROC", "Weights")
    for row in rows:
        cases = f"{row.data}, {row.train:,}"
        table.add_row(row.architecture, cases, row.start, _stacked(row.auroc, as_share=False), row.weights)
    return table


def evaluation_table(measured: MeasuredAgain) -> Table:
    """Return figures measured now, beside those recorded at training."""
    table = _table("Network", "Figure", "Measured now", "Recorded at training", title=f"On {measured.cases}")
    for row in measured.networks:
        for number, figure in enumerate(_FIGURES):
            recorded = cell(getattr(row.recorded, figure), as_share=figure != "auroc") if row.recorded else "-"
            name = f"{row.role}, n = {row.measured.n}" if number == 0 else ""
            now = cell(getattr(row.measured, figure), as_share=figure != "auroc")
            table.add_row(name, _label(figure), now, recorded, end_section=figure == _FIGURES[-1])
    return table


def print_classifier(row: ClassifierRow, console: Console) -> None:
    """Print a classifier's card and figures."""
    console.print(Group(_card(row), _training(row)))
    console.print(_figures_table(row))
    console.print(f"Attack figures: {row.audit}.")
    console.print(Text(f"In {row.path}", style="dim", overflow="fold"))


def print_training(made: ClassifierRow, before: Iterable[Retrained], console: Console) -> None:
    """Print what training gave, and whether it agrees with the figures recorded before on the same images."""
    console.print(_figures_table(made))
    for network in before:
        console.print(
            f"{network.role}: AUROC {network.auroc.value:.3f} lies {'within' if network.within else 'OUTSIDE'} the "
            f"recorded interval {cell(network.recorded, as_share=False)}."
        )
    console.print(Text(f"Written to {made.path}", overflow="fold"))


def cell(figure: Estimate, *, as_share: bool = True) -> str:
    """Return a figure with its 95 % interval, on one line."""
    return "{} ({} to {})".format(*_parts(figure, as_share))


def _stacked(figure: Estimate, *, as_share: bool = True) -> Text:
    middle, low, high = _parts(figure, as_share)
    return Text.assemble(f"{middle}\n", (f"{low} to {high}", "dim"))


def _parts(figure: Estimate, as_share: bool) -> list[str]:
    parts = [figure.value, figure.low, figure.high]
    return ["-" if part is None else value(part, "share") if as_share else f"{part:.3f}" for part in parts]


def _figures_table(row: ClassifierRow) -> Table:
    networks = {"victim": row.figures.victim, "surrogate": row.figures.surrogate}
    table = _table("Figure", *(f"{role}, n = {measured.n}" for role, measured in networks.items()))
    for figure in _FIGURES:
        cells = [cell(getattr(measured, figure), as_share=figure != "auroc") for measured in networks.values()]
        table.add_row(_label(figure), *cells)
    table.add_row("threshold on p(finding)", *(f"{measured.threshold:.3g}" for measured in networks.values()))
    table.add_row("weights", *(measured.weights for measured in networks.values()))
    return table


def _card(row: ClassifierRow) -> Group:
    card = row.card
    return Group(
        Text(card.name, style="bold"),
        Text(card.task),
        Text(card.source.strip()),
        Text(card.limits.strip()),
        Text(f"Network: {row.network}."),
    )


def _training(row: ClassifierRow) -> Text:
    figures = row.figures
    versions = ", ".join(f"{name} {version}" for name, version in figures.versions.items())
    return Text(
        f"Trained by `{figures.command}` on {figures.train} {row.cases} from {figures.initial} weights "
        f"({figures.parameters:,} parameters a network; {versions}; {figures.device}). "
        f"Victim and surrogate decide alike on {value(figures.agreement, 'share')} of the test cases."
    )


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(
        title=title, title_justify="left", header_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False
    )
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _label(figure: str) -> str:
    return "AUROC" if figure == "auroc" else figure
