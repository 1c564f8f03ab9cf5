"""What a comparison says in words, one way for the terminal, the page and the file."""

from __future__ import annotations

from typing import Final

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.comparison import Against, Comparison, ComparisonRow
from threatsim.experiment.figures.input_differences import InputDifference
from threatsim.experiment.record.record import Override
from threatsim.report.words import numbers
from threatsim.statistics.mean_error import LEAST_PAIRS

NO_INPUTS: Final = "Nothing: the inputs are the same."
_RUN: Final = ("seed", "replicates", "device")
_LAST: Final = ("arms", "expect", "atlas")
_FEW: Final = 2
_LONGEST: Final = 120  # of a value; longer ones are cut in the terminal and folded on the page


def summary(comparison: Comparison) -> list[str]:
    """Return a sentence or two on each run that is held against the reference, and one on the doubt about numbers."""
    return [*(text for other in comparison.others for text in _verdict(comparison, other)), *_doubt(comparison)]


def folded_summary(comparison: Comparison, most: int) -> tuple[list[str], list[str]]:
    """Return the sentences of `summary` that stand open, and the rest: of more than so many, the first on each run."""
    sentences = summary(comparison)
    if len(sentences) <= most:
        return sentences, []
    first = [*(_verdict(comparison, other)[0] for other in comparison.others), *_doubt(comparison)]
    return first, [one for one in sentences if one not in first]


def pairing(other: Against) -> str:
    """Return how the replicates are compared, as a sentence."""
    reason = numbers.printable(other.pairing.reason)
    few = other.pairing.replicates < 2 * LEAST_PAIRS
    told = f", too few for intervals, which need {2 * LEAST_PAIRS}" if few else ""
    return f"{reason[:1].upper()}{reason[1:]}. {numbers.count(other.pairing.replicates)} replicates{told}."


def asked(overridden: tuple[Override, ...]) -> str:
    """Return what a run was asked for in place of its scenario's own, as a phrase; empty if nothing was."""
    return numbers.printable(f"with {', '.join(one.text for one in overridden)}") if overridden else ""


def legend(comparison: Comparison) -> list[str]:
    """Return what the marks say."""
    size = "as large as the one seen"
    if comparison.detect is not None:
        size = f"of {numbers.value(comparison.detect, 'share')} of A's figure"
    return [
        f"Difference: the other less {comparison.key}. ↓ ↑: it counts after Holm's adjustment for all "
        f"{numbers.count(comparison.tests)} here, by families: net benefit, the summary's table, who bears what, the "
        "rest (5% each). Its 95% interval is not adjusted.",
        f"Needed: about how many replicates would show a difference {size} in 4 of 5 runs; “cases”: no number would, "
        f"the test set is too small for it{'; “enough”: those here would' if comparison.detect is not None else ''}.",
    ]


def mark(row: ComparisonRow) -> str:
    """Return ↓ or ↑ where the difference is told from zero after Holm's adjustment."""
    return numbers.arrow(row.difference)


def need(row: ComparisonRow, replicates: int) -> str:
    """Return what a difference that is not detected would need; empty where it is, or where that cannot be told."""
    if row.needs == "cases":
        return "cases"
    if row.replicates_needed is None:
        return ""
    return "enough" if row.replicates_needed <= replicates else _about(row.replicates_needed)


def arms(row: ComparisonRow) -> str:
    """Return the arm as the reports call it, or both where they differ."""
    left, right = row.title_reference or numbers.title(row.arm_reference), row.title or numbers.title(row.arm)
    return numbers.printable(right if left == right else f"{left} → {right}")


def alone(comparison: Comparison, other: Against) -> list[str]:
    """Return which arms nothing was held against, a sentence for each side that has such."""
    return [
        f"Only in {key}: {numbers.listed([numbers.printable(title) for title in titles])}."
        for key, titles in ((comparison.key, other.alone_reference), (other.key, other.alone))
        if titles
    ]


