"""The second implementation, written from the pages of the model alone, against the market, in distribution.

Seeds are fixed on both sides, so that nothing here fails by chance. Three of the scenarios;
`benchmarks/reference_market.py` compares the others too.
"""

from __future__ import annotations

import pytest

from tests.reference_market.comparison import agreement
from tests.reference_market.worlds import world

BOUND = 3.5  # standard errors of the difference


@pytest.mark.parametrize("name", ["no_fraud", "federal_with_settlement", "exclusion_with_turnover"])
def test_both_implementations_agree(name: str) -> None:
    found = agreement(world(name), 8, 6)
    assert {"claims", "false_claims", "false_paid", "paid", "findings", "accused"} <= {one.figure for one in found}
    assert not [one for one in found if abs(one.z) > BOUND]
    claims = next(one for one in found if one.figure == "claims")
    assert claims.error < 0.05 * claims.market  # else the bound would let everything pass
