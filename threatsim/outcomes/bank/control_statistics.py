"""What controls make of submitted pictures, kept in the bank beside the outcomes of the attacks that made them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.cases.image_set import CaseSet
from threatsim.defences.controls.picture_control import CONTROLS_VERSION, FittedControl
from threatsim.defences.reference import Reference
from threatsim.outcomes.bank.bank import OutcomeBank


def statistic_keys(control: str, outcomes: Sequence[bytes]) -> list[bytes]:
    """Derive the address of a control's statistic of each picture from that of the outcome which made it.

    Args:
        control: all that the statistic depends on beside the picture and its case (`FittedControl.fingerprint`).
        outcomes: (N,) keys of the outcomes.
    """
    name = f"/screen {CONTROLS_VERSION}/{control}".encode()
    return [hashlib.blake2b(key + name, digest_size=24).digest() for key in outcomes]


def put_statistics(
    bank: OutcomeBank, control: FittedControl, outcomes: Sequence[bytes], cases: CaseSet, images: torch.Tensor
) -> None:
    """Measure what a control makes of pictures (N, 3, H, W) sent for cases, and keep it.

    Args:
        bank: keeps them.
        control: the control.
        outcomes: (N,) keys of the outcomes that the pictures belong to.
        cases: (N,) whose pictures these are, or pretend to be.
        images: (N, 3, H, W) float32 in [0, 1], the pictures as sent.
    """
    found = control.statistic(cases, images).tolist()
    bank.put(dict(zip(statistic_keys(control.fingerprint, outcomes), found, strict=True)))


def picture_statistics(bank: OutcomeBank, control: FittedControl, outcomes: Sequence[bytes]) -> NDArray[np.float32]:
    """Look up (N,) the statistics that `compute_outcomes` has kept of these outcomes.

    Raises:
        KeyError: `compute_outcomes` was not called with this control.
    """
    keys = statistic_keys(control.fingerprint, outcomes)
    known = bank.get(keys)
    return np.array([known[key] for key in keys], np.float32)


def calibration_keys(control: str, reference: str, count: int, numerics: Sequence[str]) -> list[bytes]:
    """Return the content address of a control's statistic of each clean calibration picture.

    Args:
        control: all that the statistic depends on beside the picture (`FittedControl.fingerprint`).
        reference: what it is fitted and calibrated on, by content.
        count: calibration pictures.
        numerics: how it is rounded (`threatsim.common.numerics.signature`).
    """
    return statistic_keys(control, _calibration_outcomes(reference, count, numerics))


def _calibration_outcomes(reference: str, count: int, numerics: Sequence[str]) -> list[bytes]:
    prefix = json.dumps(["calibration", reference, list(numerics)])
    return [hashlib.blake2b(f"{prefix}/{row}".encode(), digest_size=24).digest() for row in range(count)]


def calibration_statistics(
    bank: OutcomeBank, control: FittedControl, reference: Reference, numerics: Sequence[str]
) -> NDArray[np.float32]:
    """Return (M,) the control's statistics of the clean calibration pictures, which are made only if some are missing.

    Args:
        bank: where they are kept.
        control: the control.
        reference: clean pictures that the control is fitted and calibrated on.
        numerics: how statistics are rounded that need a network (`threatsim.common.numerics.signature`).
    """
    outcomes = _calibration_outcomes(reference.fingerprint, reference.calibrated, numerics)
    keys = statistic_keys(control.fingerprint, outcomes)
    if len(bank.get(keys)) < len(set(keys)):
        cases = reference.calibration
        put_statistics(bank, control, outcomes, cases, cases.images[:])
    return picture_statistics(bank, control, outcomes)
