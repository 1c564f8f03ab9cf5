"""What the table says in sentences: where the paper's ordering holds and breaks, and why cells differ."""

from __future__ import annotations

from typing import Final

from threatsim.outcomes.lab.paper_table import ClassifierTable
from threatsim.outcomes.lab.paper_table_run import PaperTables
from threatsim.outcomes.published.finlayson import PIXELS, TABLE_1, TEST_FINDINGS, TEST_IMAGES
from threatsim.outcomes.published.ordering import OrderingClaim, ordering, verdict_of
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_TITLES: Final = {
    "clean": "Clean",
    "pgd_white_box": "PGD white box",
    "pgd_black_box": "PGD black box",
    "patch_natural": "Patch natural",
    "patch_white_box": "Patch white box",
    "patch_black_box": "Patch black box",
    "patch_grey": "Patch grey",
    "patch_noise": "Patch noise",
    "patch_shuffled": "Patch shuffled",
    "patch_lens_white_box": "Lens white box",
    "patch_lens_black_box": "Lens black box",
}
_FIGURES: Final = {"accuracy": "accuracy", "auroc": "AUROC"}
_VERDICTS: Final = {"holds": "holds", "level": "is level", "breaks": "breaks"}
_RESNET50: Final = 23.5
"""Million parameters of the paper's ResNet-50 without its head (He et al. 2016)."""


def input_title(name: str) -> str:
    """Return a row's name."""
    return _TITLES.get(name, numbers.title(name))


def name_of(table: ClassifierTable) -> str:
    """Return the modality, with the classifier's own name where that is another."""
    name, modality = table.subject.classifier, table.subject.modality
    return numbers.title(modality) if name == modality else f"{numbers.title(modality)} ({name})"


def ordering_sentences(table: ClassifierTable) -> list[str]:
    """Return, for accuracy and AUROC, how many claims hold, and each that does not."""
    return [_sentence(table, figure) for figure in _FIGURES]


def _sentence(table: ClassifierTable, figure: str) -> str:
    compared = table.comparisons(figure)
    printed = {(c.above, c.below): c for c in ordering(_paper(table.subject.modality, figure))}
    held = sum(c.verdict == "holds" for c in compared)
    bottom = sum(c.verdict == "level" and c.upper == 0 for c in compared)
    text = (
        f"{name_of(table)}, {_FIGURES[figure]}: the ordering {_VERDICTS[verdict_of(compared)]}; "
        f"{held} of {len(compared)} claims hold"
        + (f", {bottom} {'is' if bottom == 1 else 'are'} level at 0, where nothing is left to lose." if bottom else ".")
    )
    for c in compared:
        if c.verdict != "holds":
            text += f" {_claim(c, figure, printed.get((c.above, c.below)))}"
    return text


def _claim(c: OrderingClaim, figure: str, printed: OrderingClaim | None) -> str:
    above, below = input_title(c.above), input_title(c.below).lower().replace("pgd", "PGD")
    sign = "=" if c.verdict == "level" else "<"
    meet = "" if c.verdict == "level" else (" (the intervals do not meet)" if c.apart else " (the intervals overlap)")
    paper = ""
    if printed is not None:
        same = " too" if printed.verdict == c.verdict else ""
        signs = {"holds": ">", "level": "=", "breaks": "<"}
        upper, lower = _number(printed.upper, figure), _number(printed.lower, figure)
        paper = f"; the paper{same}: {upper} {signs[printed.verdict]} {lower}"
    return f"{above} {_number(c.upper, figure)} {sign} {below} {_number(c.lower, figure)}{meet}{paper}."


def _number(x: float, figure: str) -> str:
    if figure == "auroc":
        return numbers.number(x) if 0 < x < 0.0005 else f"{x:.3f}"
    return numbers.value(x, "share")


def _paper(modality: str, figure: str) -> dict[str, Estimate]:
    cells = TABLE_1[modality].items()
    return {name: Estimate(value=getattr(cell, figure), low=None, high=None, n=cell.n) for name, cell in cells}


def why_cells_differ(made: PaperTables) -> list[str]:
    """Return which cells do, and the differences of set-up that are at hand."""
    return [*_outside(made), *_pixels(made), _levels(made), *_data(made), *_networks(made), *_starts(made)]


