"""What this package adds to threatsim, a row each. Nothing heavy is imported: rows name what they lead to."""

from __future__ import annotations

from typing import Final

from threatsim.catalogue.attack_row import EPSILON, PIXEL_RANGE, TRAINED, AttackRow, BudgetCurve, Parameter
from threatsim.catalogue.conduct_rules import ConductRuleRow
from threatsim.catalogue.controls import DETECTOR, ControlRow
from threatsim.catalogue.metrics import MetricRow
from threatsim.catalogue.modalities import ModalityRow

SMOOTH_NOISE: Final = AttackRow(
    name="smooth_noise",
    title="Smooth noise",
    text="Random noise of low frequency, the best of several draws.",
    source="Guo, Frank and Weinberger 2019, arXiv 1809.08758",
    implementation="dental_plugin.smooth_noise:SmoothNoise",
    parameters=(
        EPSILON,
        PIXEL_RANGE,
        Parameter(name="tries", fields=("tries",), text="Patterns to choose from.", default=10),
        Parameter(name="cells", fields=("cells",), text="Signs across the film; fewer are smoother.", default=8),
    ),
    access=TRAINED,
    default_access="black_box",
    needs=("scores",),
    # What the key of an outcome is made of, beside the image, the parameters and the seed.
    depends_on={"victim": "always", "surrogate": "by_transfer"},
    alters="file",
    curve=BudgetCurve(field="budget", values=(2, 4, 8, 16, 32), axis="grey levels"),
)

GRAIN: Final = ControlRow(
    name="grain",
    title="Grain",
    text="strength of the film's grain, held against that of clean films.",
    limit="The detector of grain has not been tried against an attacker who knows of it.",
    implementation="dental_plugin.grain:made",
    key=DETECTOR,
    does="A detector of films with too much or too little grain",
)

BITEWING: Final = ModalityRow(
    name="bitewing",
    title="Bitewing",
    text="Bitewing films of the teeth.",
    kind="image",
    implementation="dental_plugin.bitewing:GENERATOR",
)

SATISFICING: Final = ConductRuleRow(
    name="satisficing",
    title="Satisficing",
    text="the first option that is expected to pay better than honest billing",
    source="Simon 1955, Quarterly Journal of Economics 69:99",
    implementation="dental_plugin.satisficing:Satisficing",
    learns="own",
)

FALSE_SHARE: Final = MetricRow(
    name="false_share",
    title="Share of claims that are false",
    text="Claims billed for a finding that is not there, among all claims.",
    unit="share",
    good="lower",
    kind="share",
    places={"page": 50},
    implementation="dental_plugin.measures:false_share",
)
