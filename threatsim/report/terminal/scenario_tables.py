"""What the commands on scenarios print: a place described, numbers with their sources, differences, expectations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.common.errors import InputError
from threatsim.experiment.figures.input_differences import scenario_differences
from threatsim.report.terminal.brief.scenario_differences import folded
from threatsim.report.terminal.showing import NARROWEST, heading, show
from threatsim.report.words import expectation_words
from threatsim.report.words.numbers import count, printable
from threatsim.scenario.authoring.describe import Described, InLibrary
from threatsim.scenario.authoring.search import Hit
from threatsim.scenario.evidence import tally, weighed_numbers
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.origins import origins
from threatsim.scenario.reading.shared_parameters import SharedParameter
from threatsim.scenario.sections.quantity import KINDS, Quantity

if TYPE_CHECKING:  # it runs scenarios, and brings the market
    from threatsim.experiment.expectation_tests import Tested

_COUNTED: Final = {
    "all": ("numbers in all", ""),
    "distinct_in_use": ("distinct ones in use", "; what says that something is absent is left out"),
}


def print_described(found: Described, scenario: str, numbers: Sequence[InLibrary], console: Console) -> None:
    """Print what a place is, and what a scenario says there.

    Args:
        found: what the schema says of the place.
        scenario: name of the scenario that the numbers are of.
        numbers: what it has there.
        console: to print on.
    """
    grid = _facts(
        {
            "What": found.what,
            "Write": found.kind,
            "Unit": found.unit,
            "Allowed": found.allowed,
            "Default": found.default,
            "Inside": ", ".join(found.keys),
        }
    )
    _print([Text(found.path, style="bold"), grid], console)
    if numbers:
        listed = [_number_lines(one.path, one.number) for one in numbers]
        _print([Text(f"\nIn {scenario}", style="bold"), *listed], console)


def print_hits(hits: Sequence[Hit], console: Console) -> None:
    """Print what a search has found: kind and name, and beneath it what it is."""
    parts: list[RenderableType] = []
    for hit in hits:
        parts.append(Text(printable(hit.name), style="bold").append(f"  {hit.kind}", style="not bold dim"))
        parts.append(Padding(Text(printable(hit.what)), (0, 0, 0, 2)))
    _print(parts, console)


def print_parameter(name: str, parameter: SharedParameter, where: str, console: Console) -> None:
    """Print a shared parameter with its values.

    Args:
        name: of the parameter.
        parameter: its description, unit and values.
        where: file and line.
        console: to print on.
    """
    _print(
        [
            Text(name, style="bold"),
            _facts({"What": parameter.description, "Unit": parameter.unit, "Written": where}),
            *(_number_lines(f"from {dated.year}", dated.number, unit=parameter.unit) for dated in parameter.values),
        ],
        console,
    )


def evidence_of(loaded: LoadedScenario, kind: str | None, arm: str | None = None) -> dict[str, Any]:
    """Return the numbers of a scenario, or of a kind, each with its source and how it counts, and all of them counted.

    Args:
        loaded: the scenario.
        kind: a kind of evidence; None for all.
        arm: the arm whose numbers are meant; None for the scenario's own.

    Raises:
        InputError: there is no such kind or arm.
    """
    if kind is not None and kind not in KINDS:
        raise InputError(f"the kind is '{kind}'; allowed: {', '.join(KINDS)}", given=kind, allowed=tuple(KINDS))
    where = origins(loaded, arm)
    weighed = weighed_numbers(resolve_arm(loaded, arm) if arm else loaded.scenario)
    rows = [
        {
            "path": path,
            "value": number.value,
            "unit": number.unit,
            "kind": number.kind,
            "source": number.source,
            "note": number.note,
            "distribution": number.distribution.describe() if number.distribution else "",
            "parameter": f"{number.parameter} ({number.year})" if number.parameter else "",
            "where": where[path].label,
            "in_use": in_use,
            "same_as": same_as,
        }
        for path, (_, number), in_use, same_as in weighed
        if kind in (None, number.kind)
    ]
    counts = {name: tally(weighed, distinct=distinct) for name, distinct in (("all", False), ("distinct_in_use", True))}
    return {
        "scenario": loaded.scenario.name,
        "numbers": sorted(rows, key=lambda row: list(KINDS).index(row["kind"])),
        "counts": {
            name: {
                "numbers": counted.numbers,
                **counted.kinds,
                "assumed_share": counted.assumed_share,
                "assumed_without_range": counted.without_range,
            }
            for name, counted in counts.items()
        },
    }


def print_evidence(title: str, evidence: Mapping[str, Any], console: Console) -> None:
    """Print the numbers by kind, where what has one source is told once, and how many there are of each."""
    rows = evidence["numbers"]
    _print([Text(title, style="bold")], console)
    for kind, what in KINDS.items():
        of_kind = [row for row in rows if row["kind"] == kind]
        if not of_kind:
            continue
        _print([Text(), heading(f"{kind.capitalize()}: {what} ({len(of_kind)})")], console)
        for note, group in _grouped(of_kind).items():
            _print([_hanging(_evidence_line(row)) for row in group], console)
            if note:
                _print([Padding(Text(note, style="italic"), (0, 0, 0, 4))], console)
    _print([Text(), heading("Counted")], console)
    _print([_hanging(_counted_line(*_COUNTED[name], counts)) for name, counts in evidence["counts"].items()], console)


def _counted_line(many: str, what: str, counts: Mapping[str, Any]) -> Text:
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])
    text = Text(f"{counts['numbers']} {many}  ").append(f"{kinds} ({counts['assumed_share']:.0%})", style="bold")
    ranges = f"{counts['assumed_without_range']} of the assumed ones without a range"
    return text.append(f"  {ranges}{what}", style="dim")


def _evidence_line(row: Mapping[str, Any]) -> Text:
    text = Text(f"{row['path']}  ").append(_amount(row), style="bold")
    return text.append(f"  {row['where']}", style="dim")


def print_differences(left: LoadedScenario, right: LoadedScenario, console: Console, *, in_full: bool = False) -> None:
    """Print what two scenarios say differently.

    Args:
        left, right: the scenarios.
        console: to print on.
        in_full: whether every difference is printed whole, left above right, or a line each and the first ones.
    """
    one, other = (loaded.scenario.model_dump(mode="json") for loaded in (left, right))
    rows = scenario_differences(one, other)
    _print([Text(f"- {left.path}", style="red"), Text(f"+ {right.path}", style="green"), Text()], console)
    if not rows:
        _print([Text("They say the same.")], console)
        return
    if not in_full:
        _print(folded(rows, one, other, max(NARROWEST, console.width)), console)
        _print([Text(f"{count(len(rows))} differences; --details has each of them whole.", style="dim")], console)
        return
    for row in rows:
        shown: list[RenderableType] = [Text(row.path, style="bold")]
        for sign, value, style in (("-", row.left, "red"), ("+", row.right, "green")):
            if value is not None:
                line = Table.grid(padding=(0, 0, 0, 1))
                line.add_column(width=2)
                line.add_column(overflow="fold")
                line.add_row(Text(f" {sign}", style=style), Text(_plain(value), style=style))
                shown.append(line)
        _print(shown, console)
    _print([Text(f"\n{count(len(rows))} differences.", style="dim")], console)


def print_tested(tested: Tested, console: Console, *, brief: bool = False) -> None:
    """Print how a scenario did against its expectations; if `brief`, only what failed."""
    if tested.error is not None:
        _print([Text(f"{tested.scenario}: cannot be run", style="bold red"), Text(tested.error)], console)
    elif not tested.checks:
        if not brief:
            _print([Text(f"{tested.name}: expects nothing", style="dim")], console)
    else:
        style = "bold green" if all(check.ok for check in tested.checks) else "bold red"
        head = Text(f"{tested.name}: {expectation_words.summary(tested.checks)}", style=style)
        shown = [check for check in tested.checks if not (brief and check.ok)]
        _print(
            [
                head.append(f" ({tested.replicates} replicates)", style="not bold dim"),
                *map(expectation_words.line, shown),
            ],
            console,
        )


def _grouped(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return rows in turn that say the same of where the number comes from."""
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        note = ". ".join(part for part in (row["source"], row["note"].strip()) if part)
        grouped.setdefault(note, []).append(row)
    return grouped


