"""Check 22: an attack can be repeated to the byte, does not depend on its company, and leaves nothing behind."""

from __future__ import annotations

import random

import numpy as np
import torch
from torch import nn

from threatsim.attacks.families.apgd import APGD
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.subject import AuditedModel

_IMAGES, _ALONE, _STEPS = 12, 2, 10
_REPLAY = CheckSpec(
    22,
    "replay",
    "Replay",
    "The same attack gives another image the next time or in other company, or changes the model or the random state.",
    "Make the forward pass deterministic; do not compare figures of such runs image by image.",
)


def replay(subject: AuditedModel) -> CheckResult:
    """Check that one key gives the same bytes, alone and in another order, and moves no state of model or RNG."""
    rows = subject.rows[:_IMAGES]
    spec = APGD(budget=subject.most_informative_budget, steps=_STEPS)
    before = _state(subject.model)
    first = subject.again(spec, rows).images
    changed = [name for name, value in _state(subject.model).items() if value != before[name]]
    again = subject.again(spec, rows).images
    reverse = subject.again(spec, rows.flip(0)).images.flip(0)
    alone = [subject.again(spec, row[None]).images[0] for row in rows[:_ALONE]]
    differ = {
        "again": int((first != again).flatten(1).any(1).sum()),
        "in reverse order": int((first != reverse).flatten(1).any(1).sum()),
        "alone": sum(not torch.equal(one, first[row]) for row, one in enumerate(alone)),
    }
    found = ", ".join(f"{count} differ {how}" for how, count in differ.items())
    touched = f"; changed: {', '.join(changed)}" if changed else "; model and random state untouched"
    return _REPLAY.result(
        f"APGD of {_STEPS} steps on {len(rows)} images: again, in reverse order, {_ALONE} alone",
        found + touched,
        ok=not changed and not any(differ.values()) and len(rows) > 0,
    )


def _state(model: nn.Module) -> dict[str, object]:
    """Return what an attack must leave as it is, as comparable values."""
    return {
        "parameters": [tensor.detach().cpu().numpy().tobytes() for tensor in model.state_dict().values()],
        ".grad": [None if one.grad is None else one.grad.sum().item() for one in model.parameters()],
        "requires_grad": [one.requires_grad for one in model.parameters()],
        "mode": [module.training for module in model.modules()],
        "torch's random state": torch.random.get_rng_state().numpy().tobytes(),
        "numpy's random state": np.random.get_state()[1].tobytes(),  # type: ignore[index]
        "Python's random state": hash(random.getstate()),
    }
