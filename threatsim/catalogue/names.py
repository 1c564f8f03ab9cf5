"""Names that are checked against the catalogue when they are read, so that a plug-in's are allowed like any other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from threatsim.catalogue.row import Row


@dataclass(frozen=True)
class NameOf:
    """Marks a string as a name that there is: `Annotated[str, NameOf(lambda: METRICS)]`.

    Mistakes read as those of a closed list do, with the names that there are; the JSON Schema lists them too. A name
    with its package before it becomes the name alone. A plug-in that has the name and is broken says so itself
    (`PluginError`).

    Attributes:
        names: gives the rows that there are by now, by name.
    """

    names: Callable[[], Mapping[str, Row]]

    def _checked(self, value: Any) -> str:
        names = self.names()
        if isinstance(value, str) and value in names:
            return names[value].name
        *others, last = (f"'{name}'" for name in names)
        expected = f"{', '.join(others)} or {last}" if others else last
        raise PydanticKnownError("literal_error", {"expected": expected})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._checked)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"enum": list(self.names()), "type": "string"}
