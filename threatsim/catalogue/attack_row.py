"""What a row says of an attack: how it is made, what its outcome depends on, what it alters, how it is shown.

At the end stands what rows of several attacks share.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from threatsim.catalogue.access import TECHNIQUE, Access
from threatsim.catalogue.pictures.resizes import NO_RESIZE, RESIZES
from threatsim.catalogue.row import Row, Text

Input = Literal["victim", "surrogate", "patches", "training", "threshold", "library", "pool"]
"""What the outcome of an attack may depend on, beside the case, the attack's own parameters and the seed: the weights
of the payer's classifier, of the surrogate, the trained patches, the images trained on, the operating point, the
version of the library that computes it, and the cases from which another patient's image is drawn."""
When = Literal["always", "by_transfer", "unless_never", "by_queries", "where_held"]
"""When it does: whatever the access; with access black_box; with a goal that stops early; with access queries; where
the attacker holds it at all."""
Need = Literal["gradients", "scores", "decisions", "trained_artefact", "training_images", "other_patients"]
Place = Literal["scenario", "command"]


class Parameter(BaseModel):
    """One number or name that an attack is given, by a scenario's tactic or by `threatsim attack run`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text = Field(description="Name in a tactic; the command's option has - in place of _.")
    fields: tuple[Text, ...] = Field(
        min_length=1, description="Fields of the implementation that it fills, dotted where they lie deeper."
    )
    text: Text = Field(description="What it is, with its unit where it has one.")
    choices: tuple[Text, ...] = Field(default=(), description="The values that it may have; empty: the type tells.")
    required: bool = Field(default=False, description="Whether a scenario must give it.")
    only_with: str = Field(default="", description="The one access with which a tactic may give it; empty: any.")
    in_scenario: bool = Field(default=True, description="Whether a tactic may give it.")
    in_command: bool = Field(default=True, description="Whether `threatsim attack run` may be given it.")
    default: Any = Field(
        default=None, description="What `threatsim attack run` takes if not told; null leaves it to the implementation."
    )


class BudgetCurve(BaseModel):
    """Success against budget: which parameter is the budget, and with which values it is tried."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Text = Field(description="Field of the implementation that is the budget.")
    values: tuple[int | float, ...] = Field(
        default=(),
        description="Budgets tried, rising; of a pixel budget in grey levels. Empty: each image's own least change, in "
        "the norm that the field names.",
    )
    axis: Text = Field(description="What the axis shows, with its unit; of a pixel budget where its norm is linf.")
    scaled: tuple[Text, ...] = Field(default=(), description="Fields that grow and shrink with a pixel budget.")
    in_report: bool = Field(default=False, description="Whether a scenario's report shows it, under a norm of linf.")