def grouped(inputs: tuple[InputDifference, ...]) -> dict[str, list[tuple[str, InputDifference]]]:
    """Return section of the scenario -> what differs in it, by the rest of its path.

    The run and its versions come late, and last what other arms and expectations the scenarios have.
    """
    groups: dict[str, list[tuple[str, InputDifference]]] = {}
    for item in inputs:
        head, _, rest = item.path.partition(".")
        if item.path in _RUN:
            head, rest = "run", item.path
        elif not rest:
            head, rest = "scenario", item.path
        elif head.startswith("arm: "):
            head, rest = "what the arms set", item.path.removeprefix("arm: ")
        groups.setdefault(head, []).append((numbers.printable(rest), item))
    return dict(sorted(groups.items(), key=lambda group: group[0] in _LAST))


def is_policy(section: str) -> bool:
    """Return whether a section of `grouped` may change what comes out: not the versions, nor what a run was held to."""
    return section not in (*_LAST, "versions", "classifiers")


def identical_arms(other: Against) -> list[str]:
    """Return the arms, in a few words, whose every figure is the same."""
    pairs: dict[tuple[str, str], list[ComparisonRow]] = {}
    for row in other.rows:
        pairs.setdefault((row.arm_reference, row.arm), []).append(row)
    return [arms(rows[0]) for rows in pairs.values() if all(row.same for row in rows)]


def given(value: object) -> str:
    """Return an input as the scenario has it."""
    if value is None:
        return "absent"
    if isinstance(value, float):
        return numbers.number(value)
    return numbers.printable(value) if isinstance(value, str) else numbers.setting(value)


def cut(text: str, longest: int = _LONGEST) -> str:
    """Return a long text, cut."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _verdict(comparison: Comparison, other: Against) -> list[str]:
    """Return how many figures differ detectably, and what payer loss does."""
    seen = sum(row.detected for row in other.rows)
    if other.identical:
        same = "" if other.inputs else " The inputs are the same as well."
        return [f"{other.key}: identical to {comparison.key}, in all {len(other.rows)} figures.{same}"]
    if seen:
        told = [f"{other.key}: {seen} of {len(other.rows)} figures differ detectably, after Holm's adjustment."]
    else:
        told = [f"{other.key}: no detectable difference at {other.pairing.replicates} replicates."]
    losses = [row for row in other.rows if row.metric == "payer_loss"]
    plain = [row for row in losses if not row.detected and not _needed(row, comparison, other)]
    if len(plain) > _FEW:
        told.append(f"{other.key}, in {len(plain)} of {len(losses)} arms: payer loss shows no detectable difference.")
        losses = [row for row in losses if row not in plain]
    return told + [_on(row, comparison, other) for row in losses]


def _doubt(comparison: Comparison) -> list[str]:
    """Return what no interval of the comparison holds, of the runs that drew their uncertain numbers."""
    spans = [
        f"{one.key} lose USD {numbers.interval(one.loss, 'USD')} a year ({numbers.count(one.draws)} draws)"
        for one in comparison.doubts
        if one.loss.low is not None
    ]
    if not spans:
        return []
    return [
        f"No interval here holds the doubt about numbers. With it, payers of the baseline of {'; of '.join(spans)}."
    ]


def _on(row: ComparisonRow, comparison: Comparison, other: Against) -> str:
    metric = ARM_METRICS[row.metric]
    subject = f"{other.key}, {arms(row)}: {metric.title.lower()}"
    if row.detected:
        return f"{subject} changes by {numbers.change_in_words(row.difference, metric.unit)} {metric.unit}."
    at = f"at {other.pairing.replicates} replicates"
    return f"{subject} shows no detectable difference {at}{_needed(row, comparison, other)}."


def _needed(row: ComparisonRow, comparison: Comparison, other: Against) -> str:
    size = (
        "one as large as the one seen"
        if comparison.detect is None
        else f"one of {numbers.value(comparison.detect, 'share')}"
    )
    if row.needs == "cases":
        return f"; no number of them would show {size}, which takes more test cases"
    if row.replicates_needed is None:
        return ""
    if row.replicates_needed <= other.pairing.replicates:
        return f", which were enough to show {size}"
    return f"; about {_about(row.replicates_needed)} needed for {size}"


def _about(n: int) -> str:
    return numbers.count(n) if n < 1000 else numbers.number(n)
