"""Money is conserved to the cent."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatsim.common.errors import ThreatsimError
from threatsim.market.conventions import cents
from threatsim.market.money.ledger import Ledger

amounts = st.lists(st.integers(-(10**12), 10**12), min_size=4, max_size=4)


@given(st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 3), min_size=4, max_size=4), amounts)))
def test_any_transfers_sum_to_zero(transfers: list[tuple[int, list[int], list[int]]]) -> None:
    ledger = Ledger(providers=4, payers=2)
    for other, rows, column in transfers:
        ledger.transfer("a", np.array(rows), other, np.array(column))
        ledger.transfer("b", other, ledger.providers, np.array(column))
        ledger.check()
    assert sum(round(usd * 100) for usd in ledger.net().values()) == 0


def test_repeated_accounts_are_all_charged() -> None:
    ledger = Ledger(providers=3, payers=1)
    ledger.transfer("fines", np.array([1, 1, 2]), ledger.treasury, np.array([5, 7, 11]))
    assert ledger.balance[ledger.providers].tolist() == [0, -12, -11]
    net = {name: usd for name, usd in ledger.net().items() if usd}
    assert net == {"providers": -0.23, "treasury": 0.23}
    assert ledger.totals["fines"] == 23


def test_a_leak_is_noticed() -> None:
    ledger = Ledger(providers=1, payers=1)
    ledger.balance[0] += 1
    with pytest.raises(AssertionError, match="sum to 1 cents"):
        ledger.check()


def test_cents_round_and_refuse_what_would_overflow() -> None:
    assert cents(412.25) == 41225
    assert cents(0.1 + 0.2) == 30
    with pytest.raises(ThreatsimError, match="too much for the books"):
        cents(1e12)
