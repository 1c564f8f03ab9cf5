"""The attacks there are: a row for each that a scenario's tactic or `threatsim attack run` may name."""

from __future__ import annotations

from typing import Final

from threatsim.catalogue.attack_row import (
    ARGUMENTS,
    ASSUMED_RESIZE,
    ATTACK_NAME,
    BY_GRADIENTS,
    BY_PATCH,
    BY_SCORES,
    DIAMETERS,
    ELSEWHERE,
    EPSILON,
    GOAL,
    GREY_LEVELS,
    NORM,
    PIXEL_RANGE,
    QUERIES,
    SCALE,
    STEPS,
    TRAINED,
    AttackRow,
    BudgetCurve,
    Place,
    parameter,
)
from threatsim.catalogue.row import Part, Registry

_FAMILIES = "threatsim.attacks.families"

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
    parameters=(parameter("captures", "Captures to choose from.", "count", required=True),),
    access=(*TRAINED, "queries"),
    default_access="black_box",
    needs=("scores",),
    depends_on=BY_SCORES,
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
    parameters=(parameter("angle", "Greatest rotation either way (degrees).", "greatest", required=True),),
    access=("none", *TRAINED, "queries"),
    needs=("scores",),
    depends_on=BY_SCORES,
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
    parameters=(EPSILON, PIXEL_RANGE, NORM, ASSUMED_RESIZE),
    any_surrogate=True,
    needs=("gradients",),
    depends_on=BY_GRADIENTS,
    alters="file",
    curve=GREY_LEVELS,
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
        parameter("step", "Step size, on the pixel range; half of epsilon by default.", required=True),
        parameter("steps", STEPS, required=True),
        GOAL.model_copy(update={"default": "turned"}),
        ASSUMED_RESIZE,
    ),
    any_surrogate=True,
    needs=("gradients",),
    depends_on=BY_GRADIENTS,
    alters="file",
    curve=GREY_LEVELS.model_copy(update={"scaled": ("step",)}),
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
        parameter("steps", STEPS),
        parameter("restarts", "Random starts.", in_scenario=False),
        GOAL,
        ASSUMED_RESIZE,
    ),
    # Several payers have several operating points, so a score as high as can be had serves them all.
    market={"goal": "never"},
    any_surrogate=True,
    needs=("gradients",),
    depends_on=BY_GRADIENTS,
    alters="file",
    curve=GREY_LEVELS,
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
        parameter("steps", STEPS),
    ),
    named_in=("command",),
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
    parameters=(
        EPSILON,
        PIXEL_RANGE,
        parameter("steps", "Gradient steps of its training.", in_scenario=False),
        ASSUMED_RESIZE,
    ),
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
    needs=("trained_artefact",),
    depends_on=BY_PATCH,
    alters="file",
    visible="patch",
    curve=DIAMETERS,
)
LENS_PATCH = PATCH.model_copy(
    update={
        "name": "lens_patch",
        "title": "Patch on the lens",
        "text": "A sticker on the lens: one place in every image, before capture.",
        "fixed": {"place": "lens"},
        "access": TRAINED,
        "alters": "scene",
    }
)
FOOLBOX = AttackRow(
    name="foolbox",
    title="foolbox",
    text="An attack of foolbox by name.",
    source="Rauber et al. 2020, doi 10.21105/joss.02607",
    implementation=f"{_FAMILIES}.external:External",
    parameters=(EPSILON, PIXEL_RANGE, NORM, ATTACK_NAME, ARGUMENTS),
    fixed={"library": "foolbox"},
    needs=("gradients",),
    depends_on=ELSEWHERE,
    alters="file",
    curve=GREY_LEVELS.model_copy(update={"in_report": False}),
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

_OTHER_PICTURES = (NONE, SUBSTITUTION, CAPTURES, ROTATION)
_SEARCHES = (FGSM, PGD, APGD, MINIMAL_NORM, UNIVERSAL, SQUARE, HOPSKIPJUMP)
_OTHERS = (PATCH, LENS_PATCH, FOOLBOX, ART, CODE_SWAP)

ATTACKS: Final = Registry("attack", AttackRow, (*_OTHER_PICTURES, *_SEARCHES, *_OTHERS), group="threatsim.attacks")
"""Name -> row, in the order of the tactics, from code only to the patch on the lens."""


def attacks_named_in(place: Place) -> Part[AttackRow]:
    """Return the attacks that a scenario's tactic, or `threatsim attack run`, may name."""
    return Part(ATTACKS, lambda row: place in row.named_in)