def _outside(made: PaperTables) -> list[str]:
    sentences = []
    for table in made.tables:
        cells = [
            (row.input, getattr(row, figure), getattr(row.paper, figure))
            for row in table.rows
            if row.paper is not None
            for figure in ("accuracy", "auroc", "confidence")
        ]
        outside = [(name, e, p) for name, e, p in cells if e.low is not None and not e.low <= p <= e.high]
        worst = max(
            (
                (abs(r.accuracy.value - r.paper.accuracy), r)
                for r in table.rows
                if r.paper and r.accuracy.value is not None
            ),
            key=lambda pair: pair[0],
        )[1]
        assert worst.paper is not None
        sentences.append(
            f"{name_of(table)}: {len(outside)} of {len(cells)} printed figures lie outside "
            f"our intervals. The accuracy farthest off is that of {input_title(worst.input)}: "
            f"{numbers.value(worst.accuracy.value, 'share')} here, {numbers.value(worst.paper.accuracy, 'share')} "
            "there."
        )
    return sentences


def _pixels(made: PaperTables) -> list[str]:
    sizes = sorted({table.subject.pixels[1] for table in made.tables})
    return [
        f"Size: {numbers.listed([str(size) for size in sizes])} pixels wide here, {PIXELS} there; a patch of 40% "
        f"covers 12.6% of either. Size decides what can be read in an image, network and start what an attack reaches."
    ]


def _levels(made: PaperTables) -> str:
    whole, budget = made.budget.whole_levels, made.budget
    return (
        f"Grey levels: the budget is {budget.label()}. The paper's images were real numbers of which all 2.55 could be "
        f"used; a file that is submitted has room for {whole}."
    )


def _data(made: PaperTables) -> list[str]:
    kinds = []
    for table in made.tables:
        subject = table.subject
        kind = "real images" if subject.real else "synthetic images"
        share, n = subject.findings / subject.n, TEST_IMAGES[subject.modality]
        prevalence = TEST_FINDINGS[subject.modality] / n
        kinds.append(
            f"{numbers.title(subject.modality).lower()} {numbers.count(subject.n)} {kind}, "
            f"{numbers.value(share, 'share')} with the finding (the paper: {numbers.count(n)}, "
            f"{numbers.value(prevalence, 'share')})"
        )
    return [f"Data: {'; '.join(kinds)}. Accuracy and AUROC of a mixture depend on that share."]


def _networks(made: PaperTables) -> list[str]:
    sizes = sorted({table.subject.parameters for table in made.tables})
    shown = numbers.listed([f"{size / 1e6:.1f}" for size in sizes])
    return [
        f"Network: {shown} million parameters here, a ResNet-50 of {_RESNET50} million there. Confidence and the size "
        f"of the least attack follow from network and training."
    ]


def _starts(made: PaperTables) -> list[str]:
    starts = {table.subject.start for table in made.tables}
    shared = starts != {"random"}
    text = (
        "victim and surrogate share a start here, as both of the paper's started from ImageNet"
        if shared
        else "victim and surrogate start from random weights of their own here, while both of the paper's started from "
        "ImageNet, which raises transfer (Bortsova et al. 2021)"
    )
    return [f"Start ({', '.join(sorted(starts))}): {text}. Black-box rows hang on this."]


def notes(made: PaperTables) -> list[str]:
    """Return what a reader must know so as not to be misled."""
    found = [
        "AUROC near 0 is by construction: images of both classes are pushed the wrong way, so their ranking inverts. A "
        "fraudster pushes one way; that is the column Lifted: of the negatives rightly below the operating point, the "
        "share lifted over it. The paper has no such figure.",
        "Natural patches differ by class, so their AUROC mixes two of them. A disc of a picture with the finding is "
        "evidence of the finding: a classifier that answers to it reads what is there. What covering alone does is in "
        "the row of the grey patch.",
    ]
    if made.curves:
        found.append(
            "The curve nests its budgets and stops at a success. The paper's point is its white-box PGD: "
            "every image wrong."
        )
    return found
