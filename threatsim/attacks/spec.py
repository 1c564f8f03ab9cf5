"""What an attack is: family, parameters, budget, knowledge and goal. Data only; a family's file runs it.

Every attack names its MITRE ATLAS technique, what the attacker needs (`access`) and when it stops (`goal`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from threatsim.attacks.budget import PixelBudget
from threatsim.classifiers.surrogate_kind import SurrogateKind

__all__ = [
    "APGD",
    "FGSM",
    "NEVER",
    "PGD",
    "TURNED",
    "AttackSpec",
    "Captures",
    "External",
    "Goal",
    "HopSkipJump",
    "MinimalNorm",
    "Patch",
    "PixelBudget",
    "Rotation",
    "Square",
    "Substitution",
    "Universal",
]

GradientAccess = Literal["white_box", "black_box"]
_KNOWLEDGE = {
    "white_box": "white box",
    "black_box": "transfer from the surrogate",
    "queries": "queries to the payer",
    "none": "no access",
}
_TECHNIQUE = {
    "white_box": "AML.T0043.000",
    "queries": "AML.T0043.001",
    "black_box": "AML.T0043.002",
    "none": "AML.T0043.003",
}


class Goal(BaseModel):
    """When an attack on an image is finished. Stopping early is right for evasion and ruins transfer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stop: Literal["turned", "never", "budget"] = Field(
        description="turned: once the decision turns at the operating point, with the margin; never: all steps are "
        "taken, for transfer or confidence; budget: as turned, or when the queries are spent."
    )
    margin: float = Field(
        default=0.0,
        ge=0,
        allow_inf_nan=False,
        description="Logits beyond the operating point that the search must reach, so that the saved file still turns.",
    )

    def words(self) -> str:
        """The goal in a few words."""
        if self.stop == "never":
            return "all steps taken"
        beyond = f" by {self.margin:g} logits" if self.margin else ""
        spent = " or the queries are spent" if self.stop == "budget" else ""
        return f"until the decision turns{beyond}{spent}"


TURNED = Goal(stop="turned", margin=0.25)
NEVER = Goal(stop="never")
SPENT = Goal(stop="budget")


class Attack(BaseModel):
    """What every attack has: an ATLAS technique and the attacker's knowledge, both by `access`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def technique(self) -> str:
        """MITRE ATLAS technique."""
        return _TECHNIQUE[getattr(self, "access", "none")]

    @property
    def knowledge(self) -> str:
        """What the attacker has of the payer's classifier, in words."""
        return _KNOWLEDGE[getattr(self, "access", "none")]


class _FromSurrogate(Attack):
    """An attack whose gradients may come from a surrogate of any kind."""

    surrogate: SurrogateKind | None = Field(
        default=None, description="Transfer from a surrogate of this kind; the one beside the victim if null."
    )

    @model_validator(mode="after")
    def _transferred(self) -> Self:
        if self.surrogate is not None and getattr(self, "access", None) != "black_box":
            raise ValueError("a surrogate is for access black_box")
        return self

    @property
    def knowledge(self) -> str:
        """What the attacker has of the payer's classifier, in words."""
        return f"transfer ({self.surrogate.words()})" if self.surrogate else super().knowledge


class FGSM(_FromSurrogate):
    """Fast gradient sign method (Goodfellow et al. 2015, arXiv 1412.6572): one step of the whole radius."""

    family: Literal["fgsm"] = "fgsm"
    access: GradientAccess = Field(default="white_box", description="Gradients of the victim or of the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")
    goal: Goal = Field(default=NEVER, description="When it stops; a single step is always taken whole.")

    def words(self) -> str:
        """The attack in a line."""
        return f"FGSM, {self.knowledge}, epsilon {self.budget.words()}"


class PGD(_FromSurrogate):
    """Projected gradient descent from a random start (Madry et al. 2018, arXiv 1706.06083).

    With `momentum` it is the momentum iterative method of Dong et al. 2018 (arXiv 1710.06081), for transfer.
    """

    family: Literal["pgd"] = "pgd"
    access: GradientAccess = Field(description="Gradients of the victim or of the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")
    step: float = Field(gt=0, allow_inf_nan=False, description="Step size, on the budget's scale.")
    steps: int = Field(ge=1, le=10_000, description="Number of gradient steps.")
    momentum: float = Field(default=0.0, ge=0, le=10, description="Decay of the accumulated gradient; 0 for none.")
    random_start: bool = Field(default=True, description="Start anywhere in the ball instead of at the image.")
    goal: Goal = Field(default=NEVER, description="When it stops; never, as in Finlayson et al., by default.")

    def words(self) -> str:
        """The attack in a line."""
        name = "PGD with momentum" if self.momentum else "PGD"
        return f"{name}, {self.knowledge}, {self.steps} steps, epsilon {self.budget.words()}"


