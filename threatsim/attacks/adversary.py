"""The attacker: whom an attack is run against, what it holds, and what an outcome depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import torch

from threatsim.attacks.base import NEVER
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.universal import TrainingImages, Universal
from threatsim.attacks.registry import AttackSpec
from threatsim.attacks.search.target import Target
from threatsim.catalogue.surrogate_kind import SurrogateKind
from threatsim.common.errors import ThreatsimError


@dataclass(frozen=True)
class HeldSurrogate:
    """A surrogate of the attacker's own that is not the one beside the victim.

    Attributes:
        network: the surrogate.
        fingerprint: hash of its weights.
        training: the images that it was trained on.
    """

    network: Target
    fingerprint: str
    training: TrainingImages


@dataclass(frozen=True)
class Adversary:
    """Whom an attack is run against, and what the attacker holds.

    Attributes:
        victim: the payer's classifier, which gives the verdict.
        surrogate: a classifier of the attacker's own, trained independently.
        patches: name -> (2, 3, H, W), the patch for class 0 and for class 1.
        fingerprints: what was loaded, by content: network (its card's section and MONAI's version), victim, surrogate,
            patches.
        threshold: the operating point on p(finding) that decides whether a decision has turned.
        training: images that a universal perturbation may be trained on.
        surrogates: further classifiers of the attacker's, for attacks that name their surrogate's kind.
    """

    victim: Target
    surrogate: Target
    patches: Mapping[str, torch.Tensor]
    fingerprints: Mapping[str, str]
    threshold: float = 0.5
    training: TrainingImages | None = None
    surrogates: Mapping[SurrogateKind, HeldSurrogate] = field(default_factory=dict)

    def at(self, threshold: float) -> Adversary:
        """The same adversary before another operating point."""
        return replace(self, threshold=threshold)

    def source_of(self, spec: AttackSpec) -> Target:
        """Whose gradients or scores an attack follows.

        Raises:
            ThreatsimError: a surrogate that the attack names is not held.
        """
        held = self._named(spec)
        if held is not None:
            return held.network
        return self.surrogate if spec.access == "black_box" else self.victim

    def training_for(self, spec: AttackSpec) -> TrainingImages | None:
        """The images that the attacker may train on: the surrogate's own where the attack names one."""
        held = self._named(spec)
        return self.training if held is None else held.training

    def _named(self, spec: AttackSpec) -> HeldSurrogate | None:
        kind = getattr(spec, "surrogate", None)
        if kind is not None and kind not in self.surrogates:
            raise ThreatsimError(f"there is no surrogate here of {kind.words()}")
        return None if kind is None else self.surrogates[kind]

    def depends_on(self, spec: AttackSpec) -> dict[str, str]:
        """What the outcome of this attack depends on, by content."""
        needed = {"victim"}
        if isinstance(spec, Patch) or (isinstance(spec, HopSkipJump) and "patches" in self.fingerprints):
            needed.add("patches")
        elif spec.access == "black_box":
            needed.add("surrogate")
        depends = {name: self.fingerprints[name] for name in sorted(needed)}
        if (held := self._named(spec)) is not None:
            depends["surrogate"] = held.fingerprint
        if isinstance(spec, Universal):
            training = self.training_for(spec)
            depends["training"] = training.fingerprint if training else ""
        goal = getattr(spec, "goal", NEVER)
        if goal.stop != "never" or spec.access == "queries" or isinstance(spec, MinimalNorm):
            depends["threshold"] = f"{self.threshold:.9g}"
        return depends
