"""Where a word stands in all that a scenario may say: its keys, shared parameters, and the rows of the catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from threatsim.catalogue.modalities import MODALITIES
from threatsim.catalogue.payment_models import PAYMENT_MODELS
from threatsim.catalogue.plugin_list import REGISTRIES
from threatsim.catalogue.row import Row
from threatsim.catalogue.words.glossary import glossary, term_called
from threatsim.common.errors import InputError
from threatsim.common.shell import quoted
from threatsim.common.suggest import nearest, slip_of
from threatsim.scenario.authoring.describe import all_paths, describe
from threatsim.scenario.reading.shared_parameters import Parameters

_NAMED: Final = 3
_PART_OF_A_WORD: Final = 4
"""Letters from which on a word is also found inside a longer one: `graph` in photograph, but not `CT` in tactic."""
_ENDINGS: Final = ["atures", "ature", "ations", "ation", "ings", "ing", "ors", "or", "ers", "er", "ed", "es", "e", "s"]
_STEM: Final = 3
"""Letters that are left of a word without its ending. A published stemmer keeps signature and signed apart."""


class Hit(BaseModel):
    """One thing that a search has found."""

    model_config = ConfigDict(frozen=True)

    kind: str = Field(description="key, parameter, or the kind of a row: attack, metric, control, ...")
    name: str = Field(description="Its path or name.")
    what: str = Field(description="What it is, in a sentence.")


def search(words: str, parameters: Parameters) -> list[Hit]:
    """Return what has every word in its name or its description, that with the words in its name first.

    Args:
        words: with blanks between; their case does not matter, nor their endings: signed finds signatures.
        parameters: the shared parameters that a scenario may refer to.

    Raises:
        InputError: nothing has them.
    """
    wanted = words.lower().split()
    found = [hit for hit in _everything(parameters) if wanted and all(_in(word, hit.name, hit.what) for word in wanted)]
    if not found:
        raise nothing_of(words, parameters)
    return sorted(found, key=lambda hit: not all(_in(word, hit.name) for word in wanted))


def nothing_of(words: str, parameters: Parameters) -> InputError:
    """Return the error that says that threatsim has nothing of this name, and of which it may be a slip of the pen.

    A word that merely resembles another is not taken for it: `dental` has no answer under `denial`.
    """
    known = dict.fromkeys(part for hit in _everything(parameters) for part in re.findall(r"[A-Za-z]+|\w+", hit.name))
    meant = slip_of(words, known)
    return InputError(
        f"nothing in threatsim speaks of '{words}': no key of a scenario, no shared parameter, no attack, control, "
        "metric or modality",
        given=words,
        hint=f"Did you mean '{meant}'? Look it up: threatsim describe --search {quoted(meant)}"
        if meant
        else f"The modalities are {', '.join(MODALITIES)}; one of your own, an attack or a control can be added: "
        "docs/how-to/plugins.md.",
    )


def not_there(path: str, error: InputError, parameters: Parameters) -> InputError:
    """Return what to say of a path that `describe` has not found: its error, with what else has that word.

    Args:
        path: what was taken for a place in a scenario.
        error: what `describe` said of it.
        parameters: the shared parameters.
    """
    if elsewhere := found_by(path, parameters):
        return InputError(f"'{path}' is not a place in a scenario", given=path, hint=elsewhere)
    if path and "." not in path and nearest(path, error.allowed) is None:
        return nothing_of(path, parameters)
    return error


def found_by(word: str, parameters: Parameters) -> str:
    """Return what a search for a word would find, as a hint with its command; empty for a path, or where it finds none.

    Args:
        word: what was taken for a place in a scenario.
        parameters: the shared parameters.
    """
    if "." in word:
        return ""
    try:
        hits = search(word, parameters)
    except InputError:
        return ""
    names = [hit.name for hit in hits]
    first = [name for name in names if name.split(".")[0] == word] or names
    more = f" and {len(hits) - _NAMED} more" if len(hits) > _NAMED else ""
    return f"threatsim describe --search {quoted(word)} finds {', '.join(first[:_NAMED])}{more}."


def row_called(name: str) -> Hit | None:
    """Return the row of the catalogue of a name, or the word of the glossary; None if there is neither."""
    return next((hit for hit in _rows() if hit.name == name), None) or _word(name)


def _word(name: str) -> Hit | None:
    """Return the word of the glossary of a name; None if there is none."""
    term = term_called(name)
    return Hit(kind="word", name=term.names[0], what=term.meaning) if term else None


def _everything(parameters: Parameters) -> Iterator[Hit]:
    for path in all_paths():
        yield Hit(kind="key", name=path, what=describe(path).what)
    for name in parameters.names():
        yield Hit(kind="parameter", name=name, what=parameters.find(name)[0].description)
    yield from _rows()
    for term in glossary():
        yield Hit(kind="word", name=term.names[0], what=term.meaning)


def _rows() -> Iterator[Hit]:
    for table in (*REGISTRIES, PAYMENT_MODELS):
        for row in table.values():
            yield _row(table.kind, row)


def _row(kind: str, row: Row) -> Hit:
    return Hit(kind=kind, name=row.name, what=f"{row.title}: {row.text}")


def _in(word: str, *texts: str) -> bool:
    stem = _stem(word)
    return any(
        (len(word) >= _PART_OF_A_WORD and word in text)
        or any(stem == _stem(other) for other in re.findall(r"[^\W_]+", text))
        for text in (text.lower() for text in texts)
    )


def _stem(word: str) -> str:
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= _STEM), "")
    return word[: len(word) - len(ending)]
