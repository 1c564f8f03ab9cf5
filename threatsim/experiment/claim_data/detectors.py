"""Two detectors off the shelf, of scikit-learn: one that learns from labels, and one that does not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from threatsim.common.errors import ThreatsimError

Floats = NDArray[np.float64]
Scorer = Callable[[Floats], Floats]
_SEED: Final = 0


def check_detectors() -> None:
    """Make sure that scikit-learn is there.

    Raises:
        ThreatsimError: it is not installed.
    """
    try:
        import sklearn  # noqa: F401
    except ImportError:
        raise ThreatsimError(
            "the detectors are scikit-learn's, which is not installed", hint="pip install 'threatsim[detectors]'"
        ) from None


def logistic_regression(features: Floats, fraud: NDArray[np.bool_]) -> Scorer:
    """Return the score of a logistic regression that was fitted to labelled claims, both classes weighing the same."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=1000))
    model.fit(features, fraud)
    return lambda asked: np.asarray(model.decision_function(asked), np.float64)


def isolation_forest(features: Floats, fraud: NDArray[np.bool_]) -> Scorer:
    """Return the anomaly score of an isolation forest (Liu, Ting and Zhou, ICDM 2008); labels are not looked at."""
    from sklearn.ensemble import IsolationForest

    model = IsolationForest(random_state=_SEED)
    model.fit(features)
    return lambda asked: -np.asarray(model.score_samples(asked), np.float64)


DETECTORS: Final[Mapping[str, Callable[[Floats, NDArray[np.bool_]], Scorer]]] = {
    "logistic_regression": logistic_regression,
    "isolation_forest": isolation_forest,
}
"""Name -> what fits it to the claims of the train split."""
