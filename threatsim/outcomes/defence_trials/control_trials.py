"""Measuring integrity controls: alarms on honest submissions, and on each tactic of a fraudster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.families.rotation import rotated
from threatsim.cases.image_set import CaseSet, grey_levels, to_grid
from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.common.thresholds import threshold_within
from threatsim.defences.controls.duplicates import HASHINGS, DuplicateIndex
from threatsim.defences.controls.integrity import CaptureRegister, Covers, jpeg_file, pixels_of, png_file
from threatsim.defences.controls.same_patient import Pairs, PatientMatch
from threatsim.defences.restoration import jpeg
from threatsim.outcomes.defence_trials.defence_figures import ControlFigures, MatchFigures
from threatsim.statistics.discrimination import auroc, proportion

_KEY = b"the device's key of a simulation"
SIGNATURES: dict[str, Covers] = {"Signed file": "file", "Signed pixels": "pixels"}


@dataclass(frozen=True)
class TrialAttack:
    """What a fraudster does to the picture of each test case.

    Attributes:
        name: of the tactic.
        images: (N, 3, H, W) what the payer is sent.
        before_capture: whether the device took the altered picture, so that its signature covers the alteration.
        examination: whose examination the signature that comes along was made in: the patient's own, or that of
            another patient whose signed picture is reused.
    """

    name: str
    images: torch.Tensor
    before_capture: bool
    examination: str = "own"


def try_signatures(cases: CaseSet, tactics: Sequence[TrialAttack]) -> list[ControlFigures]:
    """Try a signature at capture, over the file and over the pixels.

    Honest submissions are the file as captured, the same pixels written anew, and the picture recompressed.
    """
    rewritten: list[tuple[str, Callable[[bytes], bytes]]] = [
        ("file as captured", lambda file: file),
        ("PNG written anew", lambda file: png_file(pixels_of(file), level=1)),
        ("recompressed, JPEG 90", lambda file: jpeg_file(pixels_of(file), quality=90)),
    ]
    captured = [png_file(picture) for picture in _pictures(cases.images[:])]
    adversarial = {tactic.name: [png_file(picture) for picture in _pictures(tactic.images)] for tactic in tactics}
    rows = []
    for control, covers in SIGNATURES.items():
        register = CaptureRegister(_KEY, covers=covers)
        signatures = [register.sign(f, examination=name) for f, name in zip(captured, cases.case_ids, strict=True)]
        for submission, rewrite in rewritten:
            alarms = [
                not register.verify(rewrite(file), signature, examination=name)
                for file, signature, name in zip(captured, signatures, cases.case_ids, strict=True)
            ]
            rows.append(_row(control, submission, cases, alarms, fraud=False))
        for tactic in tactics:
            alarms = []
            for file, signature, name in zip(adversarial[tactic.name], signatures, cases.case_ids, strict=True):
                if tactic.before_capture or tactic.examination == "another":
                    signed_as = name if tactic.examination == "own" else f"another than {name}"
                    signature = register.sign(file, examination=signed_as)
                alarms.append(not register.verify(file, signature, examination=name))
            rows.append(_row(control, tactic.name, cases, alarms, fraud=True, before=tactic.before_capture))
    return rows


def resubmissions(images: torch.Tensor, keys: list[str], patched: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return pictures that were submitted before, (N, 3, H, W), as they may come again.

    Args:
        keys: (N,) what the noise is drawn from.
        patched: (N, 3, H, W) the same pictures with a patch pasted on them.
    """
    noise = (keyed_uniform(keys, tuple(images.shape[1:])) * 5).floor().clamp(max=4) - 2
    grey = (images == images[:, :1]).flatten(1).all(1)[:, None, None, None]
    noise = torch.where(grey, noise[:, :1].expand_as(noise), noise)
    degrees = torch.ones(len(images))
    return {
        "again, as it is": images,
        "again, JPEG 75": jpeg(images, quality=75),
        "again, noise of 2 grey levels": to_grid(images + noise / 255),
        "again, turned by 3 degrees": to_grid(rotated(images, 3 * degrees)),
        "again, turned by 10 degrees": to_grid(rotated(images, 10 * degrees)),
        "again, mirrored": images.flip(3),
        "again, with a patch": patched,
    }


