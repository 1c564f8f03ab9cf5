"""The ladder of surrogates in the terminal: a row a surrogate."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.lab.ladder import Ladder
from threatsim.outcomes.published.bortsova import SOURCE
from threatsim.report.terminal.showing import NARROWEST, bullets, heading, show
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate


def print_ladder(made: Ladder, console: Console) -> None:
    """Print what black-box PGD leaves and turns, from each surrogate."""
    width = min(120, max(NARROWEST, console.width))
    title = f"Black-box PGD on {made.classifier}: what the surrogate shares with the victim"
    show(console, Text(title, style="bold"), width)
    clean = numbers.in_words(made.clean_accuracy, "share")
    under = f"{numbers.count(made.n)} test photographs, clean accuracy at 0.5 {clean}. After {SOURCE}."
    show(console, Text(under, style="dim"), width)
    show(console, heading("Accuracy under the attack, and decisions turned at the operating point, %"), width)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    for _ in range(5):
        table.add_column(no_wrap=True, justify="right")
    table.add_row(
        *(
            Text(head, style="dim")
            for head in ("", "own AUROC", "margins", "accuracy", "negative to\npositive", "positive to\nnegative")
        )
    )
    for rung in made.rungs:
        shares = (_cell(share) for share in (rung.accuracy, rung.negative_to_positive, rung.positive_to_negative))
        own = f"{rung.own_auroc.value:.3f}" if rung.own_auroc.value is not None else numbers.UNDEFINED
        table.add_row(
            rung.label, own, numbers.UNDEFINED if rung.correlation is None else f"{rung.correlation:.2f}", *shares
        )
    show(console, table, width)
    notes = [
        "Margins: correlation of the two networks' logit margins on clean images.",
        "Negative to positive: of images without the finding below the operating point; the other of those with it.",
    ]
    show(console, bullets(notes), width)


def _cell(share: Estimate) -> Text:
    if share.value is None or share.low is None or share.high is None:
        return Text(numbers.UNDEFINED)
    text = Text(f"{100 * share.value:.1f}", style="bold")
    return text.append(f"\n{100 * share.low:.1f}–{100 * share.high:.1f}", style="not bold dim")