class APGD(_FromSurrogate):
    """PGD that sets its own step size (Croce and Hein 2020, arXiv 2003.01690). The default attack.

    `loss` both runs cross-entropy first and the margin on what is left; with two classes the two lead the same way,
    and only the margin is run.
    """

    family: Literal["apgd"] = "apgd"
    access: GradientAccess = Field(default="white_box", description="Gradients of the victim or of the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")
    steps: int = Field(default=100, ge=1, le=10_000, description="Number of gradient steps of a restart.")
    restarts: int = Field(default=1, ge=1, le=1000, description="Random starts tried on images that withstood.")
    loss: Literal["cross_entropy", "margin", "both"] = Field(default="both", description="What is ascended.")
    prelude: int = Field(
        default=5,
        ge=0,
        le=100,
        description="Steps up the margin from the image itself, as long as a linear model would need and taken back "
        "where they do not help, tried first where the goal lets an image stop: most of an undefended classifier need "
        "no more. They count as steps of the first restart.",
    )
    goal: Goal = Field(default=TURNED, description="When it stops.")

    def words(self) -> str:
        """The attack in a line."""
        return f"APGD, {self.knowledge}, {self.steps} steps, epsilon {self.budget.words()}"


class MinimalNorm(Attack):
    """The least change that turns the decision: fast minimum-norm attack (Pintor et al. 2021, arXiv 2102.12827)."""

    family: Literal["minimal_norm"] = "minimal_norm"
    access: GradientAccess = Field(default="white_box", description="Gradients of the victim or of the surrogate.")
    norm: Literal["linf", "l2"] = Field(default="linf", description="The norm that is made small.")
    steps: int = Field(default=100, ge=2, le=10_000, description="Number of gradient steps.")
    levels: int | None = Field(default=255, ge=1, description="Steps between black and white in the file; null: none.")
    goal: Goal = Field(default=NEVER, description="It always takes all steps.")

    def words(self) -> str:
        """The attack in a line."""
        return f"Minimal-norm attack ({self.norm}), {self.knowledge}, {self.steps} steps"


class Patch(Attack):
    """A round patch (Brown et al. 2017, arXiv 1712.09665), or one of its controls, which are not optimised."""

    family: Literal["patch"] = "patch"
    access: Literal["white_box", "black_box", "none"] = Field(
        description="Trained on the victim, on the surrogate, or not trained: a control."
    )
    scale: float = Field(gt=0, le=1, description="Diameter as a share of the image's width.")
    rotation: float = Field(default=22.5, ge=0, le=180, description="Greatest rotation either way (degrees).")
    place: Literal["random", "lens"] = Field(
        default="random",
        description="Pasted anywhere in the file, or a sticker on the lens: one place in every image, before capture.",
    )
    control: Literal["natural", "grey", "noise", "shuffled"] = Field(
        default="natural",
        description="What an untrained patch shows: the image most typical of the class, plain grey, random pixels, "
        "or the white-box patch with its pixels shuffled.",
    )

    @property
    def artefact(self) -> str:
        """Name of the trained patch that is pasted."""
        if self.access == "none":
            return "none" if self.control == "natural" else self.control
        return f"lens_{self.access}" if self.place == "lens" else self.access

    def words(self) -> str:
        """The attack in a line."""
        controls = {"natural": "natural image", "grey": "plain grey", "noise": "random pixels", "shuffled": "shuffled"}
        made = controls[self.control] if self.access == "none" else self.knowledge
        where = "on the lens, one place" if self.place == "lens" else "random place and angle"
        return f"Patch, {made}, {self.scale:.0%} of the width, {where}"


class Universal(_FromSurrogate):
    """One perturbation for every image (Moosavi-Dezfooli et al. 2017, arXiv 1610.08401; Hirano et al. 2021)."""

    family: Literal["universal"] = "universal"
    access: GradientAccess = Field(default="white_box", description="Trained on the victim or on the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of an image.")
    steps: int = Field(default=300, ge=1, le=100_000, description="Gradient steps of its training.")
    images: int = Field(default=1000, ge=1, le=1_000_000, description="Training images.")

    def words(self) -> str:
        """The attack in a line."""
        return f"Universal perturbation, {self.knowledge}, epsilon {self.budget.words()}"


