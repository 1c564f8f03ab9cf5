"""Filling the bank: missing outcomes are looked up first, and only those attacks are run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import BATCH, ENGINE_VERSION, attack, clean_scores
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.known_cases import AnyCases
from threatsim.defences.controls.picture_control import FittedControl
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.control_statistics import put_statistics, statistic_keys

_CHECKPOINT = 512
"""Cases attacked before their outcomes are written, by an attack that trains something for all of them first."""


def outcome_keys(threat_model: ThreatModel, cases: AnyCases, spec: ImageAttack | None, seed: int) -> list[bytes]:
    """Derive the content address of each case's outcome; None stands for the untouched image.

    Args:
        threat_model: the victim, and what the attacker has.
        cases: the cases, attacked or as they are.
        spec: the attack, or None.
        seed: of the attack's random numbers.
    """
    inputs = outcome_inputs(threat_model, cases, spec, seed)
    return [outcome_key(inputs, label, image) for label, image in zip(cases.labels, cases.fingerprints, strict=True)]


def outcome_key(inputs: str, label: int, image: str) -> bytes:
    """Derive the content address of one case's outcome.

    Args:
        inputs: what it depends on beside the case (`outcome_inputs`).
        label: of the case.
        image: the hash of its pixels.
    """
    return hashlib.blake2b(f"{inputs}/{label}/{image}".encode(), digest_size=24).digest()


def outcome_inputs(threat_model: ThreatModel, cases: AnyCases, spec: ImageAttack | None, seed: int) -> str:
    """Write as JSON what the outcomes of an attack on these cases depend on, beside each case itself.

    The numerics are part of it: another device, kind of processor or version of torch may round otherwise.

    Args:
        threat_model, cases, spec, seed: as for `outcome_keys`.
    """
    common = {
        "attack": None if spec is None else _content(spec),
        "weights": {"victim": threat_model.fingerprints["victim"]} if spec is None else threat_model.depends_on(spec),
        "seed": seed,
        "engine": ENGINE_VERSION,
        "network": threat_model.fingerprints.get("network", ""),
        "pool": _pool(cases) if spec is not None and "pool" in spec.row.depends_on else "",
        "numerics": threat_model.numerics,
        **({} if spec is None else spec.row.identity()),
    }
    return json.dumps(common, sort_keys=True)


def _content(spec: ImageAttack) -> dict[str, Any]:
    """Write the attack as data; one from the surrogate beside the victim is what it was before there were others."""
    content = spec.model_dump(mode="json")
    if content.get("surrogate") is None:
        content.pop("surrogate", None)
    return content


def _pool(cases: AnyCases) -> str:
    """Return what substitution may send: the outcome of a case depends on it."""
    rows = zip(cases.fingerprints, cases.labels.tolist(), cases.patient_ids, strict=True)
    return hashlib.blake2b(json.dumps(list(rows)).encode(), digest_size=16).hexdigest()


def missing(
    bank: OutcomeBank,
    threat_model: ThreatModel,
    cases: AnyCases,
    spec: ImageAttack | None,
    *,
    seed: int = 0,
    controls: Sequence[FittedControl] = (),
) -> int:
    """Count the outcomes that `compute_outcomes` would have to compute.

    Args:
        bank: where outcomes are looked up.
        threat_model, cases, spec, seed, controls: as for `compute_outcomes`.
    """
    keys = outcome_keys(threat_model, cases, spec, seed)
    known = _known(bank, keys, spec, controls)
    return sum(key not in known for key in keys)


def compute_outcomes(
    bank: OutcomeBank,
    threat_model: ThreatModel,
    cases: AnyCases,
    spec: ImageAttack | None,
    *,
    seed: int = 0,
    controls: Sequence[FittedControl] = (),
    on_cases: Callable[[int], None] | None = None,
) -> NDArray[np.float32]:
    """Return (N,) the victim's p(finding) on every case under an attack, or untouched if `spec` is None.

    Args:
        controls: controls whose statistics of the pictures are kept as well (`control_statistics.picture_statistics`).
        on_cases: called with the number of attacks finished, as they finish.
    """
    keys = outcome_keys(threat_model, cases, spec, seed)
    known = _known(bank, keys, spec, controls)
    rows = [row for row, key in enumerate(keys) if key not in known]
    size = _checkpoint(threat_model, spec)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        pictured = cases.with_pictures()
        chosen = pictured.subset(part)
        if spec is None:
            scores, costs, images = clean_scores(threat_model, chosen), {}, chosen.images
        else:
            done = attack(
                threat_model, chosen, spec, seed=seed, pool=pictured, keep_images=bool(controls), on_batch=on_cases
            )
            scores, images = done.scores, done.images
            costs = {"steps": done.steps} | ({"queries": done.queries} if queries_the_payer(spec) else {})
        for control in controls:
            put_statistics(bank, control, [keys[row] for row in part], chosen, images[:])
        for name, counts in costs.items():
            bank.put({cost_key(keys[row], name): float(n) for row, n in zip(part, counts.tolist(), strict=True)})
        fresh = {keys[row]: float(score) for row, score in zip(part, scores.numpy(), strict=True)}
        bank.put(fresh)
        known.update(fresh)
    return np.array([known[key] for key in keys], dtype=np.float32)


def _checkpoint(threat_model: ThreatModel, spec: ImageAttack | None) -> int:
    """Count the cases attacked before their outcomes are written: a batch, unless something is trained first."""
    trained = spec is not None and "training_images" in spec.row.needs
    return _CHECKPOINT if spec is None or trained else BATCH[threat_model.victim.device.type]


def queries_the_payer(spec: ImageAttack | None) -> bool:
    """Return whether an attack queries the payer about files: each query is then a claim."""
    return spec is not None and spec.access == "queries"


def outcome_queries(
    bank: OutcomeBank, threat_model: ThreatModel, cases: AnyCases, spec: ImageAttack, *, seed: int = 0
) -> NDArray[np.int64]:
    """Return (N,) queries that an attack of `compute_outcomes` has cost each case; 0 where it does not query.

    Args:
        bank, threat_model, cases, spec, seed: as they were given to `compute_outcomes`.

    Raises:
        KeyError: `compute_outcomes` was not called for these cases.
    """
    if not queries_the_payer(spec):
        return np.zeros(len(cases), np.int64)
    keys = [cost_key(key, "queries") for key in outcome_keys(threat_model, cases, spec, seed)]
    known = bank.get(keys)
    return np.array([known[key] for key in keys], np.float32).astype(np.int64)


def _known(
    bank: OutcomeBank, keys: list[bytes], spec: ImageAttack | None, controls: Sequence[FittedControl] = ()
) -> dict[bytes, float]:
    """Look up the outcomes that the bank has with their queries and statistics, where there are any."""
    known = bank.get(keys)
    if queries_the_payer(spec):
        counted = bank.get([cost_key(key, "queries") for key in known])
        known = {key: score for key, score in known.items() if cost_key(key, "queries") in counted}
    for control in controls:
        here = list(known)
        stored = statistic_keys(control.fingerprint, here)
        there = bank.get(stored)
        known = {key: known[key] for key, kept in zip(here, stored, strict=True) if kept in there}
    return known


def cost_key(key: bytes, cost: str) -> bytes:
    """Derive the content address of what an outcome cost.

    Args:
        key: of the outcome.
        cost: `queries` to the payer, or gradient `steps`.
    """
    return hashlib.blake2b(key + f"/{cost}".encode(), digest_size=24).digest()
