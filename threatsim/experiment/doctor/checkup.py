"""The whole check-up, in the order in which it is read: what is here, then whether fixed small runs come out right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from threatsim.common.cache import cache_folder
from threatsim.experiment.doctor.finding import Finding
from threatsim.experiment.doctor.installation import installation
from threatsim.experiment.doctor.market_probe import EXPECTED_MARKETS, probed_markets
from threatsim.experiment.doctor.processor import processor, torch_rounding
from threatsim.experiment.doctor.settings import settings
from threatsim.experiment.doctor.storage import storage
from threatsim.outcomes.attack_probe import EXPECTED_ATTACKS, depending_on_company, probed_attacks

_REPORT = "Compare the versions with those of a machine where it is right; if they are the same, report this."


def check_up(
    *, markets: Mapping[str, str] = EXPECTED_MARKETS, attacks: Mapping[str, str] = EXPECTED_ATTACKS
) -> list[Finding]:
    """Look at everything; a part that fails is a finding, never an exception.

    Args:
        markets: rule of conduct -> hash that the small replicate should have.
        attacks: attack -> hash that its files should have.
    """
    parts: tuple[tuple[str, Callable[[], Sequence[Finding]]], ...] = (
        ("processor", processor),
        ("torch", torch_rounding),
        ("settings", settings),
        ("versions", installation),
        ("cache", lambda: [storage(cache_folder())]),
        ("small market", lambda: [_market(markets)]),
        ("small attacks", lambda: [_attacks(attacks)]),
        ("company", lambda: [_company()]),
    )
    return [finding for name, part in parts for finding in _looked_at(name, part)]


def _looked_at(name: str, part: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    try:
        return part()
    except Exception as error:  # a broken library may raise anything, and the rest is to be looked at all the same
        what = f"{type(error).__name__}: {error}".splitlines()[0]
        remedy = "Install threatsim and its libraries again; if it stays, report this."
        return [Finding(name=name, found=f"could not be looked at: {what}", state="off", remedy=remedy)]


def _market(expected: Mapping[str, str]) -> Finding:
    wrong = _differing(probed_markets(), expected)
    if not wrong:
        return Finding(name="small market", found=f"as it should be, to the last bit ({', '.join(expected)})")
    return Finding(
        name="small market",
        found=f"comes out otherwise here under {', '.join(wrong)}",
        state="off",
        remedy=f"Runs here may differ from those elsewhere. {_REPORT}",
    )


def _attacks(expected: Mapping[str, str]) -> Finding:
    wrong = _differing(probed_attacks(), expected)
    if not wrong:
        return Finding(name="small attacks", found=f"make the files that they should ({', '.join(expected)})")
    return Finding(
        name="small attacks",
        found=f"other files here by {', '.join(wrong)}",
        state="off",
        remedy=f"Attacks here cannot be trusted. {_REPORT}",
    )


def _company() -> Finding:
    wrong = depending_on_company()
    if not wrong:
        return Finding(name="company", found="a case's outcome is the same alone, among few and among all")
    return Finding(
        name="company",
        found=f"a case's outcome depends on the cases beside it: {', '.join(wrong)}",
        state="off",
        remedy="Unset what is listed under settings and MKL; if it stays, report this with the processor's name.",
    )


def _differing(found: Mapping[str, str], expected: Mapping[str, str]) -> list[str]:
    return sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name))
