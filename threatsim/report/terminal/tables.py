"""The tables of the terminal summary. Cells with numbers never wrap; names do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.catalogue.metrics import ARM_METRICS, TACTIC_METRICS, shown_in
from threatsim.experiment.record.record import ArmOutcome, ClassifierFigures, RunRecord, TacticOutcome
from threatsim.report.terminal.interval_line import interval_line
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.suppression import bills_falsely, suppresses, suppression_tactics
from threatsim.report.words.arm_words import beneath, having
from threatsim.statistics.estimate import Estimate

MANY: Final = 4
"""So many tactics that an arm does not use stand together in a line."""
_LEAST_LABEL: Final = 12
WIDE: Final = 110
"""From this width on there is room for one-line cells and for drawn intervals."""


def classifiers(record: RunRecord, width: int) -> Iterator[RenderableType]:
    """Yield modalities as columns; clean figures, then the success of each attack."""
    wide = width >= WIDE
    figures = record.classifiers
    heads = []
    for c in figures:
        head = Text(numbers.title(c.modality), style="bold")
        head.append(f"\n{numbers.printable(c.finding)}", style="not bold dim")
        heads.append(head)
    clean = [
        ("Images" if any(c.pixels for c in figures) else "Cases", [_images(c) for c in figures]),
        ("With the finding", [Text(numbers.count(c.positives)) for c in figures]),
        ("AUROC, clean", [_stacked(c.auroc, "", wide) for c in figures]),
        ("Sensitivity", [_stacked(c.sensitivity, "share", wide) for c in figures]),
        ("Specificity", [_stacked(c.specificity, "share", wide) for c in figures]),
        ("Threshold", [Text(numbers.number(c.threshold)) for c in figures]),
    ]
    attacked = [(numbers.title(t), [_success(c, t, wide) for c in figures]) for t in attacked_by(figures)]
    column = max([_width(cell) for _, cells in clean + attacked for cell in cells] + [17])
    label = max(12, min(20, width - len(figures) * (column + 2)))

    def grid(rows: list[tuple[str, list[Text]]]) -> Table:
        table = _grid(label, [column] * len(figures), gap=2)
        for name, cells in rows:
            _add(table, Text(name), cells)
        return table

    top = _grid(label, [column] * len(figures), gap=2, wrap=True)
    _add(top, "", heads)
    yield top
    yield grid(clean)
    yield Text("Attack success: cases rightly below the threshold that are lifted over it", style="bold cyan")
    yield grid(attacked)
    if suppresses(record):
        below = [(numbers.title(t), [_pushed_below(c, t, wide) for c in figures]) for t in suppression_tactics(record)]
        yield Text("Attack success of payers: true findings seen that are pushed below it", style="bold cyan")
        yield grid(below)
    for control in controls(figures):
        alarms = [("clean images", [_flagged(c, None, control, wide) for c in figures])]
        alarms += [(numbers.title(t), [_flagged(c, t, control, wide) for c in figures]) for t in attacked_by(figures)]
        yield Text(f"Flagged: {control}", style="bold cyan")
        yield grid(alarms)
    yield Text(audits(figures), style="dim")


def audits(figures: Sequence[ClassifierFigures]) -> str:
    """Return what audits say of the attacked figures, in a sentence; once where all say the same."""
    audits = {numbers.title(c.modality): numbers.printable(c.audit) for c in figures}
    if len(set(audits.values())) == 1:
        return f"Attack figures: {next(iter(audits.values()))}."
    return f"Attack figures: {'; '.join(f'{modality} {audit}' for modality, audit in audits.items())}."


def attacked_by(figures: tuple[ClassifierFigures, ...]) -> list[str]:
    """Return the tactics that any of the classifiers was attacked by, in their first order."""
    return list(dict.fromkeys(attack.tactic for c in figures for attack in c.attacks))


def controls(figures: Sequence[ClassifierFigures]) -> list[str]:
    """Return the controls on the picture that some payer may use, with their budgets."""
    return list(dict.fromkeys(numbers.printable(control) for c in figures for control in c.false_alarms))


def shown(record: RunRecord) -> tuple[str, ...]:
    """Return the figures of an arm that the summary shows: of payers that alter images, and of false billing."""
    of_billing = shown_in("summary", record.arms[0].outcomes)
    if not suppresses(record):
        return of_billing
    return (*shown_in("suppression"), *(of_billing if bills_falsely(record) else ()))


def arms(record: RunRecord, width: int) -> Iterator[RenderableType]:
    """Yield a block a figure: the arms below one another, each with its paired difference to the baseline."""
    there = shown(record)
    rows = {name: {arm.name: _arm_row(arm, name) for arm in having(record, name)} for name in there}
    columns = [max(len(row[i]) for block in rows.values() for row in block.values()) for i in (0, 1)]
    columns = [max(columns[0], 22), max(columns[1], 21)]
    longest = 1 + max(len(numbers.printable(arm.title)) for arm in record.arms)
    gap = 2 if longest + sum(columns) + 4 <= width else 1
    room = width - sum(columns) - 2 * gap
    label = max(12, min(room, longest))
    plot = min(44, room - label - gap) if width >= WIDE else 0
    if plot > 10:
        columns.append(plot)
    head = _grid(label, columns, gap=gap)
    titles = ["figure (95% interval)", "difference (95% int.)", "│ no difference"]
    _add(head, "", titles[: len(columns)], style="dim")
    yield head
    for name in there:
        yield Text(f"{ARM_METRICS[name].title}: {ARM_METRICS[name].heading}{_beside(record, name)}", style="bold cyan")
        reach = _reach(record, name)
        block = _grid(label, columns, gap=gap)
        for arm in having(record, name):
            figure, difference = rows[name][arm.name]
            cells: list[RenderableType] = [Text(figure), Text(difference)]
            if plot > 10:
                cells.append(Text(interval_line(arm.differences.get(name), reach, plot), style="cyan"))
            _add(block, Padding(Text(numbers.printable(arm.title)), (0, 0, 0, 1)), cells)
        yield block
        for line in beneath(record, name):
            yield Padding(Text(line, style="dim"), (0, 0, 0, 1))


def tactics(record: RunRecord, width: int) -> Iterator[RenderableType]:
    """Yield a block an arm, a row a tactic that is used.

    Where room is short, claims stand under the name, and figures that would not be whole are left to the page.
    """
    if not bills_falsely(record):
        yield Text("No provider bills falsely in any arm.")
        return
    wide = width >= WIDE
    there = next(outcome.outcomes for arm in record.arms for outcome in arm.tactics)
    names = [name for name in shown_in("tactics", there) if wide or name != "claims"]
    heads = [Text(TACTIC_METRICS[name].head, style="dim", justify="right") for name in names]
    blocks = [[_tactic_row(outcome, names, wide) for outcome in arm.tactics] for arm in record.arms]
    columns = [
        max([_width(heads[i])] + [_width(cells[i]) for rows in blocks for _, cells in rows if cells])
        for i in range(len(names))
    ]
    while _LEAST_LABEL + sum(columns) + len(columns) > width:
        columns.pop()
        heads.pop()
    gap = 1 if width - sum(columns) - 2 * len(columns) < 16 else 2
    label = max(_LEAST_LABEL, width - sum(columns) - gap * len(columns))
    label = min(label, max(_width(name) for rows in blocks for name, _ in rows) + 1)
    head = _grid(label, columns, gap=gap, right=True)
    _add(head, "", heads)
    yield head
    for arm, rows in zip(record.arms, blocks, strict=True):
        yield Text(numbers.printable(arm.title), style="bold cyan")
        block = _grid(label, columns, gap=gap, right=True)
        unused = [name.plain for name, cells in rows if not cells]
        for name, cells in rows:
            if cells or len(unused) < MANY:
                shown_cells = cells[: len(columns)] or [Text("not used", style="dim")]
                _add(block, Padding(name, (0, 0, 0, 1)), shown_cells)
        yield block
        if len(unused) >= MANY:
            yield Padding(Text(f"not used: {'; '.join(unused)}", style="dim"), (0, 0, 0, 1))


def _arm_row(arm: ArmOutcome, name: str) -> tuple[str, str]:
    unit, estimate = ARM_METRICS[name].unit, arm.outcomes[name]
    figure = f"{numbers.point(estimate, unit):>6}{_span(numbers.interval(estimate, unit))}"
    difference = arm.differences.get(name)
    if difference is None:
        return figure, ""
    span = _span(numbers.change_interval(difference, unit))
    return (
        figure,
        f"{numbers.change(difference.value, unit):>8} {numbers.arrow(difference) or ' '}{span}".rstrip(),
    )


def _beside(record: RunRecord, name: str) -> str:
    """Return what a figure is to be held against: of the accepted cases those that truly have the finding."""
    true = record.arms[0].outcomes.get("true_rate")
    return f"; truly {numbers.point(true, 'share')} in the baseline" if name == "accepted_rate" and true else ""


def _reach(record: RunRecord, name: str) -> float:
    """Return the greatest distance of an interval's end from zero, over the arms."""
    differences = [arm.differences[name] for arm in record.arms if name in arm.differences]
    return max((abs(end) for d in differences for end in (d.low, d.high) if end is not None), default=0.0)