def try_duplicates(
    previous: CaseSet,
    calibration: CaseSet,
    test: CaseSet,
    again: dict[str, torch.Tensor],
    *,
    false_alarm: float,
    notes: list[str],
) -> list[ControlFigures]:
    """Try the duplicate search, each hash at its own threshold.

    The threshold is set so that a fresh picture among this many previous ones is flagged with probability
    `false_alarm` at most: with more previous submissions it must be set anew.

    Args:
        previous: submissions of other patients so far.
        calibration: fresh pictures that the threshold is set on.
        test: fresh pictures that nobody has submitted.
        again: submission -> pictures (M, 3, H, W) derived from the first rows of `previous`.
        false_alarm: greatest probability that a fresh picture is flagged.
        notes: is told of a hash by which too many patients are alike for any search within the budget.
    """
    rows = []
    for name, hashing in HASHINGS.items():
        index = DuplicateIndex(hashing)
        index.add(previous.images[:])
        threshold = threshold_within(-index.nearest(calibration.images[:])[0].astype(np.float64), false_alarm)

        def alarms(images: torch.Tensor, index: DuplicateIndex = index, limit: float = threshold) -> NDArray[np.bool_]:
            near: NDArray[np.bool_] = -index.nearest(images)[0].astype(np.float64) > limit
            return near

        control = f"Duplicates, {name}"
        if threshold >= 0:
            notes.append(
                f"{control}: more than {false_alarm:.3g} of clean images have the very hash of another patient's, so "
                "that nothing can be flagged within the budget."
            )
        rows.append(_row(control, "fresh picture", test, alarms(test.images[:]), fraud=False))
        for submission, images in again.items():
            of = previous.subset(list(range(len(images))))
            rows.append(_row(control, submission, of, alarms(images), fraud=True))
    return rows


def try_same_patient(
    match: PatientMatch,
    calibration: Pairs,
    honest: Pairs,
    tactics: Sequence[TrialAttack],
    cases: CaseSet,
    *,
    false_alarm: float,
) -> list[ControlFigures]:
    """Try same-patient matching where the payer holds an earlier capture of each test case's patient.

    Args:
        honest: the earlier capture of each test case (right) with the case itself (left).
    """
    limit = threshold_within(match.statistic(calibration), false_alarm)
    control = "Same patient"
    rows = [_row(control, "another capture", cases, match.statistic(honest) > limit, fraud=False)]
    for tactic in tactics:
        alarms = match.statistic(Pairs(tactic.images, honest.right, honest.patients)) > limit
        rows.append(_row(control, tactic.name, cases, alarms, fraud=True, before=tactic.before_capture))
    return rows


def try_matching(
    name: str, match: PatientMatch, calibration: Pairs, same: Pairs, different: Pairs, *, false_alarm: float
) -> MatchFigures:
    """Try same-patient matching at the threshold that takes `false_alarm` of one patient's pairs for two.

    Args:
        name: of the match, for the report.
        match: its statistic is greater the more the two pictures look like those of two patients.
        calibration: pairs of one patient that the threshold is set on.
        same: other pairs of one patient.
        different: pairs of two patients.
        false_alarm: greatest share of pairs of one patient that may be taken for two.
    """
    limit = threshold_within(match.statistic(calibration), false_alarm)
    one, two = match.statistic(same), match.statistic(different)
    patients = [*same.patients, *different.patients]
    labels = np.concatenate([np.zeros(len(one)), np.ones(len(two))])
    return MatchFigures(
        pairs=name,
        auroc=auroc(np.concatenate([one, two]), labels, patients),
        false_alarms=proportion(one > limit, same.patients),
        detected=proportion(two > limit, different.patients),
    )


def _row(
    control: str,
    submission: str,
    cases: CaseSet,
    alarms: Sequence[bool] | NDArray[np.bool_],
    *,
    fraud: bool,
    before: bool = False,
) -> ControlFigures:
    share = proportion(np.asarray(alarms, dtype=bool), cases.patient_ids)
    return ControlFigures(control=control, submission=submission, fraud=fraud, before_capture=before, alarms=share)


def _pictures(images: torch.Tensor) -> NDArray[np.uint8]:
    """Return (N, H, W, 3) pixels as the device saves them."""
    return np.ascontiguousarray(grey_levels(images).transpose(0, 2, 3, 1))
