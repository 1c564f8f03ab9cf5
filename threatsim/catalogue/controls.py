"""Controls that look at the picture itself, input detectors among them: a row each."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from threatsim.catalogue.row import Part, Registry, Row, Text

DETECTOR = "detector"
"""Key of the section that input detectors share; its `kind` is the name of the row."""


class ControlRow(Row):
    """A control on the picture. The implementation makes it of what there is (`threatsim.defences.reference.Ground`).

    It has a statistic of each picture, greater where it is more suspicious, and raises its alarm beyond a threshold
    that is set on clean pictures (`threatsim.defences.controls.picture_control.FittedControl`). The implementation of a
    detector gives a `threatsim.defences.detectors.detector.DetectorProtocol`.
    """

    key: Text = Field(description="Key of its section below `integrity` in a scenario.")
    mitigation: str = Field(default="AML.M0015", description="Id of the mitigation of MITRE ATLAS that it is.")
    does: Text = Field(description="What a payer that has it does, in an exercise of MITRE ATLAS.")

    deep: bool = Field(default=False, description="Whether a detector looks at the features of a network's last layer.")
    trials: Mapping[str, str] = Field(
        default={},
        description="Name -> `module:attribute` of each form in which a detector is tried against attackers that know "
        "it; empty: the implementation, by its title.",
    )

    @property
    def tried(self) -> Mapping[str, str]:
        """Name -> `module:attribute` of each form in which a detector is tried."""
        return self.trials or {self.title: self.implementation}

    @property
    def is_detector(self) -> bool:
        """Whether it is an input detector."""
        return self.key == DETECTOR


_KNOWN_TO_NOBODY = "No attack here knows of the detector; one that does can evade it (`threatsim attack defences`)."
_DETECTS = "A detector of altered pictures"
_OWN_DETECTORS = (
    ControlRow(
        name="gaussian",
        title="Gaussian",
        text="distance of deep features to their class (Mahalanobis).",
        source="Lee et al. 2018, arXiv 1807.03888",
        limit=_KNOWN_TO_NOBODY,
        implementation="threatsim.defences.detectors.gaussian:made",
        deep=True,
        trials={
            "Mahalanobis, by class": "threatsim.defences.detectors.gaussian:made",
            "Mahalanobis, single": "threatsim.defences.detectors.gaussian:made_single",
        },
        key=DETECTOR,
        does=_DETECTS,
    ),
    ControlRow(
        name="density",
        title="Density",
        text="their kernel density.",
        source="Feinman et al. 2017, arXiv 1703.00410",
        limit=_KNOWN_TO_NOBODY,
        implementation="threatsim.defences.detectors.density:made",
        deep=True,
        trials={"Kernel density": "threatsim.defences.detectors.density:made"},
        key=DETECTOR,
        does=_DETECTS,
    ),
    ControlRow(
        name="squeezing",
        title="Squeezing",
        text="change of the verdict when the picture is simplified.",
        source="Xu et al. 2018, arXiv 1704.01155",
        limit=_KNOWN_TO_NOBODY,
        implementation="threatsim.defences.detectors.squeezing:made",
        trials={"Feature squeezing": "threatsim.defences.detectors.squeezing:made"},
        key=DETECTOR,
        does=_DETECTS,
    ),
)

_OWN = (
    ControlRow(
        name="duplicate_search",
        title="Duplicate search",
        text="Search of each picture among those that other patients' claims have come with before.",
        source="Zauner 2010, Implementation and Benchmarking of Perceptual Image Hash Functions",
        limit="The duplicate search finds pictures that were billed before, and here every picture sent in another "
        "patient's place was: one that was not would pass.",
        implementation="threatsim.defences.controls.duplicates:made",
        key="duplicate_search",
        does="Search for pictures that were billed before",
    ),
    ControlRow(
        name="same_patient",
        title="Same patient",
        text="Comparison of each picture with an earlier one of the same patient.",
        limit="Same-patient matching compares with another capture of the same scene; visits that lie apart match "
        "worse.",
        implementation="threatsim.defences.controls.same_patient:made",
        key="same_patient",
        does="Comparison with an earlier picture",
    ),
    *_OWN_DETECTORS,
)

CONTROLS = Registry("control", ControlRow, _OWN, group="threatsim.controls")
"""All controls on the picture, in the order in which their limits are told."""

SECTION_KEYS = tuple(dict.fromkeys(row.key for row in _OWN))
"""Keys below `integrity` under which a payer has a control."""
DETECTORS = Part(CONTROLS, lambda row: row.is_detector)
DETECTOR_KINDS = " ".join(f"{row.name}: {row.text}" for row in _OWN_DETECTORS)
"""What kinds of detectors come with threatsim, in a line."""


def control_of(label: str) -> ControlRow | None:
    """Return the control that a record tells of as `TITLE, budget SHARE`; None if it is of a plug-in that is not there.

    Args:
        label: as `label_of` wrote it.
    """
    title = label.rpartition(", budget ")[0]
    return next((row for row in CONTROLS.values() if row.title == title), None)


def label_of(name: str, false_alarm: float) -> str:
    """Return a control with its budget, the greatest share of clean pictures that it may flag, for tables."""
    return f"{CONTROLS[name].title}, budget {100 * false_alarm:.3g} %"