def _tactic_row(outcome: TacticOutcome, names: list[str], wide: bool) -> tuple[Text, list[Text]]:
    claims = outcome.outcomes["claims"]
    label = Text(numbers.title(outcome.tactic))
    if claims.value == 0:
        return label, []
    if not wide:
        label.append(f"\n{numbers.value(claims.value, 'claims')} claims/yr", style="dim")
    return label, [_tactic_cell(outcome, name, wide) for name in names]


def _tactic_cell(outcome: TacticOutcome, name: str, wide: bool) -> Text:
    unit, estimate = TACTIC_METRICS[name].unit, outcome.outcomes[name]
    text = Text(numbers.point(estimate, unit))
    difference = outcome.differences.get(name)
    shown = ""
    if difference is not None and difference.value is not None:
        shown = f"Δ {numbers.change(difference.value, unit)} {numbers.arrow(difference) or ' '}"
    if shown and wide:
        text = Text(f"{shown}  {text.plain}")
    text.append(f"\n{numbers.interval(estimate, unit)}", style="dim")
    if shown and not wide:
        text.append(f"\n{shown}")
    return text


def _grid(label: int, columns: list[int], *, gap: int, right: bool = False, wrap: bool = False) -> Table:
    """Return a table without lines, its gaps columns of their own: rich takes a padding out of a fixed width."""
    table = Table.grid(padding=0)
    table.add_column(width=label, overflow="fold")
    for column in columns:
        table.add_column(width=gap)
        table.add_column(width=column, no_wrap=not wrap, justify="right" if right else "left")
    return table


