"""What an attacker may have of the payer's classifier: nothing, its weights, a surrogate, or answers to queries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

Access = Literal["none", "white_box", "black_box", "queries"]

ACCESSES: Final[tuple[Access, ...]] = ("none", "white_box", "black_box", "queries")
KNOWLEDGE: Final[Mapping[str, str]] = {
    "white_box": "white box",
    "black_box": "transfer from the surrogate",
    "queries": "queries to the payer",
    "none": "no access",
}
"""Access -> what the attacker has of the payer's classifier, in words."""
SHORT: Final[Mapping[str, str]] = {
    "white_box": "white box",
    "black_box": "black box",
    "queries": "queries",
    "none": "no access",
}
"""Access -> its name in a heading."""
TECHNIQUE: Final[Mapping[str, str]] = {
    "white_box": "AML.T0043.000",
    "queries": "AML.T0043.001",
    "black_box": "AML.T0043.002",
    "none": "AML.T0043.003",
}
"""Access -> MITRE ATLAS technique of crafting adversarial data with it."""
