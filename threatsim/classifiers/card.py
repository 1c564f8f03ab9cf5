"""The classifier card: what a classifier is for, what it is made of and how it is trained."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from threatsim.catalogue.modalities import ImageModality
from threatsim.catalogue.pictures.resizes import DEFAULT_RESIZE, ResizeName

Initial = Literal["random", "pretrained", "synthetic", "imagenet"]
Stored = Literal["float32", "float16"]
"""Numbers that weights are kept in; they are computed with as float32 either way."""
OWN_NETWORKS = {
    "EfficientNetLite0": "efficientnet",
    "EfficientNetLite1": "efficientnet",
    "ResNet": "resnet",
    "DenseNet": "densenet",
}
"""Networks of threatsim's own: a class, and its module in `threatsim.classifiers.networks`; other names are MONAI's."""


MONAI_NETWORKS: Final = (
    *("DenseNet121", "DenseNet169", "DenseNet201", "DenseNet264", "EfficientNetBN", "SENet154"),
    *("SEResNet50", "SEResNet101", "SEResNet152", "SEResNext50", "SEResNext101"),
)
"""Networks of MONAI's that a card may name: classifiers of pictures. Others fetch weights by themselves."""


class CardSection(BaseModel):
    """A section of a card: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(CardSection):
    """The synthetic cases that the shipped weights were trained and measured on."""

    seed: int = Field(ge=0, description="Seed of the synthetic cases.")
    image_size: int = Field(ge=32, le=512, description="Width and height of an image (pixels).")
    train: int = Field(ge=100, le=1_000_000, description="Training cases.")
    calibration: int = Field(
        ge=100, le=1_000_000, description="Held-out cases for model selection and operating points."
    )
    test: int = Field(ge=100, le=1_000_000, description="Test cases, never seen in training.")
    positive_share: float = Field(gt=0, lt=1, description="Share of cases with the finding, in every split.")


class Photographs(CardSection):
    """The real images that the shipped weights were trained and measured on, in place of synthetic ones."""

    archive: str = Field(description="The data set, its task and where it is had.")
    licence: str = Field(description="Its licence, and where that was seen.")
    squared: Literal["squeezed", "padded"] = Field(
        description="How pictures became squares: their aspect lost, or kept with black at two sides."
    )
    natural: tuple[str, str] | None = Field(
        default=None,
        description="Training images that the natural patches are cut from, without the finding and with it, so that "
        "no part of one need lie beside the weights; the two surest, kept with the patches, if absent.",
    )


class Network(CardSection):
    """A network, named in one of three ways. Normalisation is added in front of it and travels with the weights.

    An exported program is taken as it is: it reads images in [0, 1] and carries its own weights.
    """

    name: str | None = Field(
        default=None,
        description="EfficientNetLite0, EfficientNetLite1, ResNet, DenseNet, or with MONAI (threatsim[monai]) one of "
        "MONAI_NETWORKS, for instance SEResNet50.",
    )
    factory: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$",
        description="Your own network, as package.module:function; called with the arguments, returns a torch module.",
    )
    program: str | None = Field(
        default=None,
        pattern=r"^[\w.-]+\.pt2$",
        description="Your own network with its weights, a file of torch.export in the card's folder.",
    )
    arguments: dict[str, Any] = Field(default_factory=dict, description="Its keyword arguments.")

    @model_validator(mode="after")
    def _one(self) -> Network:
        if sum(way is not None for way in (self.name, self.factory, self.program)) != 1:
            raise ValueError("name exactly one of name, factory and program")
        if self.program and self.arguments:
            raise ValueError("an exported program takes no arguments")
        return self

    @property
    def label(self) -> str:
        """The network and where it comes from."""
        if self.program:
            return f"the exported program {self.program}"
        if self.name in OWN_NETWORKS:
            return str(self.name)
        return f"{self.name} (MONAI)" if self.name else f"{self.factory}"


class Augmentation(CardSection):
    """Random changes of training images that leave the label as it is."""

    rotation: float = Field(ge=0, le=180, description="Greatest rotation either way (degrees).")
    shift: float = Field(ge=0, le=0.5, description="Greatest shift either way (share of the width).")
    zoom: float = Field(ge=0, le=0.5, description="Greatest change of scale either way (share).")
    brightness: float = Field(ge=0, le=0.5, description="Greatest change of brightness either way (share).")
    flip_horizontal: bool = Field(description="Whether left and right are swapped half the time.")
    flip_vertical: bool = Field(description="Whether top and bottom are swapped half the time.")
    discs: float = Field(
        default=0,
        ge=0,
        le=1,
        description="Share of images on which another training image is pasted, shrunk to a disc of 0.2 to 0.5 of the "
        "width; the label stays (a relative of random erasing, Zhong et al. 2020).",
    )


class Adversarial(CardSection):
    """Adversarial training: every batch is moved against its labels before the step (Madry et al. 2018).

    One step from a random start is the fast form of Wong et al. 2020 (arXiv 2001.03994).
    """

    epsilon: float = Field(gt=0, description="Greatest change of a pixel in the L-infinity norm, on the scale.")
    step: float = Field(gt=0, description="Step size, on the scale.")
    steps: int = Field(ge=1, le=20, description="Gradient steps for a batch.")
    warm_up: int = Field(default=0, ge=0, description="First epochs, which are trained on clean images.")
    low: float = Field(default=-1.0, description="Value of a black pixel on the scale of epsilon and step.")
    high: float = Field(default=1.0, description="Value of a white pixel on that scale.")

    @model_validator(mode="after")
    def _ordered(self) -> Adversarial:
        if self.low >= self.high:
            raise ValueError("low must be less than high")
        return self

    def on_unit_scale(self, length: float) -> float:
        """Return a length on the scale low to high as a length on [0, 1]."""
        return length / (self.high - self.low)


class Recipe(CardSection):
    """How the weights are trained: AdamW under a one-cycle schedule."""

    epochs: int = Field(ge=1, le=1000, description="Passes over the training cases.")
    batch_size: int = Field(ge=2, le=4096, description="Cases in a step.")
    learning_rate: float = Field(gt=0, le=1, description="Peak of the one-cycle schedule.")
    weight_decay: float = Field(ge=0, le=1, description="Decoupled weight decay.")
    mixup: float = Field(ge=0, le=10, description="Alpha of mixup (Zhang et al. 2018); 0 for none.")
    initial: Initial = Field(
        default="random",
        description="Start from random weights, from the network pre-trained on all modalities, from the card's own "
        "weights of the synthetic modality (fine-tuning), or from those of ImageNet in an installed package.",
    )
    frozen: int = Field(
        default=0, ge=0, description="Blocks, counted from the image and the stem among them, that stay as they are."
    )
    statistics: Literal["trained", "still"] = Field(
        default="trained", description="Whether the statistics of batch normalisation are trained or stay as they are."
    )
    averaged: float = Field(
        default=0,
        ge=0,
        lt=1,
        description="Share that the running average of the weights keeps at a step; the last average is what is kept "
        "(Polyak and Juditsky 1992); 0 for none.",
    )
    balanced: bool = Field(default=False, description="Whether cases with and without the finding come equally often.")
    cases_a_pass: int | None = Field(default=None, ge=2, description="Cases drawn for a pass; all if absent.")
    augmentation: Augmentation = Field(description="Random changes of training images.")
    adversarial: Adversarial | None = Field(default=None, description="Adversarial training; none if absent.")

    @model_serializer(mode="wrap")
    def _without_silent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out later fields where they say nothing: what is kept under a recipe's hash stays so."""
        written: dict[str, Any] = handler(self)
        later = ("frozen", "statistics", "averaged", "balanced", "cases_a_pass")
        silent = {name for name in later if getattr(self, name) == type(self).model_fields[name].default}
        return {name: value for name, value in written.items() if name not in silent}


