"""Kept claims as a data set: what lies beside them, splits without a leak, and detectors that find what is there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from threatsim.catalogue.figures.claim_columns import CLAIM_COLUMNS
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.claim_data.baseline import claim_baseline
from threatsim.experiment.claim_data.documents import schema
from threatsim.experiment.claim_data.features import FEATURES, labelled_claims
from threatsim.experiment.claim_data.splits import SPLITS, split_of


def claims(seed: int, *, signal: float = 3.0, providers: int = 60, weeks: int = 4, each: int = 6) -> pd.DataFrame:
    """Claims of which a third of the providers send half falsely; a false claim's score is raised by `signal`."""
    draw = np.random.default_rng(seed)
    size = providers * weeks * each
    provider = np.repeat(np.arange(providers), weeks * each)
    billed = draw.random(size) < 0.7
    fraud = billed & (provider % 3 == 0) & (draw.random(size) < 0.5)
    score = draw.normal(size=size) + signal * fraud
    return pd.DataFrame(
        {
            "week": np.tile(np.repeat(np.arange(weeks), each), providers),
            "provider": provider,
            "billed": billed,
            "tactic": np.where(fraud, "code_only", ""),
            "score": score.astype(np.float32),
            "approved": score > 0,
            "pended": score <= 0,
            "flagged": draw.random(size) < 0.01,
            "audited": billed & (draw.random(size) < 0.1),
            "truth": ~fraud,
        }
    ).sample(frac=1, random_state=seed)


def written(report: Path, *parts: pd.DataFrame, arm: str = "baseline") -> Path:
    (report / "claims").mkdir(exist_ok=True, parents=True)
    for number, part in enumerate(parts):
        part.to_parquet(report / "claims" / f"{arm}-{number:05d}.parquet")
    return report


def test_splits_have_their_shares_and_a_provider_has_one() -> None:
    found = pd.Series([split_of(number) for number in range(20_000)]).value_counts(normalize=True)
    assert found.to_dict() == pytest.approx(SPLITS, abs=0.01)


def test_no_provider_is_in_two_splits_and_truth_is_no_feature(tmp_path: Path) -> None:
    found = labelled_claims(written(tmp_path, claims(1), claims(2), claims(3)) / "claims", "baseline")
    splits = pd.Series(found.split).groupby(found.provider).nunique()
    assert (splits == 1).all()
    assert len(splits) == 120  # replicates 0 and 1 share their draws: their providers are the same
    roles = {name: CLAIM_COLUMNS[name].role for name in FEATURES if name in CLAIM_COLUMNS}
    assert set(roles.values()) == {"feature"}
    assert found.fraud.mean() == pytest.approx(1 / 6, abs=0.03)


def test_what_is_known_of_a_provider_is_of_earlier_weeks_alone(tmp_path: Path) -> None:
    table = claims(4)
    before = labelled_claims(written(tmp_path / "one", table) / "claims", "baseline")
    later = table["week"] == 3
    table.loc[later, "score"] += 100
    after = labelled_claims(written(tmp_path / "other", table) / "claims", "baseline")
    assert (before.features[:, 4:] == after.features[:, 4:]).all()
    first = before.features[:, 4] == 0
    assert (before.features[first, 4:] == 0).all()
    one = table[(table["provider"] == 5) & (table["week"] < 2)]
    rows = labelled_claims(tmp_path / "one" / "claims", "baseline")
    expected = [len(one) / 2, one["billed"].mean(), one.loc[one["billed"], "score"].mean()]
    wanted = table[table["billed"]].reset_index(drop=True)
    place = wanted.index[(wanted["provider"] == 5) & (wanted["week"] == 2)]
    assert rows.features[place[0], 4:].tolist() == pytest.approx(expected, rel=1e-5)


def test_detectors_find_a_signal_and_find_nothing_where_there_is_none(tmp_path: Path) -> None:
    found = claim_baseline(written(tmp_path / "signal", claims(5), claims(6)), "baseline")
    learnt, outliers = found.detectors
    assert (learnt.detector, outliers.detector) == ("logistic_regression", "isolation_forest")
    assert learnt.auroc.value is not None
    assert learnt.auroc.value > 0.95
    assert outliers.auroc.value is not None
    assert outliers.auroc.low is not None
    assert outliers.auroc.low > 0.5
    assert found.audits.value is not None
    assert learnt.precision.value is not None
    assert learnt.precision.value > found.audits.value
    assert learnt.precision.n == found.audits.n == found.audited
    again = claim_baseline(tmp_path / "signal", "baseline")
    assert again == found
    nothing = claims(7, signal=0, providers=80)
    nothing["tactic"] = np.where(
        nothing["billed"] & (np.random.default_rng(1).random(len(nothing)) < 0.2), "code_only", ""
    )
    for one in claim_baseline(written(tmp_path / "noise", nothing), "baseline").detectors:
        assert one.auroc.low is not None
        assert one.auroc.high is not None
        assert one.auroc.low < 0.5 < one.auroc.high + 0.05


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    def told(report: Path, arm: str = "baseline") -> str:
        with pytest.raises(ThreatsimError) as caught:
            claim_baseline(report, arm)
        return str(caught.value)

    assert "kept by `threatsim run --keep-claims`" in told(tmp_path)
    report = written(tmp_path, claims(8))
    assert "Did you mean 'baseline'?" in told(report, "basline")
    honest = claims(9)
    honest["tactic"] = ""
    assert "no fraud among the" in told(written(tmp_path / "honest", honest))
    (report / "claims" / "baseline-00000.parquet").write_bytes(b"PAR1 no more")
    assert "is no file of claims, or is damaged" in told(report)


def test_the_schema_has_every_column_with_its_role() -> None:
    found: dict[str, Any] = json.loads(json.dumps(schema()))
    assert [one["name"] for one in found["columns"]] == list(CLAIM_COLUMNS)
    assert {one["role"] for one in found["columns"]} == set(found["roles"])
