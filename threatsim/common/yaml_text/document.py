"""YAML text to plain data, with the place of every key and value; nothing in the text is ever executed."""

from __future__ import annotations

import warnings
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import ReusedAnchorWarning
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from threatsim.common.yaml_text.mistakes import KeyPath, Mistake, Place, SourceFile

MAX_VALUES = 50_000
MAX_DEPTH = 40
MAX_KEYS = 20_000
"""Most colons and ampersands of a text: parsing takes some seconds for so many, and grows with their number."""
NO_SCENARIO = "a scenario starts with schema_version: 1"
"""What a message says of a file that should be a scenario and is empty."""
_TAG = "tag:yaml.org,2002:"
_TEXT_TAGS = {"str", "timestamp", "value"}


class Spot(NamedTuple):
    """Where something was written: the place of its key (of its item, in a list) and of its value."""

    key: Place
    value: Place


@dataclass
class Document:
    """A YAML mapping as plain data.

    Attributes:
        text: the text it was read from.
        data: mappings, lists, text, numbers, true, false and None.
        spots: path of a key or list item -> where it was written; `()` is the document itself.
        problems: what is wrong beyond syntax: a duplicate key, a tag, an alias in a circle.
        cut: whether a limit was reached, so that `data` lacks part of the text.
        overridden: path -> what was typed that set it there, such as `--set weeks=4`.
        parameters: path of a number -> where the shared parameter that it refers to is written.
        unresolved: places of references to parameters that are not there, which the problems tell already.
        unfinished: paths of sections that lack something because of a mistake which the problems tell already.
        replaced: path of a value -> what stood there before this document was laid over it.
    """

    text: str
    data: dict[str, Any] = field(default_factory=dict)
    spots: dict[KeyPath, Spot] = field(default_factory=dict)
    problems: list[Mistake] = field(default_factory=list)
    cut: bool = False
    overridden: dict[KeyPath, str] = field(default_factory=dict)
    parameters: dict[KeyPath, Place] = field(default_factory=dict)
    unresolved: set[Place] = field(default_factory=set)
    unfinished: set[KeyPath] = field(default_factory=set)
    replaced: dict[KeyPath, Any] = field(default_factory=dict)

    def spot(self, path: KeyPath) -> Spot:
        """Return where `path` was written, or the nearest section above it that was."""
        while path and path not in self.spots:
            path = path[:-1]
        return self.spots.get(path, Spot(Place(1, 1), Place(1, 1)))


def compose(
    text: str,
    file: SourceFile | None = None,
    *,
    what: str = "scenario",
    empty: str = NO_SCENARIO,
) -> Document:
    """Read one YAML document whose top is a mapping.

    Args:
        text: the YAML.
        file: where it was read, for a file that is not itself the one requested.
        what: what a message calls such a file.
        empty: what a message says of an empty one.

    Raises:
        ruamel.yaml.error.YAMLError: the text is not YAML.
        RecursionError: lists or mappings lie too deep in one another.
    """
    kept = _composed(text, file, what, empty)
    return Document(text, deepcopy(kept.data), dict(kept.spots), list(kept.problems), cut=kept.cut)


@lru_cache(maxsize=32)  # a process reads the library's files over and over, and a scanner of pure Python is slow
def _composed(text: str, file: SourceFile | None, what: str, empty: str) -> Document:
    document = Document(text)
    if text.count(":") + text.count("&") > MAX_KEYS:
        document.cut = True
        document.problems.append(Mistake(f"the file holds more than {MAX_KEYS:,} keys, which is too many for a {what}"))
        return document
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReusedAnchorWarning)  # the builder makes it a problem with a place
        node = YAML(typ="safe", pure=True).compose(text)
    if node is None:
        document.problems.append(Mistake(f"the file is empty: {empty}", _top(file)))
    elif not isinstance(node, MappingNode):
        found = "a list" if isinstance(node, SequenceNode) else "a single value"
        document.problems.append(
            Mistake(f"the file is {found}; a {what} is a mapping of keys to values", _start(node, file))
        )
    else:
        document.spots[()] = Spot(_start(node, file), _start(node, file))
        document.data = _Builder(document, file, what).mapping(node, (), ())
    return document