class FurtherSteps(CardSection):
    """A patch trained on from where it stands, towards one class: the rate starts and falls to zero once more."""

    towards: Literal[0, 1] = Field(description="The class that the patch is to show.")
    steps: int = Field(ge=1, le=100_000, description="Gradient steps.")
    learning_rate: float = Field(gt=0, le=1, description="First change of a pixel in a step, on [0, 1].")
    side: int = Field(ge=8, le=512, description="Width and height of the patch from here on (pixels).")


class PatchRecipe(CardSection):
    """How the adversarial patches are trained: signed gradients with momentum, the rate falling to zero."""

    steps: int = Field(default=500, ge=1, le=100_000, description="Gradient steps for each patch.")
    lens_steps: int = Field(
        default=300, ge=0, le=100_000, description="Gradient steps for each patch on the lens; 0 for no such patch."
    )
    batch_size: int = Field(default=32, ge=1, le=4096, description="Images in a step.")
    learning_rate: float = Field(default=0.05, gt=0, le=1, description="First change of a pixel in a step, on [0, 1].")
    scales: tuple[float, float] = Field(
        default=(0.1, 1.0), description="Range of diameters in training, as a share of the width."
    )
    side: int | None = Field(
        default=None,
        ge=8,
        le=512,
        exclude_if=lambda side: side is None,
        description="Width and height of a patch (pixels). One much wider than it is pasted is trained slowly, since a "
        "step reaches only the pixels that are sampled; the image's own if absent.",
    )
    further: tuple[FurtherSteps, ...] = Field(
        default=(),
        exclude_if=lambda further: not further,
        description="What follows for patches anywhere on the image, on images of the other class alone: one direction "
        "is often finished long before the other.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> PatchRecipe:
        if not 0 < self.scales[0] <= self.scales[1] <= 1:
            raise ValueError("scales must be two shares of the width, the smaller first")
        return self


class CardOperatingPoint(CardSection):
    """The card's own operating point: name exactly one of the two."""

    sensitivity: float | None = Field(default=None, gt=0, lt=1, description="Sensitivity reached on calibration.")
    specificity: float | None = Field(default=None, gt=0, lt=1, description="Specificity reached on calibration.")

    @model_validator(mode="after")
    def _one(self) -> CardOperatingPoint:
        if (self.sensitivity is None) == (self.specificity is None):
            raise ValueError("name exactly one of sensitivity and specificity")
        return self


class Card(CardSection):
    """A classifier card, `card.yaml` in the classifier's folder."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="Name of the classifier and of its folder.")
    modality: ImageModality = Field(description="Kind of image it reads.")
    task: str = Field(description="What it decides, in a line.")
    source: str = Field(description="The published classifier that it stands for, with its figures.")
    limits: str = Field(description="What it must not be used for.")
    stored: Stored = Field(default="float32", description="Numbers that its weights are kept in.")
    data: Data = Field(description="Synthetic cases behind the shipped weights, or beside them if `photographs` is.")
    reads: int | None = Field(
        default=None,
        ge=16,
        exclude_if=lambda reads: reads is None,
        description="Width and height that the network reads (pixels), where the pictures submitted are larger; those "
        "of `data` if absent.",
    )
    resize: ResizeName | None = Field(
        default=None,
        exclude_if=lambda resize: resize is None,
        description="How the payer makes pictures as small as that; as Pillow does, bilinear, if absent.",
    )
    photographs: Photographs | None = Field(
        default=None, description="Real images behind the shipped weights; none if those are of synthetic cases."
    )
    finding: str | None = Field(
        default=None,
        exclude_if=lambda finding: finding is None,
        description="What label 1 stands for in a published archive that has several findings, as Pneumonia in NIH "
        "ChestX-ray14; the first of the archive's layout if absent.",
    )
    network: Network = Field(description="The victim's network, and the surrogate's where that is not named.")
    surrogate_network: Network | None = Field(default=None, description="The surrogate's network, if it is another.")
    recipe: Recipe = Field(description="How the shipped weights are trained.")
    recipe_for_archives: Recipe = Field(description="How weights are trained on an archive of real images.")
    patches: PatchRecipe = Field(default=PatchRecipe(), description="How the patches are trained.")
    victim_seed: int = Field(ge=0, description="Seed of the victim's initial weights and batches.")
    surrogate_seed: int = Field(ge=0, description="Seed of the surrogate's: trained independently of the victim.")
    operating_point: CardOperatingPoint = Field(description="Threshold used when no scenario sets another.")

    @field_validator("reads")
    @classmethod
    def _smaller(cls, reads: int | None, info: ValidationInfo) -> int | None:
        data = info.data.get("data")
        if reads is not None and isinstance(data, Data) and reads > data.image_size:
            sent = f"the pictures submitted have {data.image_size} pixels (data.image_size)"
            raise ValueError(f"{sent}, and this is more")
        return reads

    @field_validator("resize")
    @classmethod
    def _of_something(cls, resize: str | None, info: ValidationInfo) -> str | None:
        if resize is not None and "reads" in info.data and info.data["reads"] is None:
            raise ValueError("there is nothing to resize to; say what the network reads, as in reads: 224")
        return resize

    @model_validator(mode="after")
    def _independent(self) -> Card:
        if self.victim_seed == self.surrogate_seed:
            raise ValueError("victim_seed and surrogate_seed must differ: the surrogate is trained independently")
        if self.network_of("surrogate").program:
            raise ValueError("a program cannot be trained, so name a surrogate_network that can")
        return self

    @property
    def resize_name(self) -> str:
        """The payer's resize, if there is one."""
        return self.resize or DEFAULT_RESIZE

    @property
    def resize_label(self) -> str:
        """What the network reads of the pictures submitted, in words; empty if they are read as they are."""
        return f"{self.reads} pixels by {self.resize_name}" if self.reads else ""

    def network_of(self, role: str) -> Network:
        """Return the network of the `victim` or the `surrogate`."""
        return self.surrogate_network or self.network if role == "surrogate" else self.network
