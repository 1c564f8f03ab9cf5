"""Fixed small attacks on a network whose gradients are exact, and whether a case's outcome is its own here.

The network's weights are powers of two, and of two classes an attack follows the difference of logits: every gradient
is a sum of a few small whole numbers over a power of two, exact in any order on any processor, and so are its signs.
Its convolution's windows do not overlap, which rules out algorithms that divide (Winograd). The attacks take all their
steps, and what they make is a file of 256 grey levels: the same file everywhere, unless the engine is at fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from threatsim.common.digest import digest
from threatsim.common.keyed.keyed_generator import keyed_generator

if TYPE_CHECKING:
    import torch
    from torch import nn

    from threatsim.attacks.base import ImageAttack
    from threatsim.attacks.engine import Attacked
    from threatsim.attacks.search.target import Precision
    from threatsim.attacks.threat_model import ThreatModel
    from threatsim.cases.image_set import CaseSet

EXPECTED_ATTACKS: Final[Mapping[str, str]] = {"FGSM": "4346fab0a31d1748", "PGD": "e262a74fb8e56485"}
"""Attack -> hash of the files that it makes of twelve images. They move with every change of what the attack does."""

_CASES: Final = 12
_SIDE: Final = 16
_HIDDEN: Final = 8


def probed_attacks() -> dict[str, str]:
    """Attack -> hash of its altered files, as they come out here."""
    threat_model, cases = _exact_threat_model(), _cases()
    return {name: digest(_levels(_attacked(threat_model, cases, spec))) for name, spec in _exact_attacks().items()}


def depending_on_company() -> list[str]:
    """List attacks whose outcome for a case is not the same alone, among few and among all; empty if all is right.

    Files, scores and counts are compared, on the processor and on a GPU if there is one, on a network of ordinary
    weights, where every sum is rounded.
    """
    import torch

    cases, found = _cases(), []
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        threat_model = _ordinary_threat_model(torch.device(device))
        wrong = [name for name, spec in _any_attacks().items() if not _own_outcomes(threat_model, cases, spec)]
        found += [f"{name} on {device}" for name in wrong]
    return found


def _own_outcomes(threat_model: ThreatModel, cases: CaseSet, spec: ImageAttack) -> bool:
    import torch

    everything = _attacked(threat_model, cases, spec)
    for rows in ([7], [11, 0, 7]):
        some = _attacked(threat_model, cases.subset(rows), spec)
        for name in type(everything).__dataclass_fields__:
            if not torch.equal(getattr(some, name), getattr(everything, name)[rows]):
                return False
    return True


def _attacked(threat_model: ThreatModel, cases: CaseSet, spec: ImageAttack) -> Attacked:
    from threatsim.attacks.engine import attack

    return attack(threat_model, cases, spec)


def _levels(found: Attacked) -> NDArray[np.uint8]:
    """Return (N, 3, H, W) grey levels."""
    from threatsim.cases.image_set import grey_levels

    return grey_levels(found.images)


def _exact_attacks() -> dict[str, ImageAttack]:
    from threatsim.attacks.budget import PixelBudget
    from threatsim.attacks.families.fgsm import FGSM
    from threatsim.attacks.families.pgd import PGD
    from threatsim.attacks.goal import NEVER

    budget = PixelBudget.grey_levels(6)
    return {
        "FGSM": FGSM(budget=budget),
        "PGD": PGD(access="white_box", budget=budget, step=2, steps=6, goal=NEVER),
    }


def _any_attacks() -> dict[str, ImageAttack]:
    from threatsim.attacks.budget import PixelBudget
    from threatsim.attacks.families.apgd import APGD
    from threatsim.attacks.families.hopskipjump import HopSkipJump
    from threatsim.attacks.families.minimal_norm import MinimalNorm
    from threatsim.attacks.families.pgd import PGD
    from threatsim.attacks.families.square import Square

    small = PixelBudget(epsilon=0.05, low=0, high=1)
    return {
        "PGD": PGD(access="white_box", budget=small, step=0.02, steps=4),
        "APGD": APGD(budget=PixelBudget(epsilon=0.8, norm="l2", low=0, high=1), steps=8),
        "minimal norm": MinimalNorm(steps=8),
        "Square": Square(budget=small, queries=30),
        "HopSkipJump": HopSkipJump(budget=small, queries=60, initial_evaluations=12),
    }


def _cases() -> CaseSet:
    """Make files of noise."""
    import torch

    from threatsim.cases.image_set import CaseSet

    levels = _integers("images", 0, 256, (_CASES, 3, _SIDE, _SIDE))
    names = tuple(f"case-{number}" for number in range(_CASES))
    return CaseSet(
        modality="dermoscopy",
        images=torch.from_numpy(levels.astype(np.float32)) / 255,
        labels=np.arange(_CASES, dtype=np.int8) % 2,
        case_ids=names,
        patient_ids=names,
        source="noise",
    )


def _exact_threat_model() -> ThreatModel:
    """Make a threat model on the processor, searched in float32, which every processor can."""
    import torch
    from torch import nn

    network = nn.Sequential(nn.Conv2d(3, _HIDDEN, 4, stride=4), nn.ReLU(), nn.Flatten(), nn.Linear(_HIDDEN * 16, 2))
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            shape = tuple(tensor.shape)
            sign = _integers(f"{name}/sign", 0, 2, shape) * 2 - 1
            tensor.copy_(torch.from_numpy(sign * 2.0 ** -_integers(f"{name}/size", 0, 4, shape)))
    return _held(network, torch.device("cpu"), "float32")


def _ordinary_threat_model(device: torch.device) -> ThreatModel:
    import torch
    from torch import nn

    network = nn.Sequential(
        nn.Conv2d(3, _HIDDEN, 3, stride=2, padding=1),
        nn.BatchNorm2d(_HIDDEN),
        nn.Tanh(),
        nn.Conv2d(_HIDDEN, _HIDDEN, 3, stride=2, padding=1),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(_HIDDEN * 16, 2),
    )
    with torch.no_grad():
        for name, tensor in network.named_parameters():
            unit = _integers(f"ordinary/{name}", 0, 1 << 20, tuple(tensor.shape)) / (1 << 20)
            tensor.copy_(torch.from_numpy((unit - 0.5) * 0.6))
    return _held(network, device, "auto")


def _held(network: nn.Module, device: torch.device, precision: Precision) -> ThreatModel:
    from threatsim.attacks.search.target import Target
    from threatsim.attacks.threat_model import ThreatModel

    victim = Target(network, device, precision=precision)
    return ThreatModel(victim=victim, surrogate=victim, patches={}, fingerprints={"victim": "", "surrogate": ""})


def _integers(name: str, low: int, high: int, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """Draw whole numbers from `low` up to but without `high`."""
    found: NDArray[np.int64] = keyed_generator(f"0/0/{name}").integers(low, high, shape)
    return found
