"""What every row of the catalogue has, and a table of rows by name that plug-ins may add to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from threatsim.common.errors import PluginError, ThreatsimError
from threatsim.common.suggest import did_you_mean
from threatsim.common.version import __version__

Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Package(BaseModel):
    """The distribution that a row comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Words = Field(description="Name of the distribution.")
    version: Words = Field(description="Its version.")
    source: str = Field(default="", description="Hash of its source text; empty for threatsim itself.")


OWN: Final = Package(name="threatsim", version=__version__)
"""What rows of threatsim itself come from."""


class Row(BaseModel):
    """What all kinds share. A kind adds fields; a field that it must have has no default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description="Name in scenarios, commands and records."
    )
    title: Words = Field(description="Name in tables and charts.")
    text: Words = Field(description="What it is, in a sentence.")
    limit: str = Field(default="", description="What a report says that one must not conclude; empty if nothing.")
    implementation: Annotated[str, StringConstraints(pattern=r"^([\w.]+:\w+)?$")] = Field(
        default="", description="`module:attribute`, imported when first used; empty if nothing runs."
    )
    version: Annotated[int, Field(ge=1)] = Field(
        default=1, description="Raised when what it does changes; part of the keys of outcomes."
    )
    source: str = Field(default="", description="Citation of the method; empty if there is none.")
    package: Package = Field(default=OWN, description="The distribution that the row comes from.")

    def resolve(self) -> Any:
        """The implementation, imported now.

        Raises:
            PluginError: the module does not import, or lacks the attribute.
        """
        module, _, attribute = self.implementation.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise PluginError(
                f"'{self.name}': its implementation '{self.implementation}' cannot be imported: {error}",
                package=self.package.name,
            ) from error


R = TypeVar("R", bound=Row)


class Registry(Mapping[str, R], Generic[R]):
    """Rows of one kind by name, in the order in which they were added.

    Args:
        kind: what a message calls one of them, such as "attack".
        row_type: the class that its rows have.
        rows: those that there are from the start.
    """

    def __init__(self, kind: str, row_type: type[R], rows: Iterable[R] = ()) -> None:
        self.kind = kind
        self.row_type = row_type
        self._rows: dict[str, R] = {}
        for row in rows:
            self.add(row)

    def __getitem__(self, name: str) -> R:
        return self._rows[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, name: str) -> R:
        """The row of a name.

        Raises:
            ThreatsimError: there is none; the nearest name is given.
        """
        if name in self:
            return self[name]
        hint = did_you_mean(name, self) or f"There are: {', '.join(self)}."
        raise ThreatsimError(f"unknown {self.kind} '{name}'", hint=hint)

    def add(self, row: R) -> None:
        """Add a row.

        Raises:
            PluginError: a row has this name already.
        """
        taken = self._rows.get(row.name)
        if taken is not None:
            raise PluginError(
                f"its {self.kind} '{row.name}' has a name that package '{taken.package.name}' has taken",
                package=row.package.name,
            )
        self._rows[row.name] = row

    def add_from(self, package: Package, load: Callable[[], Any]) -> R:
        """Add the row that a plug-in gives; it is marked with the package that it comes from.

        Args:
            package: the distribution of the plug-in.
            load: imports the plug-in and gives its row.

        Raises:
            PluginError: loading fails in any way, a field is missing or wrong (an attack that does not say what its
                outcome depends on, a metric without unit), or the name is taken.
        """
        try:
            row = load()
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise PluginError(
                f"its {self.kind} is refused: {field}: {first['msg'].lower()}", package=package.name
            ) from error
        except Exception as error:  # a stranger's code may raise anything
            raise PluginError(f"its {self.kind} cannot be loaded: {error!r}", package=package.name) from error
        if not isinstance(row, self.row_type):
            raise PluginError(
                f"its {self.kind} is a {type(row).__name__}, no {self.row_type.__name__}", package=package.name
            )
        owned: R = row.model_copy(update={"package": package})
        self.add(owned)
        return owned
