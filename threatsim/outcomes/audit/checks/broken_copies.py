"""Check 12: the audit itself is tested, on copies of the model that are broken on purpose."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Mapping

from torch import nn

from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.checks.broken import BROKEN
from threatsim.outcomes.audit.checks.gradients import determinism, gradients, outputs, stepwise
from threatsim.outcomes.audit.checks.scale import scale
from threatsim.outcomes.audit.subject import AuditedModel

SENSORS: Mapping[str, Callable[[AuditedModel], CheckResult]] = {
    "gradients": gradients,
    "outputs": outputs,
    "quantiser": stepwise,
    "determinism": determinism,
    "scale": scale,
}
_BROKEN = CheckSpec(
    12,
    "broken_copies",
    "Copies broken on purpose",
    "A copy with a known fault passes: on this model the audit is blind to that fault.",
    "Do not rely on the check that stayed silent; look for the fault by hand.",
)


def broken_copies(
    subject: AuditedModel, *, broken: Mapping[str, tuple[Callable[[nn.Module], nn.Module], str]] = BROKEN
) -> CheckResult:
    """Check that each copy raises its own flag.

    Args:
        broken: name -> how a copy is broken, and the key of the check that must see it.
    """
    silent = [name for name, (make, key) in broken.items() if SENSORS[key](_of(subject, make)).ok]
    return _BROKEN.result(
        f"copies with {', '.join(broken)}",
        f"{len(broken) - len(silent)} of {len(broken)} flagged" + (f"; silent: {', '.join(silent)}" if silent else ""),
        ok=not silent,
    )


def _of(subject: AuditedModel, make: Callable[[nn.Module], nn.Module]) -> AuditedModel:
    return dataclasses.replace(subject, model=make(copy.deepcopy(subject.model)), surrogate=None, patches={})
