"""What every row of the catalogue has, and a table of rows by name that plug-ins may add to, or a part of one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from threatsim.catalogue.plugins import Offer, are_off, offers, same_package
from threatsim.common.errors import InputError, PluginError
from threatsim.common.suggest import did_you_mean
from threatsim.common.version import __version__

_LOG = logging.getLogger(__name__)

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class Package(BaseModel):
    """The distribution that a row comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text = Field(description="Name of the distribution.")
    version: Text = Field(description="Its version.")
    source: str = Field(default="", description="Hash of its source text; empty for threatsim itself.")


OWN: Final = Package(name="threatsim", version=__version__)
"""What rows of threatsim itself come from."""


class Row(BaseModel):
    """What all kinds share. A kind adds fields; a field that it must have has no default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description="Name in scenarios, commands and records."
    )
    title: Text = Field(description="Name in tables and charts.")
    text: Text = Field(description="What it is, in a sentence.")
    limit: str = Field(default="", description="What a report says that one must not conclude; empty if nothing.")
    implementation: Annotated[str, StringConstraints(pattern=r"^([\w.]+:\w+)?$")] = Field(
        default="", description="`module:attribute`, imported when first used; empty if nothing runs."
    )
    version: Annotated[int, Field(ge=1)] = Field(
        default=1, description="Raised when what it does changes; part of the keys of outcomes."
    )
    source: str = Field(default="", description="Citation of the method; empty if there is none.")
    package: Package = Field(default=OWN, description="The distribution that the row comes from.")

    def identity(self) -> dict[str, Any]:
        """Return what tells outcomes of this row from those of other code under its name, as a part of their keys.

        Nothing at first: our own rows start at version 1, and the version of the engine tells our code. A plug-in's
        rows are told by the version and the source of their package.
        """
        found: dict[str, Any] = {} if self.version == 1 else {"version": self.version}
        return found if self.package == OWN else {**found, "package": self.package.model_dump()}

    def resolve(self, reference: str = "") -> Any:
        """Return the implementation, or what another `module:attribute` of the row names, imported now.

        Raises:
            PluginError: the module does not import, or lacks the attribute.
        """
        reference = reference or self.implementation
        module, _, attribute = reference.partition(":")
        try:
            return getattr(import_module(module), attribute)
        except (ImportError, AttributeError, ValueError) as error:
            raise PluginError(
                f"'{self.name}': its implementation '{reference}' cannot be imported: {error}",
                package=self.package.name,
            ) from error


R = TypeVar("R", bound=Row)


class Registry(Mapping[str, R], Generic[R]):
    """Rows of one kind by name: our own in the order in which they were added, then those of plug-ins.

    A plug-in is loaded when its name is looked up, or when all are listed; its name may have its package before it, as
    in `dental_plugin/pressure`.

    Args:
        kind: what a message calls one of them, such as "attack".
        row_type: the class that its rows have.
        rows: those that there are from the start.
        group: group of entry points by which other packages add rows (`threatsim.attacks`); empty: none may.
    """

    def __init__(self, kind: str, row_type: type[R], rows: Iterable[R] = (), *, group: str = "") -> None:
        self.kind = kind
        self.row_type = row_type
        self.group = group
        self._rows: dict[str, R] = {}
        self._broken: dict[Offer, PluginError] = {}
        for row in rows:
            self.add(row)

    def __getitem__(self, name: str) -> R:
        """Return the row of a name.

        Raises:
            KeyError: there is none.
            PluginError: the plug-in that has it is broken, or two have it.
        """
        package, _, short = name.rpartition("/") if isinstance(name, str) else ("", "", name)
        row = self._rows.get(short)
        if row is None or (row.package != OWN and are_off()):
            row = self._from_plugins(short)
        if package and not same_package(package, row.package.name):
            raise KeyError(name)
        return row

    def __iter__(self) -> Iterator[str]:
        """Yield the names; those of plug-ins come last, sorted, and are loaded only if the iteration gets there."""
        yield from [name for name, row in self._rows.items() if row.package == OWN]
        if not are_off():
            for _ in self.plugins():
                pass
            yield from sorted(name for name, row in self._rows.items() if row.package != OWN)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def plugins(self) -> Iterator[tuple[Offer, PluginError | None]]:
        """Yield what plug-ins add, loaded now, and why it is broken, if it is. Of a broken one the log warns, once."""
        for offer in self._offered():
            known = offer in self._broken
            try:
                self._loaded(offer)
            except PluginError as error:
                if not known:
                    _LOG.warning("%s; it is left out.", error)
                yield offer, error
            else:
                yield offer, None

    def _offered(self, name: str = "") -> list[Offer]:
        found = offers(self.group) if self.group else ()
        return [offer for offer in found if not name or offer.name == name]

    def _from_plugins(self, name: str) -> R:
        found = self._offered(name)
        if not found:
            raise KeyError(name)
        return self._loaded(found[0])

    def _loaded(self, offer: Offer) -> R:
        """Return the row of an entry point, which is loaded the first time.

        Raises:
            PluginError: it is broken; raised again each time.
        """
        row = self._rows.get(offer.name)
        if row is not None and same_package(row.package.name, offer.package):
            return row
        if offer in self._broken:
            raise self._broken[offer]
        try:
            rivals = [other.package for other in self._offered(offer.name) if other.package != offer.package]
            if rivals:
                raise PluginError(
                    f"its {self.kind} '{offer.name}' has a name that package '{rivals[0]}' has given as well",
                    package=offer.package,
                )
            package = Package(name=offer.package, version=offer.version, source=offer.source)
            return self.add_from(package, offer.load, offered=f"{offer.name} = {offer.entry.value}")
        except PluginError as error:
            self._broken[offer] = error
            raise

    def find(self, name: str) -> R:
        """Return the row of a name.

        Raises:
            InputError: there is none; the nearest name is given.
        """
        if name in self:
            return self[name]
        hint = did_you_mean(name, self) or f"There are: {', '.join(self)}."
        raise InputError(f"unknown {self.kind} '{name}'", given=name, allowed=self, hint=hint)

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

    def add_from(self, package: Package, load: Callable[[], Any], *, offered: str = "") -> R:
        """Add the row that a plug-in gives; it is marked with the package that it comes from.

        Args:
            package: the distribution of the plug-in.
            load: imports the plug-in and gives its row.
            offered: the entry point, `name = module:attribute`, whose name the row must have; empty: there is none.

        Raises:
            PluginError: loading fails in any way, a field is missing or wrong (an attack that does not say what its
                outcome depends on, a metric without unit), or the name is taken.
        """
        thing = f"its {self.kind} '{offered}'" if offered else f"its {self.kind}"
        try:
            row = load()
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise PluginError(f"{thing} is refused: {field}: {first['msg'].lower()}", package=package.name) from error
        except Exception as error:  # a stranger's code may raise anything
            raise PluginError(f"{thing} cannot be loaded: {error!r}", package=package.name) from error
        if not isinstance(row, self.row_type):
            raise PluginError(
                f"its {self.kind} is a {type(row).__name__}, no {self.row_type.__name__}", package=package.name
            )
        name = offered.partition(" ")[0]
        if name and row.name != name:
            raise PluginError(
                f"its {self.kind} is called '{row.name}' in its row and '{name}' in its entry point",
                package=package.name,
            )
        owned: R = row.model_copy(update={"package": package})
        self.add(owned)
        return owned


class Part(Mapping[str, R], Generic[R]):
    """Those rows of a table that meet a condition, by name; a plug-in's is loaded when its name is looked up.

    Args:
        registry: the table.
        meets: whether a row belongs to the part.
    """

    def __init__(self, registry: Registry[R], meets: Callable[[R], bool]) -> None:
        self._registry, self._meets = registry, meets

    def __getitem__(self, name: str) -> R:
        row = self._registry[name]
        if not self._meets(row):
            raise KeyError(name)
        return row

    def __iter__(self) -> Iterator[str]:
        return (name for name, row in self._registry.items() if self._meets(row))

    def __len__(self) -> int:
        return sum(1 for _ in self)
