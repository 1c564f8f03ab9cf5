"""The figures measured at training: `figures.json`, which lies beside the weights it speaks of."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from threatsim.atomic import write_text
from threatsim.classifiers.evaluation import Figures
from threatsim.errors import ThreatsimError

Cell = tuple[float, float, float]


class Measured(BaseModel):
    """Figures of one network on the test cases; each is [value, low, high] with a 95 % interval."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: str = Field(description="Hash of the weights that were measured.")
    n: int = Field(description="Test cases.")
    positives: int = Field(description="Test cases with the finding.")
    threshold: float = Field(description="Threshold on p(finding) at the card's operating point.")
    auroc: Cell = Field(description="AUROC; bootstrap over patients.")
    accuracy: Cell = Field(description="Accuracy at 0.5; Wilson.")
    confidence: Cell = Field(description="Mean of the larger class probability; normal.")
    sensitivity: Cell = Field(description="Sensitivity at the threshold; Wilson.")
    specificity: Cell = Field(description="Specificity at the threshold; Wilson.")

    @classmethod
    def of(cls, figures: Figures, weights: str) -> Measured:
        """The figures of the network with these weights."""
        return cls(weights=weights, **{key: _plain(value) for key, value in figures._asdict().items()})


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(round(float(part), 6) for part in value)
    return value


class TrainingFigures(BaseModel):
    """What training produced, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(description="The command that trained the weights.")
    images: str = Field(description="What they were trained and tested on.")
    train: int = Field(description="Training cases.")
    calibration: int = Field(description="Calibration cases.")
    initial: str = Field(description="Where training started: random weights, or the synthetic modality's.")
    parameters: int = Field(description="Trainable parameters of one network.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the weights depend on.")
    device: str = Field(description="Kind of device.")
    victim: Measured = Field(description="Figures of the victim.")
    surrogate: Measured = Field(description="Figures of the surrogate.")
    agreement: float = Field(
        description="Share of test cases on which the two decide alike, each at its threshold."
    )


def write_figures(figures: TrainingFigures, path: Path) -> None:
    """Write `figures.json`."""
    write_text(path, figures.model_dump_json(indent=2) + "\n")


def read_figures(path: Path) -> TrainingFigures:
    """Read `figures.json`.

    Raises:
        ThreatsimError: it is absent or damaged.
    """
    try:
        return TrainingFigures.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ThreatsimError(f"the figures cannot be read: {error.strerror}", location=str(path)) from error
    except ValidationError as error:
        raise ThreatsimError(
            f"the figures are damaged: {error.errors()[0]['msg']}", location=str(path)
        ) from error