def _amount(row: Mapping[str, Any]) -> str:
    amount = f"{row['value']:g} {row['unit']}"
    drawn = f", {row['distribution']}" if row["distribution"] else ""
    shared = f", {row['parameter']}" if row["parameter"] else ""
    return f"{amount}{drawn}{shared}"


def _number_lines(head: str, number: Quantity, *, unit: str = "") -> RenderableType:
    row = {
        "value": number.value,
        "unit": unit or number.unit,
        "distribution": number.distribution.describe() if number.distribution else "",
        "parameter": f"{number.parameter} ({number.year})" if number.parameter else "",
    }
    text = Text(f"{head}  ").append(_amount(row), style="bold").append(f"  {number.kind}", style="dim")
    note = ". ".join(part for part in (number.source, number.note.strip()) if part)
    grid = Table.grid(padding=(0, 0, 0, 1))
    grid.add_column(overflow="fold")
    grid.add_row(text)
    if note:
        grid.add_row(Padding(Text(note, style="italic"), (0, 0, 0, 3)))
    return grid


def _facts(facts: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, fact in facts.items():
        if fact:
            grid.add_row(f" {name}", Text(fact))
    return grid


def _hanging(text: Text) -> RenderableType:
    """Return a line whose further lines stand further in."""
    grid = Table.grid()
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    grid.add_row("", text)
    return grid


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_plain(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return printable(str(value))


def _print(parts: Iterable[RenderableType], console: Console) -> None:
    for part in parts:
        show(console, part, max(NARROWEST, console.width))
