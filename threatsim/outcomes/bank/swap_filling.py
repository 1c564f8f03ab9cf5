"""What code swaps did to claims, from the bank: missing outcomes are looked up first, and only those are run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.attacks.families.code_swap import SWAP_VERSION, CodeSwap, CodeThreatModel, swap
from threatsim.cases.codes.claim_set import ClaimSet
from threatsim.common.numerics import signature
from threatsim.outcomes.bank.bank import OutcomeBank

_CHECKPOINT = 256  # claims swapped before their outcomes are written
_PARTS = (b"/score", b"/queries", b"/passes")


@dataclass(frozen=True)
class SwapOutcomes:
    """Outcomes of a code swap, (N,) each.

    Attributes:
        scores: the victim's p(payable) on the claims as sent.
        queries: claims sent for each case; 0 where there is no query.
        passes: whether the payer's own edits would pay the claim as sent.
    """

    scores: NDArray[np.float32]
    queries: NDArray[np.int64]
    passes: NDArray[np.bool_]


def swap_keys(threat_model: CodeThreatModel, claims: ClaimSet, spec: CodeSwap, seed: int) -> list[bytes]:
    """Derive the content address of each claim's outcome.

    Args:
        threat_model: the payer's network and the attacker's own.
        claims: the claims.
        spec: the attack.
        seed: of its random numbers.
    """
    common = {
        "attack": spec.model_dump(mode="json"),
        "weights": threat_model.depends_on(spec),
        "seed": seed,
        "swaps": SWAP_VERSION,
        "numerics": [np.__version__, *signature(torch.device("cpu"))],
        **spec.row.identity(),
    }
    prefix = json.dumps(common, sort_keys=True).encode()
    return [
        hashlib.blake2b(prefix + f"/{label}/{claim}".encode(), digest_size=24).digest()
        for label, claim in zip(claims.labels, claims.fingerprints, strict=True)
    ]


def missing_swaps(
    bank: OutcomeBank, threat_model: CodeThreatModel, claims: ClaimSet, spec: CodeSwap, *, seed: int = 0
) -> int:
    """Count the outcomes that `compute_swap_outcomes` would have to compute.

    Args:
        bank: where outcomes are looked up.
        threat_model, claims, spec, seed: as for `compute_swap_outcomes`.
    """
    keys = swap_keys(threat_model, claims, spec, seed)
    return len(keys) - len(_known(bank, keys))


def compute_swap_outcomes(
    bank: OutcomeBank,
    threat_model: CodeThreatModel,
    claims: ClaimSet,
    spec: CodeSwap,
    *,
    seed: int = 0,
    on_cases: Callable[[int], None] | None = None,
) -> SwapOutcomes:
    """Swap the codes of every claim toward the wrong decision, or take from the bank what became of it.

    Args:
        on_cases: called with the number of claims finished, as they finish.
    """
    keys = swap_keys(threat_model, claims, spec, seed)
    known = _known(bank, keys)
    rows = [row for row, key in enumerate(keys) if key not in known]
    for start in range(0, len(rows), _CHECKPOINT):
        part = rows[start : start + _CHECKPOINT]
        fresh: dict[bytes, float] = {}
        for row in part:
            done = swap(threat_model, claims.claims[row], spec, label=int(claims.labels[row]), seed=seed)
            known[keys[row]] = (done.score, float(done.queries), float(done.passes))
            fresh |= {_part(keys[row], name): value for name, value in zip(_PARTS, known[keys[row]], strict=True)}
        bank.put(fresh)
        if on_cases:
            on_cases(len(part))
    columns = np.array([known[key] for key in keys], np.float32).reshape(-1, len(_PARTS))
    return SwapOutcomes(columns[:, 0], columns[:, 1].astype(np.int64), columns[:, 2] > 0)


def _known(bank: OutcomeBank, keys: list[bytes]) -> dict[bytes, tuple[float, ...]]:
    """Look up the outcomes of which the bank has every part."""
    found = bank.get([_part(key, name) for key in keys for name in _PARTS])
    parts = {key: [found.get(_part(key, name)) for name in _PARTS] for key in keys}
    return {key: tuple(map(float, values)) for key, values in parts.items() if None not in values}  # type: ignore[arg-type]


def _part(key: bytes, name: bytes) -> bytes:
    return hashlib.blake2b(key + name, digest_size=24).digest()
