"""Values on the command line."""

from __future__ import annotations

import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.reading.overrides import read_settings


def test_values_are_read_as_yaml_reads_them() -> None:
    written = [
        "a.b=0.5",
        "c=true",
        "d=text with = in it",
        "e={value: 2, unit: USD}",
        "f=[1, 2]",
        "a.b=3",
        "g=",
        "h='5'",
    ]
    assert read_settings(written) == {
        "a.b": 3,
        "c": True,
        "d": "text with = in it",
        "e": {"value": 2, "unit": "USD"},
        "f": [1, 2],
        "g": None,
        "h": "5",
    }


@pytest.mark.parametrize(
    "written", ["weeks", "=3", "a=[1", "a=!!python/name:os.system ''", "a=*b", "a=x: y: z", "a=1\nb: 2", "a=\x00"]
)
def test_what_cannot_be_read(written: str) -> None:
    with pytest.raises(ThreatsimError) as raised:
        read_settings([written])
    assert str(raised.value).startswith("--set ")
