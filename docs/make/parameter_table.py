"""Write the table of docs/explanation/parameters.md from the scenario `insurance_upcoding`.

python docs/make/parameter_table.py
"""

from __future__ import annotations

from pathlib import Path

from threatsim.scenario.evidence import WeighedNumber, weighed_numbers
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

REFERENCE = "insurance_upcoding"
BEGIN, END = "<!-- numbers -->\n", "<!-- /numbers -->\n"
PAGE = Path(__file__).parents[1] / "explanation" / "parameters.md"


def table() -> str:
    """Every number of the reference scenario once, with where else it stands, as Markdown."""
    scenario = load_scenario(REFERENCE).scenario
    numbers = weighed_numbers(scenario)
    again: dict[str, list[str]] = {}
    for one in numbers:
        if one.same_as:
            again.setdefault(one.same_as, []).append(one.path)
    rows = ["| number | value | unit | range | kind |", "|---|---|---|---|---|"]
    rows += [_row(one, scenario, again.get(one.path, [])) for one in numbers if not one.same_as]
    return "\n".join(rows) + "\n"


def _row(one: WeighedNumber, scenario: Scenario, again: list[str]) -> str:
    quantity = one.number.quantity
    spread = quantity.distribution
    given = (
        [] if spread is None else [f"{key} {value:g}" for key, value in spread.model_dump().items() if key != "shift"]
    )
    family = "" if spread is None else f"{type(spread).__name__.lower()}: {', '.join(given)}"
    names = ", ".join(f"`{name}`" for name in _places([one.path, *again], scenario))
    return f"| {names} | {quantity.value:g} | {quantity.unit or ''} | {family} | {quantity.kind} |"


def _places(paths: list[str], scenario: Scenario) -> list[str]:
    """Return the paths of one number, as one with a star where every item of a section has it."""
    section, *_ = paths[0].split(".")
    items = getattr(scenario, section)
    starred = {".".join([section, "*", *path.split(".")[2:]]) for path in paths}
    if len(paths) > 1 and len(paths) == len(items) and len(starred) == 1:
        return sorted(starred)
    return [_named(path, scenario) for path in paths]


def _named(path: str, scenario: Scenario) -> str:
    """Return a path with the name of a payer in place of its number."""
    section, *rest = path.split(".")
    if section == "payers" and rest[0].isdigit():
        rest[0] = scenario.payers[int(rest[0])].name
    return ".".join([section, *rest])


def page() -> str:
    """Return the page with its table written anew."""
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    return text[:start] + "\n" + table() + "\n" + text[end:]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