class Square(Attack):
    """Square attack on scores (Andriushchenko et al. 2020, arXiv 1912.00049); every query is counted."""

    family: Literal["square"] = "square"
    access: Literal["queries"] = Field(default="queries", description="The payer's score for a submitted image.")
    budget: PixelBudget = Field(description="Greatest change of a pixel.")
    queries: int = Field(default=1000, ge=1, le=1_000_000, description="Queries that an image may cost.")
    initial_share: float = Field(
        default=0.8, gt=0, le=1, description="Share of the image that the first square covers."
    )
    goal: Goal = Field(default=SPENT, description="When it stops.")

    def words(self) -> str:
        """The attack in a line."""
        return f"Square, scores only, {self.queries} queries, epsilon {self.budget.words()}"


class HopSkipJump(Attack):
    """HopSkipJump on decisions alone (Chen et al. 2020, arXiv 1904.02144); every query is counted."""

    family: Literal["hopskipjump"] = "hopskipjump"
    access: Literal["queries"] = Field(default="queries", description="The payer's decision on a submitted image.")
    budget: PixelBudget = Field(description="Greatest change of the image that counts as a success.")
    queries: int = Field(default=1000, ge=1, le=1_000_000, description="Queries that an image may cost.")
    initial_evaluations: int = Field(default=50, ge=1, description="Queries of the first gradient estimate.")
    goal: Goal = Field(default=SPENT, description="When it stops.")

    def words(self) -> str:
        """The attack in a line."""
        return f"HopSkipJump, decisions only, {self.queries} queries, epsilon {self.budget.words()}"


class Rotation(Attack):
    """The camera held at another angle (Engstrom et al. 2019, arXiv 1712.02779): before capture, deniable."""

    family: Literal["rotation"] = "rotation"
    access: Literal["none", "white_box", "black_box", "queries"] = Field(
        default="white_box", description="Who scores the angles: nobody (a random one), the victim, or the surrogate."
    )
    greatest: float = Field(default=30.0, gt=0, le=180, description="Greatest angle either way (degrees).")
    angles: int = Field(default=31, ge=2, le=1000, description="Angles tried, evenly spaced.")

    def words(self) -> str:
        """The attack in a line."""
        return f"Rotation at capture, {self.knowledge}, up to {self.greatest:g} degrees, {self.angles} angles"


class Captures(Attack):
    """The best of several captures of the same patient: small changes of angle, place, light and sensor noise."""

    family: Literal["captures"] = "captures"
    access: Literal["white_box", "black_box", "queries"] = Field(
        default="black_box", description="Who scores the captures: the victim or the surrogate."
    )
    count: int = Field(default=8, ge=2, le=1000, description="Captures to choose from, the first one included.")

    def words(self) -> str:
        """The attack in a line."""
        return f"Choosing among {self.count} captures, {self.knowledge}"


class Substitution(Attack):
    """Another patient's image, of a case that truly has the wanted label, sent in its place."""

    family: Literal["substitution"] = "substitution"
    access: Literal["none"] = Field(default="none", description="Nothing of the classifier is needed.")

    def words(self) -> str:
        """The attack in a line."""
        return "Substitution by another patient's image"


class External(Attack):
    """An attack of another library, by name; run image by image, so that it too depends on its key alone."""

    family: Literal["external"] = "external"
    library: Literal["foolbox", "art"] = Field(description="foolbox, or the adversarial robustness toolbox (ART).")
    name: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="Class in foolbox.attacks or art.attacks.evasion, for instance LinfDeepFoolAttack.",
    )
    arguments: dict[str, Any] = Field(default_factory=dict, description="Its keyword arguments, lengths on [0, 1].")
    access: GradientAccess = Field(default="white_box", description="Run on the victim or on the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")

    def words(self) -> str:
        """The attack in a line."""
        return f"{self.name} ({self.library}), {self.knowledge}, epsilon {self.budget.words()}"


AttackSpec = Annotated[
    FGSM
    | PGD
    | APGD
    | MinimalNorm
    | Patch
    | Universal
    | Square
    | HopSkipJump
    | Rotation
    | Captures
    | Substitution
    | External,
    Field(discriminator="family"),
]
