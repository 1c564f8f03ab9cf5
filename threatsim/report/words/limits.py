"""What the figures of a run do not say: computed from the record, so that a better run has fewer limits."""

from __future__ import annotations

from typing import Any, Final

from threatsim.catalogue.controls import CONTROLS, control_of
from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.endpoint import claimed_absent
from threatsim.report.words.answer_parts.suppression import bills_falsely
from threatsim.report.words.arm_words import having
from threatsim.report.words.doubt.doubt_words import held
from threatsim.report.words.kept_words import attacked_in_run, kept_outcomes
from threatsim.report.words.population_words import population
from threatsim.statistics.estimate import Estimate

_BRIEF: Final = 260  # characters of the scenario's own text that a summary quotes
_CRITIC: Final = (
    "What a critic could still say: the numbers that nobody has measured can be fitted to outliers in billing alone, "
    "which are not all fraud; who has access to a payer's classifier and what attacks cost is identified by no "
    "published figure.",
    "Providers are neutral to risk, know the law exactly and take what they believe today for lasting. None collude, "
    "and nobody sells attacks to many.",
    "The market is simple: one specialty and one price for each kind of image, no hospital systems, no groups of "
    "physicians, no patients who choose.",
    "Harm is counted in money alone, not in treatment that nobody needed or that somebody missed. Criminal law is left "
    "out.",
)
_FEDERAL: Final = (
    "The law is American federal law as of 2025, and its enforcement in most scenarios that of 2011 to 2017. Which "
    "penalties the excessive-fines clause allows, and whether private relators may sue, is before the courts."
)
_VALIDITY: Final = (
    "What was done to validate the model, and what nobody has done, stands in docs/explanation/validity.md."
)


def limits(record: RunRecord, *, brief: bool = False) -> list[str]:
    """Return the limits of a run, the gravest first; if `brief`, only the first sentences of the scenario's text."""
    found = _images(record) + _absence(record)
    found += _controls(record)
    realism = numbers.printable(str(record.scenario.get("realism") or ""))
    if realism:
        found.append(_opening(realism) if brief else realism)
    if filled := population(record):
        found.append(filled)
    total = sum(record.number_kinds.values())
    assumed = record.number_kinds.get("assumed", 0)
    if assumed:
        found.append(
            f"{assumed} of the {total} numbers of the scenario are assumed: "
            "the figures answer “what if”, not “what is”."
        )
    if fitted := record.number_kinds.get("fitted", 0):
        found.append(
            f"{fitted} of the {total} numbers {'was' if fitted == 1 else 'were'} fitted to published figures, "
            "which therefore say nothing about whether the model is right."
        )
    found.append(
        f"Intervals of the market's figures are 95% intervals over {numbers.count(record.replicates)} replicates. "
        f"They hold the chance in the simulation and that of the test cases, {_doubt(record)}."
    )
    if len(record.arms) > 2:
        found.append(
            f"Each of the {len(record.arms) - 1} arms is compared with the baseline by itself; the intervals are not "
            "widened for the number of comparisons. The arrows, and what is called found or not, are adjusted for it."
        )
    found += _cost_sharing(record)
    return [*found, *_undefined(record), *_of_the_model(record)]


def gravest(record: RunRecord) -> tuple[str, str, str]:
    """Return the three limits that a reader of one page must know: of the pictures, of the arrangement, of the numbers.

    Each is a few sentences, for somebody who knows neither the commands nor the report.
    """
    realism = numbers.printable(str(record.scenario.get("realism") or ""))
    arranged = _first_sentences(realism) or "The scenario does not say how real its arrangement is."
    total, assumed = sum(record.number_kinds.values()), record.number_kinds.get("assumed", 0)
    known = (
        f"{assumed} of the {total} numbers behind this are assumed: the figures answer “what if”, not “what is”."
        if assumed
        else f"None of the {total} numbers behind this is assumed."
    )
    n = numbers.count(record.replicates)
    if any(estimate.low is not None for estimate in record.arms[0].outcomes.values()):
        chance = f"The intervals hold the chance in {n} replicates of the simulation"
        chance += ", and of the numbers those that were drawn." if record.uncertain or record.doubt else " and no more."
    else:
        chance = f"{n} replicates of the simulation are too few to say how far chance moves the figures."
    return next(iter(_images(record)), "No classifier was attacked in this run."), arranged, f"{known} {chance}"


def _of_the_model(record: RunRecord) -> list[str]:
    """Return what is said against every market of this model, and where its validity is told."""
    federal = record.scenario.get("law", {}).get("kind", "federal") == "federal"
    return [*_CRITIC, *([_FEDERAL] if federal else []), _VALIDITY]


def _cost_sharing(record: RunRecord) -> list[str]:
    """Return what is simplified of the patients' part, where they have one."""
    shares = [payer.get("share_of_allowed") for payer in record.scenario.get("payers", [])]
    if not any(isinstance(share, dict) and share.get("value", 1) < 1 for share in shares):
        return []
    return [
        "Patients bear the same share of every allowed amount. The yearly deductible that Medicare takes first (42 CFR "
        "410.160) is left out: on a patient's first claims of a year payers lose less, and patients more, than is told."
    ]


def _doubt(record: RunRecord) -> str:
    if record.uncertain:
        count = len(record.uncertain)
        return f"and that of the draws of {count} uncertain {_plural('number', count)}, not the doubt about the others"
    if record.doubt:
        return "not the doubt about the scenario's numbers, which is told apart"
    how = held(record)
    return f"not the doubt about the scenario's numbers{f': {how}' if how else ''}"


