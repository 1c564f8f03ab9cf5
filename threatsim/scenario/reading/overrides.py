"""`--set payers.0.audit.random=0.02`: values given on the command line, read as YAML reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ruamel.yaml.error import YAMLError

from threatsim.common.errors import InputError
from threatsim.common.yaml_text.document import compose

_KEY = "value"


def read_settings(written: Sequence[str]) -> dict[str, Any]:
    """Return dotted path -> value, for `PATH=VALUE` each; of two for one path the later wins.

    Raises:
        InputError: one has no '=', no path, or a value that is not YAML.
    """
    settings: dict[str, Any] = {}
    for one in written:
        path, equals, text = one.partition("=")
        if not equals or not path.strip():
            raise InputError(
                "it needs a path, '=' and a value",
                given=one,
                hint="For instance --set 'payers.*.audit.random=0.02'; threatsim describe lists the paths.",
                location=f"--set {one}",
            )
        settings[path.strip()] = _value(one, text.strip())
    return settings


def _value(one: str, text: str) -> Any:
    if not text:
        return None
    try:
        document = compose(f"{_KEY}: {text}\n")
    except (YAMLError, RecursionError):
        raise InputError(
            "the value is not YAML",
            given=one,
            hint="Write a number, text, true, false, a list in [ ] or a section in { }; quote it for the shell.",
            location=f"--set {one}",
        ) from None
    if document.problems or document.cut or set(document.data) != {_KEY}:
        text = document.problems[0].text if document.problems else "it holds more than a value"
        raise InputError(text, given=one, location=f"--set {one}")
    return document.data[_KEY]
