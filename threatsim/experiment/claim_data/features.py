"""What a payer knows of a claim when it decides: the claim itself, and what its provider has billed before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from threatsim.catalogue.figures.claim_columns import CLAIM_COLUMNS
from threatsim.common.errors import InputError
from threatsim.experiment.claim_data.splits import split_of

OF_CLAIM: Final = ("score", "approved", "pended", "flagged")
OF_PROVIDER: Final = ("claims_before", "billed_before", "score_before")
"""A provider's claims a week before this one, the share billed with the finding, and their mean score."""
FEATURES: Final = (*OF_CLAIM, *OF_PROVIDER)
_READ: Final = ("week", "provider", "billed", "tactic", "audited", *OF_CLAIM)


@dataclass(frozen=True)
class LabelledClaims:
    """Claims billed with the finding.

    Attributes:
        features: (N, F) by `FEATURES`.
        fraud: (N,) whether it was billed falsely on purpose.
        audited: (N,) whether a payer audited it.
        provider: (N,) a number for each provider; replicates 2k and 2k + 1, whose random numbers are the same, have
            the same providers.
        split: (N,) name of the provider's split.
    """

    features: NDArray[np.float64]
    fraud: NDArray[np.bool_]
    audited: NDArray[np.bool_]
    provider: NDArray[np.int64]
    split: NDArray[np.str_]

    def part(self, split: str) -> LabelledClaims:
        """Return the claims of one split."""
        rows = self.split == split
        return LabelledClaims(
            self.features[rows], self.fraud[rows], self.audited[rows], self.provider[rows], self.split[rows]
        )


def labelled_claims(folder: Path, arm: str) -> LabelledClaims:
    """Read the claims of an arm, of all its replicates.

    Args:
        folder: the folder of claims of a report.
        arm: name of the arm.

    Raises:
        InputError: there are none, or a file is none of claims.
    """
    files = sorted(folder.glob(f"{arm}-[0-9]*.parquet"))
    if not files:
        names = sorted({path.stem.rsplit("-", 1)[0] for path in folder.glob("*-*.parquet")})
        text = f"there are no claims of an arm '{arm}'; there are those of {', '.join(names) or 'none'}"
        raise InputError(text, given=arm, allowed=names, location=str(folder))
    parts = [_of_replicate(_read(path), int(path.stem.rsplit("-", 1)[1])) for path in files]
    together = pd.concat(parts, ignore_index=True)
    provider = together["provider"].to_numpy(np.int64)
    splits = {number: split_of(number) for number in np.unique(provider).tolist()}
    replicate = together["replicate"].to_numpy(np.int64)
    return LabelledClaims(
        features=together[list(FEATURES)].to_numpy(np.float64),
        fraud=together["fraud"].to_numpy(np.bool_),
        audited=together["audited"].to_numpy(np.bool_),
        provider=replicate // 2 * (int(provider.max(initial=0)) + 1) + provider,
        split=np.array([splits[number] for number in provider.tolist()], dtype=np.str_),
    )


def _read(path: Path) -> pd.DataFrame:
    try:
        claims: pd.DataFrame = pq.read_table(path, columns=list(_READ)).to_pandas()
    except (pa.ArrowInvalid, pa.ArrowKeyError, OSError) as error:
        lacks = f"a file of claims has the columns {', '.join(CLAIM_COLUMNS)}"
        text = f"{path.name} is no file of claims, or is damaged: {lacks}"
        raise InputError(text, given=str(path), location=str(path)) from error
    return claims


def _of_replicate(claims: pd.DataFrame, replicate: int) -> pd.DataFrame:
    """Return the claims billed with the finding, with what was known of each provider before the week."""
    claims["fraud"] = claims["tactic"].astype(str) != ""
    claims["of_billed"] = np.where(claims["billed"], claims["score"].astype(np.float64), 0.0)
    weekly = claims.groupby(["provider", "week"], sort=True).agg(
        claims=("billed", "size"), billed=("billed", "sum"), score=("of_billed", "sum")
    )
    before = weekly.groupby(level="provider").cumsum() - weekly
    known = pd.DataFrame(index=weekly.index)
    weeks = np.maximum(weekly.index.get_level_values("week").to_numpy(), 1)
    known["claims_before"] = before["claims"] / weeks
    known["billed_before"] = before["billed"] / np.maximum(before["claims"], 1)
    known["score_before"] = before["score"] / np.maximum(before["billed"], 1)
    billed = claims[claims["billed"]].join(known, on=["provider", "week"])
    billed["replicate"] = replicate
    return billed
