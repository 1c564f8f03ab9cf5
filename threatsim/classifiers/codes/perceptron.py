"""The triage classifier of claims: a small network on what is written on a claim."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from threatsim.cases.codes.claim_set import FEATURES, features
from threatsim.cases.codes.patient import Codes
from threatsim.cases.codes.policy import Line


class ClaimClassifier(nn.Module):
    """(N, FEATURES) claims to (N, 2) logits; column 1 is payable."""

    def __init__(self, hidden: Sequence[int]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = FEATURES
        for next_width in hidden:
            layers += [nn.Linear(width, next_width), nn.ReLU()]
            width = next_width
        self.body = nn.Sequential(*layers, nn.Linear(width, 2))

    def forward(self, claims: torch.Tensor) -> torch.Tensor:
        """Return logits (N, 2) of claims (N, FEATURES)."""
        logits: torch.Tensor = self.body(claims)
        return logits


def scores(classifier: nn.Module, claims: NDArray[np.float32]) -> NDArray[np.float32]:
    """Score claims (N, FEATURES): (N,) p(payable), reckoned in double precision on the CPU.

    A claim's score then does not depend on the claims beside it: what rounding does in the last bits of a double does
    not show in a float.
    """
    with torch.inference_mode():
        logits = classifier(torch.from_numpy(claims).double())
        found: NDArray[np.float32] = logits.softmax(1)[:, 1].float().numpy()
        return found


def score_codes(classifier: nn.Module, codes: Sequence[Codes], line: Line) -> NDArray[np.float32]:
    """Score one claim line under several code sets: (N,) p(payable)."""
    return scores(classifier, features((one, line) for one in codes))


def code_gradient(classifier: nn.Module, codes: Sequence[Codes], line: Line) -> NDArray[np.float64]:
    """Return (N, FEATURES) gradient of the logit for payable over that against, at each code set."""
    leaf = torch.from_numpy(features((one, line) for one in codes)).double().requires_grad_(True)
    logits = classifier(leaf)
    gradient: NDArray[np.float64] = torch.autograd.grad((logits[:, 1] - logits[:, 0]).sum(), leaf)[0].numpy()
    return gradient
