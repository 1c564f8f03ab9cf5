"""`--vary PATH=LOW:HIGH[:log][:N]` or `PATH=a,b,c`: a path of a scenario, and the values that it takes.

`--choose` is written the same way, without a number of values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from threatsim.common.arithmetic import portable
from threatsim.common.errors import InputError
from threatsim.scenario.reading.overrides import read_settings

OPTION: Final = "--vary"
DEFAULT_VALUES: Final = 5
"""Values of a range of which no number is given, in a grid."""
_MOST_VALUES: Final = 10_000
_EXAMPLES: Final = {
    counted: f"For instance 'payers.*.audit.random=0.001:0.2:log{':7' * counted}', or payers.*.triage.below=pend,deny."
    for counted in (False, True)
}
_EXAMPLE: Final = _EXAMPLES[True]


@dataclass(frozen=True)
class Variation:
    """A path and the values that it may take.

    Attributes:
        path: dotted, with `*` for every one of several.
        choices: the values, if they are listed; else empty.
        low, high: the range.
        log: whether steps are equal in the logarithm.
        count: values in a grid.
        whole: whether only whole numbers fit.
    """

    path: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    count: int = DEFAULT_VALUES
    whole: bool = False

    @property
    def numeric(self) -> bool:
        """Whether every value is a number."""
        return all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in self.choices)

    @property
    def values(self) -> tuple[Any, ...]:
        """The values of a grid, in their order."""
        if self.choices:
            return self.choices
        return tuple(dict.fromkeys(self.at(step / (self.count - 1)) for step in range(self.count)))

    def at(self, share: float) -> Any:
        """Return the value at a share of the range, or of the list, from 0 to 1; six significant digits.

        Logarithms are the project's own, so that a value is the same on every processor.
        """
        if self.choices:
            return self.choices[min(int(share * len(self.choices)), len(self.choices) - 1)]
        number = self._on_range(share)
        return round(number) if self.whole else number

    def _on_range(self, share: float) -> float:
        if share in (0, 1):
            return self.high if share else self.low
        if not self.log:
            return float(f"{self.low + (self.high - self.low) * share:.6g}")
        low, high = (float(portable.log(end)) for end in (self.low, self.high))
        return float(f"{float(portable.exp(low + (high - low) * share)):.6g}")


def read_variations(written: Sequence[str], option: str = OPTION, *, counted: bool = True) -> list[Variation]:
    """Return what an option names, each a path with a range or a list.

    Args:
        written: as typed.
        option: the option.
        counted: whether a range may have a number of values.

    Raises:
        InputError: one is neither a range nor a list; its bounds are reversed or equal; a log range does not begin
            above 0; or two have one path.
    """
    found: list[Variation] = []
    for one in written:
        variation = _read(one, f"{option} {one}", counted)
        if any(other.path == variation.path for other in found):
            raise InputError(f"{variation.path} is given twice", given=one, location=f"{option} {one}")
        found.append(variation)
    return found


def read_varied(written: Sequence[str]) -> list[Variation]:
    """Return what `--vary` names.

    Raises:
        InputError: as `read_variations` does; or there is none.
    """
    if not written:
        raise InputError("nothing varies", given="", hint=f"Name a path and its values with {OPTION}. {_EXAMPLE}")
    return read_variations(written)


def _read(one: str, location: str, counted: bool) -> Variation:
    path, equals, text = (part.strip() for part in one.partition("="))
    if not equals or not path or not text:
        raise InputError(
            "it needs a path, '=' and a range or a list", given=one, location=location, hint=_EXAMPLES[counted]
        )
    if ":" not in text:
        return Variation(path, choices=_listed(path, text, one, location))
    low, high, *rest = (part.strip() for part in text.split(":"))
    log = rest[:1] == ["log"]
    rest = rest[log:]
    if len(rest) > counted or (rest and not rest[0].isdecimal()):
        forms = "LOW:HIGH, LOW:HIGH:N, LOW:HIGH:log or LOW:HIGH:log:N" if counted else "LOW:HIGH or LOW:HIGH:log"
        raise InputError(f"a range is {forms}, not {text}", given=one, location=location, hint=_EXAMPLES[counted])
    ends = [_number(end, one, location) for end in (low, high)]
    if not ends[0] < ends[1]:
        raise InputError(
            f"the bounds are {low} and {high}; the first must be below the second", given=one, location=location
        )
    if log and not ends[0] > 0:
        raise InputError(f"a log range begins above 0, not at {low}", given=one, location=location)
    count = int(rest[0]) if rest else DEFAULT_VALUES
    if not 2 <= count <= _MOST_VALUES:
        raise InputError(f"{count} values; allowed are 2 to {_MOST_VALUES:,}", given=one, location=location)
    return Variation(path, low=ends[0], high=ends[1], log=log, count=count)


def _number(text: str, one: str, location: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number != number or number in (float("inf"), float("-inf")):
        raise InputError(f"'{text}' is not a number", given=one, location=location)
    return number


def _listed(path: str, text: str, one: str, location: str) -> tuple[Any, ...]:
    parts = [value.strip() for value in text.split(",")]
    if len(parts) > _MOST_VALUES:
        begun = f"{one[:60]}..."
        raise InputError(f"{len(parts):,} values; allowed are at most {_MOST_VALUES:,}", given=begun, location=begun)
    if "" in parts:
        raise InputError("a value of the list is empty", given=one, location=location)
    values = [read_settings([f"{path}={value}"])[path] for value in parts]
    if len(values) < 2:
        raise InputError(
            "there is one value alone, so nothing to choose from",
            given=one,
            location=location,
            hint="Set it with --set.",
        )
    if any(value in values[:place] for place, value in enumerate(values)):
        raise InputError("a value is listed twice", given=one, location=location)
    return tuple(values)
