"""A value as a message says it, and what a kind of value is called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import ErrorDetails

NAME_RULE: Final = "a name has lower-case letters, digits and _, and starts with a letter"
NAME_PATTERN: Final = r"^[a-z][a-z0-9_]*$"
EXPECTED: Final = {
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "string_type": "text",
    "dict_type": "a section with keys below it",
    "model_type": "a section with keys below it",
    "tuple_type": "a list",
}
"""Kind of pydantic's complaint -> what is needed."""
ENDS: Final = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
"""Key of a bound in pydantic's complaints -> what it says."""


def literals(error: ErrorDetails) -> list[str]:
    """Return the allowed values of a literal, which pydantic gives as `'a', 'b' or 'c'`."""
    expected = str(error.get("ctx", {}).get("expected", ""))
    return re.findall(r"'([^']*)'", expected) or [expected]


def what_stands_there(found: Any) -> str:
    """Return what stands where something else is needed, as in: this is a list."""
    if found is None:
        return "nothing is written here"
    if isinstance(found, Mapping):
        return "this is a section with keys below it"
    if isinstance(found, (list, tuple)):
        return "this is a list"
    return f"this is the text {shown(found)}" if isinstance(found, str) else f"this is {shown(found)}"


def shown(found: Any) -> str:
    """Return a value, cut where it is long."""
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, (int, float)):
        return f"{found:.6g}" if -1e300 < found < 1e300 else "no number that can be reckoned with"
    text = str(found)
    return f"'{text if len(text) <= 40 else text[:37] + '...'}'"
