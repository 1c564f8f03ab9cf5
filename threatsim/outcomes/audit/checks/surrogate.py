"""Check 19: an attack by transfer is one only if the surrogate is not the victim."""

from __future__ import annotations

import hashlib

from torch import nn

from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.goal import NEVER
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import exceeds, share
from threatsim.outcomes.audit.subject import AuditedModel, grey

_AHEAD = 0.01
_SURROGATE = CheckSpec(
    19,
    "surrogate",
    "Surrogate",
    "The surrogate is the victim itself, or does better than the white box: transfer figures are not transfer.",
    "Train the surrogate with a seed, and better with data and a network, of its own.",
)


def surrogate(subject: AuditedModel) -> CheckResult | None:
    """Check that the weights are not the victim's and transfer is no better than the white box; tell agreement."""
    if subject.surrogate is None or subject.attackers is None:
        return None
    hashes = weights_hash(subject.model), weights_hash(subject.surrogate)
    clean = subject.attackers.verdict(subject.images.to(subject.device)).cpu()
    agree = int((subject.target_decision().is_success(clean) == ~subject.right).sum())
    n = len(subject.rows)
    transfer = subject.run(APGD(access="black_box", budget=subject.budget, steps=20, goal=NEVER)).success
    white = int(subject.white_box.success.sum())
    return _SURROGATE.result(
        f"hashes of both; APGD of 20 steps on the surrogate at {grey(subject.budget)}",
        f"weights {'are the same' if hashes[0] == hashes[1] else 'differ'}; they decide alike on "
        f"{share(agree, len(subject))}; transfer {share(int(transfer.sum()), n)}, white box {white}",
        ok=hashes[0] != hashes[1] and not exceeds(max(int(transfer.sum()) - white, 0), n, _AHEAD),
    )


def weights_hash(model: nn.Module) -> str:
    """Hash all parameters and buffers by value (16 hex digits)."""
    digest = hashlib.sha256()
    for tensor in model.state_dict().values():
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