def simulated(record: RunRecord) -> str:
    """Return what was simulated, in one sentence."""
    scenario = record.scenario
    groups: dict[str, Any] = scenario.get("providers", {})
    providers = sum(int(group.get("count", 0)) for group in groups.values())
    return (
        f"{numbers.count(providers)} providers in {len(groups)} {_plural('specialty', len(groups))}, "
        f"{len(scenario.get('payers', ()))} {_plural('payer', len(scenario.get('payers', ())))}, "
        f"{scenario.get('weeks', '?')} weeks, {len(record.arms)} {_plural('arm', len(record.arms))}, "
        f"{numbers.count(record.replicates)} replicates of each (seed {record.seed})"
    )


def images(record: RunRecord) -> str:
    """Return whether the classifiers were attacked on real or on synthetic images, in a few words."""
    if not any(c.pixels for c in record.classifiers):
        return numbers.listed(sorted({numbers.printable(c.images) for c in record.classifiers}))
    real = [c for c in record.classifiers if c.real]
    if len(real) == len(record.classifiers):
        return "real images"
    if not real:
        return "synthetic images"
    return f"real images for {numbers.listed([numbers.title(c.modality) for c in real])}, synthetic ones for the rest"


def _images(record: RunRecord) -> list[str]:
    real = [numbers.title(c.modality) for c in record.classifiers if c.real]
    synthetic = [c for c in record.classifiers if not c.real and c.pixels]
    found = []
    if not all(c.pixels for c in record.classifiers):
        found.append(
            "The claims, their patients and the payer's policy are generated. The swaps of codes are real computations "
            "on a real classifier, but their success here need not be their success on a payer's claims."
        )
    if real:
        found.append(
            f"{numbers.listed(real)}: the images are real. Label {_label(record)} of an archive"
            f"{_asked(record)} was taken for the scenario's finding, whatever the archive means by it, and an archive "
            "is not a payer's intake: prevalence, devices and patients differ. Each success is that of the attacks "
            "tried, not of the best possible one."
        )
        found += [f"{numbers.title(c.modality)}: {numbers.printable(c.limits)}" for c in record.classifiers if c.limits]
    found += [f"{sentence}." for sentence in (kept_outcomes(record), attacked_in_run(record)) if sentence]
    if synthetic:
        sides = numbers.listed([f"{size}" for size in sorted({c.pixels for c in synthetic})])
        found.append(
            f"{numbers.listed([numbers.title(c.modality) for c in synthetic])}: the images are synthetic, {sides} "
            "pixels wide. The attacks on them are real computations, but their success there need not be their "
            "success on patients' images."
        )
    return found


def _controls(record: RunRecord) -> list[str]:
    """Return what the controls on the picture that were measured rest on."""
    labels = dict.fromkeys(label for c in record.classifiers for label in c.false_alarms)
    used = {row.name for row in map(control_of, labels) if row is not None}
    return list(dict.fromkeys(row.limit for row in CONTROLS.values() if row.name in used and row.limit))


def _asked(record: RunRecord) -> str:
    """Return what a user asked label 1 to stand for, in words."""
    return f" ({numbers.printable(record.finding)}, where it has that)" if record.finding else ""


def _label(record: RunRecord) -> str:
    real = [c.modality for c in record.classifiers if c.real]
    absent = [modality for modality in real if modality in claimed_absent(record)]
    if not absent:
        return "1"
    return "0" if len(absent) == len(real) else f"1 (of {numbers.listed([numbers.title(m) for m in absent])} 0)"


def _absence(record: RunRecord) -> list[str]:
    absent = claimed_absent(record)
    if not absent:
        return []
    return [
        f"{numbers.listed([numbers.title(modality) for modality in absent])}: claimed is that the image does not "
        "show what the classifier looks for. Probabilities and thresholds are of that absence, and an attack hides "
        "what is there."
    ]


def _opening(text: str) -> str:
    """Return the whole sentences within the first characters of a text, and where the rest is."""
    if len(text) <= _BRIEF:
        return text
    return f"{_first_sentences(text)} (More in the report.)"


def _first_sentences(text: str) -> str:
    """Return the whole sentences within the first characters of a text; of a longer first one its beginning."""
    if len(text) <= _BRIEF:
        return text
    end = text.rfind(". ", 0, _BRIEF)
    return text[: end + 1] if end > 0 else text[:_BRIEF] + "…"


def _undefined(record: RunRecord) -> list[str]:
    found: list[str] = []
    if not bills_falsely(record):  # then nothing of false billing is defined, and the summary says so
        return found
    for arm in record.arms:
        few = [
            ARM_METRICS[name].title.lower()
            for name, estimate in arm.outcomes.items()
            if name in ARM_METRICS and _is_lacking(record, arm, name, estimate)
        ]
        if few:
            found.append(
                f"“{numbers.printable(arm.title)}”: {numbers.listed(few)} could not be computed in every replicate."
            )
    return found


def _is_lacking(record: RunRecord, arm: ArmOutcome, name: str, estimate: Estimate) -> bool:
    """Return whether a mean leaves replicates out; a quotient of sums takes all, also those with nothing below."""
    averaged = ARM_METRICS[name].kind != "duration" and name not in arm.wholes
    return averaged and estimate.n < record.replicates and arm in having(record, name)


def _plural(noun: str, n: int) -> str:
    if n == 1:
        return noun
    return noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