class AttackRow(Row):
    """An attack on an image, or on the codes of a claim."""

    parameters: tuple[Parameter, ...] = Field(default=(), description="What it is given.")
    fixed: Mapping[str, Any] = Field(default={}, description="Fields of the implementation that the name decides.")
    market: Mapping[str, Any] = Field(
        default={}, description="Values that its parameters have in a scenario, where a tactic does not give them."
    )
    named_in: tuple[Place, ...] = Field(
        default=("scenario", "command"), description="Where it is called by its name: in tactics, in commands."
    )
    access: tuple[Access, ...] = Field(
        default=("white_box", "black_box"), min_length=1, description="What the attacker may have of the classifier."
    )
    default_access: Access = Field(default="white_box", description="What `threatsim attack run` takes if not told.")
    any_surrogate: bool = Field(
        default=False, description="Whether a scenario may name the kind of surrogate that it is computed on."
    )
    needs: tuple[Need, ...] = Field(description="What it works with, beside the image.")
    depends_on: Mapping[Input, When] = Field(
        min_length=1, description="What its outcome depends on, and when: what the key of an outcome is made of."
    )
    alters: Literal["code", "file", "scene", "patient"] = Field(
        description="The claim's codes, the file, what was before the camera, or the patient pictured."
    )
    visible: Literal["nothing", "patch", "another_patient"] = Field(
        default="nothing", description="What a reader can see of it."
    )
    medium: Literal["image", "codes"] = Field(default="image", description="What it is made on.")
    curve: BudgetCurve | None = Field(default=None, description="Success against its budget; null if it has none.")
    queries: str = Field(
        default="", description="Field that bounds the queries for an image, where it is run by queries; else empty."
    )
    control: Literal["none", "shuffled"] = Field(
        default="none", description="shuffled: the same change with its pixels in random order is tried as well."
    )
    technique: Mapping[str, str] = Field(
        default={}, description="Ids of MITRE ATLAS by access, where they are others than usual."
    )
    computed: bool = Field(
        default=True, description="Whether it takes code of an attack, and not a camera, an editor or an archive."
    )
    library: str = Field(default="", description="Package of another library that computes it; empty if none does.")

    def in_scenario(self) -> list[Parameter]:
        """Return the parameters that a tactic gives, in order."""
        return [parameter for parameter in self.parameters if parameter.in_scenario]

    @property
    def alters_file(self) -> bool:
        """Whether the file that the device captured is changed or exchanged, so that a signature fails."""
        return self.alters in ("file", "patient")

    def technique_of(self, access: str) -> str:
        """Return id of the MITRE ATLAS technique of this attack with an access."""
        return self.technique.get(access, TECHNIQUE[access])

    def inputs(self, access: str, *, stops_early: bool, available: Container[str]) -> list[Input]:
        """Return what the outcome depends on, by name.

        Args:
            access: what the attacker has of the classifier.
            stops_early: whether an image is left once its decision turns.
            available: what the attacker has.
        """
        met = {
            "always": True,
            "by_transfer": access == "black_box",
            "by_queries": access == "queries",
            "unless_never": stops_early,
        }
        return [name for name, when in self.depends_on.items() if met.get(when, name in available)]

    def build(self, values: Mapping[str, Any]) -> Any:
        """Return the attack with these values of its parameters; those that are None or absent are left to it.

        Args:
            values: by parameter name, and `access` and `surrogate`, where they are given.

        Raises:
            pydantic.ValidationError: a value is not allowed.
            PluginError: the implementation does not import.
        """
        made: dict[str, Any] = dict(self.fixed)
        for name in ("access", "surrogate"):
            if values.get(name) is not None:
                made[name] = values[name]
        for parameter in self.parameters:
            value = values.get(parameter.name)
            if value is not None:
                parts = value if len(parameter.fields) > 1 else (value,)
                for field, part in zip(parameter.fields, parts, strict=True):
                    _put(made, field, part)
        return self.resolve()(**made)


def _put(made: dict[str, Any], field: str, value: Any) -> None:
    *above, last = field.split(".")
    for name in above:
        made = made.setdefault(name, {})
    made[last] = value


TRAINED: Final[tuple[Access, ...]] = ("white_box", "black_box")
"""The accesses by which an attacker has gradients: of the victim, or of a surrogate."""


def parameter(name: str, text: str, *fields: str, **rest: Any) -> Parameter:
    """Return a parameter that fills some fields of the implementation: the one of its own name if none are given."""
    return Parameter(name=name, text=text, fields=fields or (name,), **rest)


# Parameters that several attacks share -------------------------------------------------------------------------------

EPSILON = parameter("epsilon", "Greatest change, on the pixel range.", "budget.epsilon", required=True, default=0.02)
PIXEL_RANGE = parameter("pixel_range", "Values of black and white.", "budget.low", "budget.high")
NORM = parameter("norm", "Norm of the budget.", "budget.norm", in_scenario=False, choices=("linf", "l2"))
QUERIES = parameter("queries", "Queries that an image may cost.", required=True)
GOAL = parameter("goal", "When it stops.", in_scenario=False, choices=("turned", "never"))
ATTACK_NAME = parameter("attack_name", "Class of the library.", "name", required=True, in_command=False)
ARGUMENTS = parameter("arguments", "Keyword arguments, lengths on [0, 1].", in_command=False)
ASSUMED_RESIZE = parameter(
    "assumed_resize",
    "The resize that the attacker takes for the payer's, or none; the payer's own by default.",
    choices=(*RESIZES, NO_RESIZE),
)
SCALE = parameter("scale", "Diameter as a share of the image's width.", required=True)
STEPS = "Number of gradient steps."

# What outcomes depend on ---------------------------------------------------------------------------------------------

BY_GRADIENTS: Mapping[Input, When] = {"surrogate": "by_transfer", "victim": "always", "threshold": "unless_never"}
BY_SCORES: Mapping[Input, When] = {"surrogate": "by_transfer", "victim": "always", "threshold": "by_queries"}
BY_PATCH: Mapping[Input, When] = {"patches": "always", "victim": "always"}
ELSEWHERE: Mapping[Input, When] = {
    "surrogate": "by_transfer",
    "victim": "always",
    "threshold": "always",
    "library": "always",
}

# Curves --------------------------------------------------------------------------------------------------------------

GREY_LEVELS = BudgetCurve(
    field="budget", values=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64), axis="grey levels", in_report=True
)
DIAMETERS = BudgetCurve(field="scale", values=(0.1, 0.2, 0.3, 0.4, 0.5), axis="diameter, share of the width")
