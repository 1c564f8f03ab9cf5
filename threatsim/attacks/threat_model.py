"""The threat model: the victim, what the attacker knows and can do, and what an outcome depends on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch

from threatsim.attacks.base import ImageAttack, TrainingImages
from threatsim.attacks.search.target import Target
from threatsim.catalogue.access import SurrogateKind
from threatsim.common.errors import ThreatsimError
from threatsim.common.numerics import signature


@dataclass(frozen=True)
class NamedSurrogate:
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
class ThreatModel:
    """The victim of an attack, and the knowledge and capability of the attacker.

    Attributes:
        victim: the payer's classifier, which gives the verdict.
        surrogate: a classifier of the attacker's own, trained independently.
        patches: name -> (2, 3, H, W), the patch for class 0 and for class 1.
        fingerprints: what was loaded, by content: network (its card's section and MONAI's version), victim, surrogate,
            patches.
        threshold: the operating point on p(finding) that the payer decides at.
        training: images that a universal perturbation may be trained on.
        surrogates: further classifiers of the attacker's, for attacks that name their surrogate's kind.
        rounded: how outcomes that were computed elsewhere were rounded (`threatsim.common.numerics.signature`); None
            where they are computed here.
    """

    victim: Target
    surrogate: Target
    patches: Mapping[str, torch.Tensor]
    fingerprints: Mapping[str, str]
    threshold: float = 0.5
    training: TrainingImages | None = None
    surrogates: Mapping[SurrogateKind, NamedSurrogate] = field(default_factory=dict)
    rounded: Sequence[str] | None = None

    @property
    def numerics(self) -> list[str]:
        """How the outcomes of attacks on this victim are rounded; part of the key under which they are kept."""
        return signature(self.victim.device) if self.rounded is None else list(self.rounded)

    def at(self, threshold: float) -> ThreatModel:
        """Return the same attacker before another operating point."""
        return replace(self, threshold=threshold)

    def source_of(self, spec: ImageAttack) -> Target:
        """Return whose gradients or scores an attack follows, through the resize that it reckons with.

        Raises:
            ThreatsimError: a surrogate that the attack names is not there.
            InputError: the attack reckons with a resize, and there is none.
        """
        named = self._named(spec)
        other = self.surrogate if spec.access == "black_box" else self.victim
        source = other if named is None else named.network
        return source if spec.reckons_with is None else source.assuming(spec.reckons_with)

    def training_for(self, spec: ImageAttack) -> TrainingImages | None:
        """Return the images that the attacker may train on: the surrogate's own where the attack names one."""
        named = self._named(spec)
        return self.training if named is None else named.training

    def _named(self, spec: ImageAttack) -> NamedSurrogate | None:
        kind = spec.named_surrogate
        if kind is not None and kind not in self.surrogates:
            raise ThreatsimError(f"there is no surrogate here of {kind.label()}")
        return None if kind is None else self.surrogates[kind]

    def depends_on(self, spec: ImageAttack) -> dict[str, str]:
        """Look up by content what the outcome of this attack depends on, as its row in the catalogue names it.

        The pool of other patients is no part of it: that belongs to the cases, not to the attacker.

        Raises:
            ThreatsimError: the attacker lacks one of them.
        """
        contents = self._contents(spec)
        names = [name for name in spec.inputs(contents) if name != "pool"]
        for name in names:
            if name not in contents:
                raise ThreatsimError(f"the outcome of '{spec.row_name}' depends on {name}, which the attacker lacks")
        return {name: contents[name] for name in names}

    def _contents(self, spec: ImageAttack) -> dict[str, str]:
        """Name of an input -> its content, for all that the attacker has."""
        named, training = self._named(spec), self.training_for(spec)
        found = {**self.fingerprints, "threshold": f"{self.threshold:.9g}"}
        if named is not None:
            found["surrogate"] = named.fingerprint
        if training is not None:
            found["training"] = training.fingerprint
        if libraries := spec.libraries():
            found["library"] = ", ".join(f"{library} {version}" for library, version in libraries.items())
        return found