def _add(table: Table, label: RenderableType, cells: Sequence[RenderableType], style: str = "") -> None:
    table.add_row(label, *(part for cell in cells for part in ("", cell)), style=style)


def _width(text: Text) -> int:
    return max(len(line) for line in text.plain.split("\n"))


def _images(figures: ClassifierFigures) -> Text:
    if not figures.pixels:
        return Text(f"{numbers.count(figures.cases)} {numbers.printable(figures.images)}")
    kind = "real" if figures.real else "synthetic"
    text = Text(f"{numbers.count(figures.cases)} {kind}")
    text.append(f"\n{figures.pixels} x {figures.pixels} pixels", style="dim")
    return text


def _stacked(estimate: Estimate, unit: str, wide: bool) -> Text:
    text = Text(numbers.point(estimate, unit))
    span = numbers.interval(estimate, unit)
    if span:
        text.append(f" ({span})" if wide else f"\n{span}", style="dim")
    return text


def _success(figures: ClassifierFigures, tactic: str, wide: bool) -> Text:
    for attack in figures.attacks:
        if attack.tactic == tactic:
            return _stacked(attack.success, "share", wide)
    return Text("not tried", style="dim")


def _flagged(figures: ClassifierFigures, tactic: str | None, control: str, wide: bool) -> Text:
    """Return the share that a control flags, of clean images or of those of a tactic."""
    shares = [figures.false_alarms] if tactic is None else [a.flagged for a in figures.attacks if a.tactic == tactic]
    found = next((share[control] for share in shares if control in share), None)
    return Text("not tried", style="dim") if found is None else _stacked(found, "share", wide)


def _pushed_below(figures: ClassifierFigures, tactic: str, wide: bool) -> Text:
    found = next((attack.suppression for attack in figures.attacks if attack.tactic == tactic), None)
    return Text("not tried", style="dim") if found is None else _stacked(found, "share", wide)


def _span(text: str) -> str:
    return f" ({text})" if text else ""
