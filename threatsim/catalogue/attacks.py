"""The attacks there are: a row for each that a scenario's tactic or `threatsim attack run` may name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from threatsim.catalogue.attack_row import TRAINED, AttackRow, BudgetCurve, Input, Parameter, Place, When
from threatsim.catalogue.part import Part
from threatsim.catalogue.row import Registry

_FAMILIES = "threatsim.attacks.families"


def _parameter(name: str, text: str, *fields: str, **rest: Any) -> Parameter:
    return Parameter(name=name, text=text, fields=fields or (name,), **rest)


# Parameters that several attacks share -------------------------------------------------------------------------------

EPSILON = _parameter("epsilon", "Greatest change, on the pixel range.", "budget.epsilon", required=True, default=0.02)
PIXEL_RANGE = _parameter("pixel_range", "Values of black and white.", "budget.low", "budget.high")
NORM = _parameter("norm", "Norm of the budget.", "budget.norm", in_scenario=False, choices=("linf", "l2"))
QUERIES = _parameter("queries", "Queries that an image may cost.", required=True)
GOAL = _parameter("goal", "When it stops.", in_scenario=False, choices=("turned", "never"))
ATTACK_NAME = _parameter("attack_name", "Class of the library.", "name", required=True, in_command=False)
ARGUMENTS = _parameter("arguments", "Keyword arguments, lengths on [0, 1].", in_command=False)
SCALE = _parameter("scale", "Diameter as a share of the image's width.", required=True, default=0.4)
STEPS = "Number of gradient steps."

# What outcomes depend on ---------------------------------------------------------------------------------------------

_BY_GRADIENTS: Mapping[Input, When] = {"surrogate": "by_transfer", "victim": "always", "threshold": "unless_never"}
_BY_SCORES: Mapping[Input, When] = {"surrogate": "by_transfer", "victim": "always", "threshold": "by_queries"}
_BY_PATCH: Mapping[Input, When] = {"patches": "always", "victim": "always"}
_ELSEWHERE: Mapping[Input, When] = {
    "surrogate": "by_transfer",
    "victim": "always",
    "threshold": "always",
    "library": "always",
}

# Curves --------------------------------------------------------------------------------------------------------------

_GREY_LEVELS = BudgetCurve(
    field="budget", values=(1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64), axis="grey levels", in_report=True
)
_DIAMETERS = BudgetCurve(field="scale", values=(0.1, 0.2, 0.3, 0.4, 0.5), axis="diameter, share of the width")

# Nothing, or another image -------------------------------------------------------------------------------------------

NONE = AttackRow(
    name="none",
    title="No attack",
    text="Only the code is false; the image is sent as it is.",
    named_in=("scenario",),
    access=("none",),
    default_access="none",
    needs=(),
    depends_on={"victim": "always"},
    alters="code",
    computed=False,
)
SUBSTITUTION = AttackRow(
    name="substitution",
    title="Substitution",
    text="Another patient's image, of a case that truly has the wanted label, sent in its place.",
    implementation=f"{_FAMILIES}.substitution:Substitution",
    access=("none",),
    default_access="none",
    needs=("other_patients",),
    depends_on={"victim": "always", "pool": "always"},
    alters="patient",
    visible="another_patient",
    computed=False,
)
CAPTURES = AttackRow(
    name="captures",
    title="Captures",
    text="The same patient photographed several times, and the capture that pays is sent.",
    implementation=f"{_FAMILIES}.captures:Captures",
    parameters=(_parameter("captures", "Captures to choose from.", "count", required=True),),
    access=(*TRAINED, "queries"),
    default_access="black_box",
    needs=("scores",),
    depends_on=_BY_SCORES,
    alters="scene",
    curve=BudgetCurve(field="count", values=(2, 4, 8, 16, 32), axis="captures"),
    queries="count",
    computed=False,
)
ROTATION = AttackRow(
    name="rotation",
    title="Rotation",
    text="The camera is held at the angle that pays.",
    source="Engstrom et al. 2019, arXiv 1712.02779",
    implementation=f"{_FAMILIES}.rotation:Rotation",
    parameters=(_parameter("angle", "Greatest rotation either way (degrees).", "greatest", required=True),),
    access=("none", *TRAINED, "queries"),
    default_access="white_box",
    needs=("scores",),
    depends_on=_BY_SCORES,
    alters="scene",
    curve=BudgetCurve(field="greatest", values=(5.0, 10.0, 15.0, 20.0, 30.0, 45.0), axis="degrees"),
    queries="angles",
    computed=False,
)

# By gradients --------------------------------------------------------------------------------------------------------

FGSM = AttackRow(
    name="fgsm",
    title="FGSM",
    text="Fast gradient sign method: one step of the whole radius.",
    source="Goodfellow et al. 2015, arXiv 1412.6572",
    implementation=f"{_FAMILIES}.fgsm:FGSM",
    parameters=(EPSILON, PIXEL_RANGE, NORM),
    access=TRAINED,
    default_access="white_box",
    any_surrogate=True,
    needs=("gradients",),
    depends_on=_BY_GRADIENTS,
    alters="file",
    curve=_GREY_LEVELS,
    control="shuffled",
)
PGD = AttackRow(
    name="pgd",
    title="PGD",
    text="Projected gradient descent from a random start.",
    source="Madry et al. 2018, arXiv 1706.06083",
    implementation=f"{_FAMILIES}.pgd:PGD",
    parameters=(
        EPSILON,
        PIXEL_RANGE,
        NORM,
        _parameter("step", "Step size, on the pixel range; half of epsilon by default.", required=True),
        _parameter("steps", STEPS, required=True, default=20),
        GOAL.model_copy(update={"default": "turned"}),
    ),
    access=TRAINED,
    default_access="white_box",
    any_surrogate=True,
    needs=("gradients",),
    depends_on=_BY_GRADIENTS,
    alters="file",
    curve=_GREY_LEVELS.model_copy(update={"scaled": ("step",)}),
    control="shuffled",
)
APGD = AttackRow(
    name="apgd",
    title="APGD",
    text="Projected gradient ascent that sets its own step size.",
    source="Croce and Hein 2020, arXiv 2003.01690",
    implementation=f"{_FAMILIES}.apgd:APGD",
    parameters=(
        EPSILON,
        PIXEL_RANGE,
        NORM,
        _parameter("steps", STEPS),
        _parameter("restarts", "Random starts.", in_scenario=False),
        GOAL,
    ),
    # Several payers have several operating points, so a score as high as can be had serves them all.
    market={"goal": "never"},
    access=TRAINED,
    default_access="white_box",
    any_surrogate=True,
    needs=("gradients",),
    depends_on=_BY_GRADIENTS,
    alters="file",
    curve=_GREY_LEVELS,
    control="shuffled",
)
MINIMAL_NORM = AttackRow(
    name="minimal_norm",
    title="Minimal norm",
    text="The least change that turns the decision.",
    source="Pintor et al. 2021, arXiv 2102.12827",
    implementation=f"{_FAMILIES}.minimal_norm:MinimalNorm",
    parameters=(
        NORM.model_copy(update={"fields": ("norm",)}),
        _parameter("steps", STEPS),
    ),
    named_in=("command",),
    access=TRAINED,
    default_access="white_box",
    needs=("gradients",),
    depends_on={"surrogate": "by_transfer", "victim": "always", "threshold": "always"},
    alters="file",
    curve=BudgetCurve(field="norm", axis="grey levels"),
    control="shuffled",
)
UNIVERSAL = AttackRow(
    name="universal",
    title="Universal",
    text="One perturbation for every image, trained ahead on images that are not attacked.",
    source="Moosavi-Dezfooli et al. 2017, arXiv 1610.08401; Hirano et al. 2021",
    implementation=f"{_FAMILIES}.universal:Universal",
    parameters=(EPSILON, PIXEL_RANGE, _parameter("steps", "Gradient steps of its training.", in_scenario=False)),
    access=TRAINED,
    default_access="white_box",
    any_surrogate=True,
    needs=("gradients", "training_images"),
    depends_on={"surrogate": "by_transfer", "victim": "always", "training": "always"},
    alters="file",
    # It is trained anew for every budget, which costs more than the attack itself.
    curve=BudgetCurve(field="budget", values=(2, 4, 8, 16), axis="grey levels"),
    control="shuffled",
)

# By queries ----------------------------------------------------------------------------------------------------------

SQUARE = AttackRow(
    name="square",
    title="Square",
    text="Random search over squares on scores; every query is counted.",
    source="Andriushchenko et al. 2020, arXiv 1912.00049",
    implementation=f"{_FAMILIES}.square:Square",
    parameters=(EPSILON, PIXEL_RANGE, QUERIES),
    access=("queries",),
    default_access="queries",
    needs=("scores",),
    depends_on={"victim": "always", "threshold": "always"},
    alters="file",
    queries="queries",
    control="shuffled",
)
HOPSKIPJUMP = AttackRow(
    name="hopskipjump",
    title="HopSkipJump",
    text="Along the decision boundary, on decisions alone; every query is counted.",
    source="Chen et al. 2020, arXiv 1904.02144",
    implementation=f"{_FAMILIES}.hopskipjump:HopSkipJump",
    parameters=(EPSILON, PIXEL_RANGE, NORM, QUERIES),
    access=("queries",),
    default_access="queries",
    needs=("decisions",),
    depends_on={"patches": "where_held", "victim": "always", "threshold": "always"},
    alters="file",
    queries="queries",
    control="shuffled",
)

# Patches, other libraries, codes -------------------------------------------------------------------------------------

PATCH = AttackRow(
    name="patch",
    title="Patch",
    text="A round patch pasted at a random place and angle.",
    source="Brown et al. 2017, arXiv 1712.09665",
    implementation=f"{_FAMILIES}.patch:Patch",
    parameters=(SCALE,),
    access=("none", *TRAINED),
    default_access="white_box",
    needs=("trained_artefact",),
    depends_on=_BY_PATCH,
    alters="file",
    visible="patch",
    curve=_DIAMETERS,
)
LENS_PATCH = AttackRow(
    name="lens_patch",
    title="Patch on the lens",
    text="A sticker on the lens: one place in every image, before capture.",
    source="Brown et al. 2017, arXiv 1712.09665",
    implementation=f"{_FAMILIES}.patch:Patch",
    parameters=(SCALE,),
    fixed={"place": "lens"},
    access=TRAINED,
    default_access="white_box",
    needs=("trained_artefact",),
    depends_on=_BY_PATCH,
    alters="scene",
    visible="patch",
    curve=_DIAMETERS,
)
FOOLBOX = AttackRow(
    name="foolbox",
    title="foolbox",
    text="An attack of foolbox by name.",
    source="Rauber et al. 2020, doi 10.21105/joss.02607",
    implementation=f"{_FAMILIES}.external:External",
    parameters=(EPSILON, PIXEL_RANGE, NORM, ATTACK_NAME, ARGUMENTS),
    fixed={"library": "foolbox"},
    access=TRAINED,
    default_access="white_box",
    needs=("gradients",),
    depends_on=_ELSEWHERE,
    alters="file",
    curve=_GREY_LEVELS.model_copy(update={"in_report": False}),
    control="shuffled",
    library="foolbox",
)
ART = FOOLBOX.model_copy(
    update={
        "name": "art",
        "title": "ART",
        "text": "An attack of the adversarial robustness toolbox by name.",
        "source": "Nicolae et al. 2018, arXiv 1807.01069",
        "fixed": {"library": "art"},
        "library": "adversarial-robustness-toolbox",
    }
)
CODE_SWAP = AttackRow(
    name="code_swap",
    title="Code swap",
    text="Codes exchanged for others that are true of the same patient.",
    source="Finlayson et al. 2019, Science 363:1287",
    implementation=f"{_FAMILIES}.code_swap:CodeSwap",
    parameters=(QUERIES.model_copy(update={"required": False, "only_with": "queries"}),),
    named_in=("scenario",),
    access=("none", *TRAINED, "queries"),
    default_access="none",
    needs=(),
    depends_on={"victim": "always", "surrogate": "by_transfer", "threshold": "by_queries"},
    alters="code",
    medium="codes",
    queries="queries",
)

ATTACKS: Final = Registry(
    "attack",
    AttackRow,
    (
        NONE,
        SUBSTITUTION,
        CAPTURES,
        ROTATION,
        FGSM,
        PGD,
        APGD,
        MINIMAL_NORM,
        UNIVERSAL,
        SQUARE,
        HOPSKIPJUMP,
        PATCH,
        LENS_PATCH,
        FOOLBOX,
        ART,
        CODE_SWAP,
    ),
    group="threatsim.attacks",
)
"""Name -> row, in the order of the ladder of tactics."""


def attacks_named_in(place: Place) -> Part[AttackRow]:
    """The attacks that a scenario's tactic, or `threatsim attack run`, may name."""
    return Part(ATTACKS, lambda row: place in row.named_in)
