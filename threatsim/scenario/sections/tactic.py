"""The tactics of a scenario: what is done to an image, and what it costs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, GetJsonSchemaHandler, SerializerFunctionWrapHandler, model_serializer, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from threatsim.catalogue.access import Access
from threatsim.catalogue.attacks import ATTACKS, attacks_named_in
from threatsim.catalogue.names import NameOf
from threatsim.catalogue.pictures.resizes import AssumedResize
from threatsim.catalogue.row import OWN
from threatsim.scenario.rules.consistency import ClashError
from threatsim.scenario.rules.tactic_rules import tactic_clashes
from threatsim.scenario.section import Section
from threatsim.scenario.sections.quantity import Dollars, Factor, Share

AttackName = Annotated[str, NameOf(lambda: attacks_named_in("scenario"))]
PixelValue = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class Surrogate(Section):
    """What an attacker's surrogate shares with the payer's classifier (Bortsova et al. 2021)."""

    architecture: Literal["same", "other"] = Field(description="The payer's kind of network, or another.")
    data: Literal["same", "disjoint", "half"] = Field(
        description="Trained on the payer's training cases, on as many of other patients, or on half as many of those."
    )
    start: Literal["pretrained", "random"] = Field(
        description="Trained from the commodity weights that the payer started from, or from random ones."
    )


class Tactic(Section):
    """One way to get a case without the finding paid as if it had it."""

    attack: AttackName = Field(
        description="What is done to the image: nothing (only the code is false), another patient's image, another "
        "capture or angle, noise by one of several attacks, a patch in the file or on the lens, or an attack of "
        "foolbox or ART by name. Of claim codes: code_swap, other codes that are true of the same patient."
    )
    access: Access = Field(
        default="none",
        description="What the attacker has of the payer's classifier: nothing, its weights, a surrogate, or answers "
        "to queries.",
    )
    surrogate: Surrogate | None = Field(
        default=None,
        description="access black_box, noise computed anew: what the surrogate shares with the payer's classifier; "
        "without it the one beside the classifier, which shares architecture, cases and start.",
    )
    available: bool = Field(
        default=True, strict=True, description="Whether providers can use it at all; an arm may close or open it."
    )
    epsilon: Factor | None = Field(default=None, description="Noise: greatest change of a pixel, on `pixel_range`.")
    step: Factor | None = Field(default=None, description="PGD: step size, on `pixel_range`.")
    steps: int | None = Field(default=None, strict=True, ge=1, le=1000, description="PGD, APGD: number of steps.")
    pixel_range: tuple[PixelValue, PixelValue] = Field(
        default=(-1.0, 1.0), description="The scale that `epsilon` and `step` are measured on."
    )
    scale: Share | None = Field(default=None, description="Patch: diameter as a share of the image's width.")
    queries: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=100_000,
        description="Square, HopSkipJump: queries that an image may cost; code_swap: claims sent for a case at most.",
    )
    angle: Factor | None = Field(default=None, description="Rotation: greatest angle either way (degrees).")
    captures: int | None = Field(
        default=None, strict=True, ge=2, le=1000, description="Captures: how many there are to choose from."
    )
    assumed_resize: AssumedResize | None = Field(
        default=None,
        exclude_if=lambda resize: resize is None,
        description="Noise, where the payer's classifier reads less than what is sent: the resize that the attacker "
        "takes for the payer's, or none (the resize is overlooked); the payer's own if absent.",
    )
    attack_name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z_][A-Za-z0-9_]*$",
        description="foolbox, art: class in foolbox.attacks or art.attacks.evasion.",
    )
    arguments: dict[str, Any] | None = Field(
        default=None, description="foolbox, art: its keyword arguments, lengths on pixels from 0 to 1."
    )
    parameters: dict[str, Any] | None = Field(
        default=None, description="An attack of another package: values of the parameters that are its own, by name."
    )
    setup_cost: Dollars = Field(description="Paid once by a provider before the first use (USD).")
    cost_per_claim: Dollars = Field(description="Paid for each altered image (USD per claim).")
    belief_paid: Share | None = Field(
        default=None,
        description="Prior belief that a claim by this tactic is paid; else conduct.belief_paid.",
    )

    @model_validator(mode="after")
    def _complete(self) -> Tactic:
        found = tactic_clashes(self.model_dump())
        if found:
            raise ClashError(found)
        return self

    @model_serializer(mode="wrap")
    def _without_empty(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out the parameters of another package's attack where there are none, as before there could be any."""
        found: dict[str, Any] = handler(self)
        if self.parameters is None:
            found.pop("parameters", None)
        return found

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the schema, without `parameters` where no other package adds an attack."""
        found = handler(schema)
        if all(row.package == OWN for row in ATTACKS.values()):
            handler.resolve_ref_schema(found)["properties"].pop("parameters", None)
        return found