class _Builder:
    """Turns composed nodes into plain data, counting them so that nested aliases cannot blow up."""

    def __init__(self, document: Document, file: SourceFile | None, what: str) -> None:
        self.document = document
        self.file = file
        self.what = what
        self.values = 0
        self.anchors: dict[str, Node] = {}

    def value(self, node: Node, path: KeyPath, above: tuple[Node, ...]) -> Any:
        self.values += 1
        if self.document.cut:
            return None
        if any(node is other for other in above):
            self.complain(f"the alias *{node.anchor} refers to a section that contains it", node)
            return None
        if node.anchor and self.anchors.setdefault(node.anchor, node) is not node:
            self.complain(f"the anchor &{node.anchor} is defined a second time", node)
        if self.values > MAX_VALUES:
            self.cut(f"the file holds more than {MAX_VALUES:,} values, counting repeated aliases", node)
            return None
        if len(above) > MAX_DEPTH:
            self.cut(f"sections lie more than {MAX_DEPTH} deep in one another", node)
            return None
        if isinstance(node, MappingNode) and _kind(node) == "map":
            return self.mapping(node, path, above)
        if isinstance(node, SequenceNode) and _kind(node) == "seq":
            return self.sequence(node, path, above)
        if isinstance(node, ScalarNode):
            return self.scalar(node)
        self.complain_of_tag(node)
        return None

    def mapping(self, node: MappingNode, path: KeyPath, above: tuple[Node, ...]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        first: dict[str, Place] = {}
        for key_node, value_node in node.value:
            if _kind(key_node) == "merge":
                merged = self.merge(value_node, path, (*above, node)) | merged
                continue
            key = self.key(key_node)
            if key is None:
                continue
            if key in first:
                self.complain(f"the key '{key}' is here a second time; line {first[key].line} has it already", key_node)
                continue
            first[key] = self.start(key_node)
            self.document.spots[*path, key] = Spot(
                self.start(key_node), self.start(key_node if _empty(value_node) else value_node)
            )
            data[key] = self.value(value_node, (*path, key), (*above, node))
        return data | {key: value for key, value in merged.items() if key not in data}

    def merge(self, node: Node, path: KeyPath, above: tuple[Node, ...]) -> dict[str, Any]:
        """Return the keys that `<<: *alias` brings in; the earlier of several aliases wins."""
        result: dict[str, Any] = {}
        for source in node.value if isinstance(node, SequenceNode) else [node]:
            found = self.value(source, path, above)
            if not isinstance(found, dict):
                self.complain("'<<' needs an alias of a mapping, as in <<: *name", source)
                continue
            result = found | result
        return result

    def sequence(self, node: SequenceNode, path: KeyPath, above: tuple[Node, ...]) -> list[Any]:
        items = []
        for index, item in enumerate(node.value):
            self.document.spots[*path, index] = Spot(self.start(item), self.start(item))
            items.append(self.value(item, (*path, index), (*above, node)))
        return items

    def key(self, node: Node) -> str | None:
        if not isinstance(node, ScalarNode):
            self.complain("a list or mapping cannot be a key", node)
            return None
        if _kind(node) not in _TEXT_TAGS:
            self.complain(f"the key {node.value or '(empty)'} is not a name; put it in quotes if it is meant", node)
            return None
        return self.encodable(str(node.value), node)

    def scalar(self, node: ScalarNode) -> Any:
        kind = _kind(node)
        text = str(node.value)
        try:
            if kind == "null":
                return None
            if kind == "bool":
                return text.lower() in {"true", "yes", "on", "y"}
            if kind == "int":
                number = int(text.replace("_", ""), 0 if text.lstrip("+-")[:2].lower() in {"0x", "0o", "0b"} else 10)
                float(number)
                return number
            if kind == "float":
                return float(text.replace("_", "").lower().replace(".inf", "inf").replace(".nan", "nan"))
        except ValueError:  # a number only to YAML (1:30), or one of thousands of digits
            return text
        except OverflowError:
            self.complain("the number is too large", node)
            return None
        if kind not in _TEXT_TAGS:
            self.complain_of_tag(node)
        return self.encodable(text, node)

    def encodable(self, text: str, node: Node) -> str:
        """Return text that UTF-8 can hold; half of a surrogate pair and NUL, which escapes can name, are mistakes."""
        if "\0" in text:
            self.complain("the text holds a character U+0000, which ends a text for other programs", node)
        half = next((character for character in text if "\ud800" <= character <= "\udfff"), "")
        if half:
            self.complain(f"the character U+{ord(half):04X} is half of one and cannot be written", node)
        return text if not half else text.encode("utf-8", "replace").decode()

    def complain_of_tag(self, node: Node) -> None:
        tag = str(node.tag).replace(_TAG, "!!")
        self.complain(
            f"the tag {tag} is not allowed: a {self.what} holds text, numbers, true, false, lists and mappings",
            node,
        )

    def cut(self, text: str, node: Node) -> None:
        self.document.cut = True
        self.document.problems[:] = [Mistake(text, self.start(node))]

    def start(self, node: Node) -> Place:
        return _start(node, self.file)

    def complain(self, text: str, node: Node) -> None:
        self.document.problems.append(Mistake(text, self.start(node)))


def _kind(node: Node) -> str:
    """Return the YAML type of a node, such as `int`; empty for a tag of somebody's own."""
    tag = str(node.tag)
    return tag.removeprefix(_TAG) if tag.startswith(_TAG) else ""


def _start(node: Node, file: SourceFile | None) -> Place:
    length = max(1, node.end_mark.column - node.start_mark.column) if _on_one_line(node) else 1
    return Place(node.start_mark.line + 1, node.start_mark.column + 1, length, file)


def _top(file: SourceFile | None) -> Place | None:
    return Place(1, 1, 1, file) if file else None


def _empty(node: Node) -> bool:
    """Return whether nothing is written: such a node lies at whatever comes next, maybe lines below."""
    return isinstance(node, ScalarNode) and bool(node.start_mark.index == node.end_mark.index)


def _on_one_line(node: Node) -> bool:
    return isinstance(node, ScalarNode) and bool(node.start_mark.line == node.end_mark.line)
