"""What came of an attack in sentences, the same in the terminal and on the page."""

from __future__ import annotations

from typing import Final

from threatsim.catalogue.access import SHORT
from threatsim.catalogue.attacks import ATTACKS
from threatsim.outcomes.lab.attack_record import AttackReport, CurvePoint
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

NESTED: Final = (
    "Nested budgets: an image that falls at a small budget counts at every larger one, and only survivors are attacked "
    "again."
)
DISTANCES: Final = "Each image counts from the size of its own least change on."
QUERIES: Final = "Each image counts from the query with which its decision turned on."
CONTROL: Final = (
    "Shuffled: the same change, stretched to the whole budget, with its pixels in random order (Bortsova et al. 2021). "
    "What it turns, noise alone turns."
)
_KINDS: Final = {"nested": NESTED, "distances": DISTANCES, "queries": QUERIES}


def attack_title(figures: AttackReport) -> str:
    """Return the attack and the classifier, for a heading."""
    _, _, called = figures.attack.partition(":")
    row = ATTACKS.get(figures.attack)
    name = called or (row.title if row else figures.attack)
    where = numbers.title(figures.modality)
    return f"{name}, {SHORT[str(figures.spec.get('access', 'none'))]}, on {where.lower()}"


def images_in_words(figures: AttackReport) -> str:
    """Return how many images of which kind."""
    kind = "synthetic" if figures.images == "synthetic" else "real"
    source = "" if kind == "synthetic" else f" of {numbers.printable(figures.images)}"
    return f"{numbers.count(figures.n)} {kind} test images{source}, {figures.pixels} x {figures.pixels} pixels"


def success_rows(figures: AttackReport) -> list[tuple[str, Estimate, str]]:
    """Return name, share, and what it is a share of; directions that were not run are left out."""
    found = figures.success
    rows = [
        (
            "Lifted: no finding reads as one",
            found.lifted,
            f"{numbers.count(found.lifted.n)} rightly below when clean",
        ),
        (
            "Hidden: a finding reads as none",
            found.hidden,
            f"{numbers.count(found.hidden.n)} rightly above when clean",
        ),
        (
            "Turned, of the rightly decided",
            found.initially_correct,
            f"{numbers.count(found.initially_correct.n)} rightly decided",
        ),
        ("Wrong after the attack, of all", found.all, f"{numbers.count(found.all.n)} attacked"),
    ]
    if found.control is not None:
        rows.append(
            ("Same change, pixels shuffled", found.control, f"{numbers.count(found.control.n)} rightly decided")
        )
    return [row for row in rows if row[1].n]


def cost_rows(figures: AttackReport) -> list[tuple[str, str]]:
    """Return what a success took, and how large the changes are."""
    rows = []
    effort, distance = figures.effort, figures.distance
    if effort is not None:
        unit = effort.unit.capitalize()
        fell = effort.median_of_successes
        rows.append(
            (
                f"{unit} to success",
                f"median {_times(fell)} over the {numbers.count(fell.n)} that fell; with failures as longer than any "
                f"{_times(effort.median_with_failures)}; at most {numbers.count(effort.greatest)}",
            )
        )
    if distance.grey_levels is not None and distance.l2 is not None:
        rows.append(
            (
                "Change",
                f"at most {distance.grey_levels:g} of 255 grey levels, L2 {numbers.number(distance.l2)} on "
                f"[0, 1], {numbers.value(distance.changed, 'share')} of the pixels (medians over the turned)",
            )
        )
    return rows


def _times(estimate: Estimate) -> str:
    if estimate.value is None:
        return "not reached" if estimate.n else "undefined"
    low, high = (None if end is None else f"{end:g}" for end in (estimate.low, estimate.high))
    span = f" ({low} to {high})" if low and high else f" ({low} or more)" if low else ""
    return f"{estimate.value:g}{span}"


def budget_in_words(budget: float) -> str:
    """Return a budget as an axis shows it: 2, 0.4, 1,000."""
    return numbers.count(round(budget)) if budget == round(budget) else f"{budget:.3g}"


def answer_of(figures: AttackReport) -> list[str]:
    """Return the outcome in one to three sentences."""
    found, sentences = figures.success, []
    if found.lifted.n:
        sentences.append(
            f"{numbers.in_words(found.lifted, 'share')} of the images without the finding that the classifier rightly "
            "kept below its operating point were lifted over it."
        )
    if found.hidden.n:
        sentences.append(
            f"{numbers.in_words(found.hidden, 'share')} of the findings that it rightly saw were hidden from it."
        )
    if found.control is not None and found.control.value is not None:
        sentences.append(
            f"The same changes with their pixels shuffled turn {numbers.in_words(found.control, 'share')} of the right "
            "decisions."
        )
    return sentences


def curve_notes(figures: AttackReport) -> list[str]:
    """Return how the curve is to be read."""
    curve = figures.curve
    if curve is None:
        return []
    notes = [_KINDS[curve.kind]]
    if any(point.control is not None for point in curve.points):
        notes.append(CONTROL)
    return notes


def some_points(points: tuple[CurvePoint, ...], most: int) -> list[CurvePoint]:
    """Return at most `most` points of a curve, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]
