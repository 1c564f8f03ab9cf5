"""The tables behind a run's answer, in the terminal: 80 columns without a cut number, more where there is room.

The sections are in `tables.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from threatsim.experiment.record.record import RunRecord
from threatsim.report.terminal import tables
from threatsim.report.terminal.balance_table import balance_table
from threatsim.report.terminal.showing import bullets, heading
from threatsim.report.words import arm_words, balance, expectation_words, pattern_words
from threatsim.report.words.answer import answer
from threatsim.report.words.answer_parts.suppression import bills_falsely
from threatsim.report.words.doubt.section import doubt_section
from threatsim.report.words.kept_words import attacked_in_run, kept_outcomes
from threatsim.report.words.parameter_rows import kind_counts


def details(record: RunRecord, width: int) -> Iterator[RenderableType]:
    """Yield every table: the whole answer, classifiers, arms, payers, tactics, patterns, doubt, expectations."""
    yield Text()
    yield heading("The answer in full")
    for sentence in answer(record):
        yield Text(sentence)

    yield Text()
    yield heading("Classifiers, clean and attacked")
    yield from tables.classifiers(record, width)

    yield Text()
    yield heading("Arms: what each policy changes")
    yield Text(arm_words.marks(record), style="dim")
    yield from tables.arms(record, width)

    if balance.heads(record):
        yield Text()
        yield heading("Who bears what")
        yield from balance_table(record, width)

    yield Text()
    yield heading("Tactics in each arm")
    yield Text(
        "Of those who chose them, which is not what they would bring others. Below each figure its 95% interval. "
        "Δ: paired difference to the baseline.",
        style="dim",
    )
    yield Text(arm_words.marks(record, of_tactics=True), style="dim")
    yield from tables.tactics(record, width)

    if record.patterns and bills_falsely(record):  # they are patterns of false billing
        yield Text()
        yield heading("Does this market behave as markets do?")
        yield Text(pattern_words.summary(record.patterns))
        yield from pattern_words.table(record.patterns, width)

    if doubt := doubt_section(record):
        yield Text()
        yield heading(doubt.title)
        yield Text(doubt.summary)
        yield bullets(doubt.lines)

    if record.expectations:
        yield Text()
        yield heading("What the scenario expects")
        yield Text(f"{expectation_words.summary(record.expectations)}.")
        yield from map(expectation_words.line, record.expectations)

    yield Text()
    yield heading("What the figures rest on")
    kinds = ", ".join(f"{n} {kind}" for kind, n in kind_counts(record).items())
    kept = [f"{sentence}." for sentence in (kept_outcomes(record), attacked_in_run(record)) if sentence]
    yield bullets([f"Numbers of the scenario: {kinds}; their sources are in the report.", *kept])
    yield Text()
