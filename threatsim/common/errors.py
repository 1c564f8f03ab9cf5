"""Errors that a user sees: one clear message, no traceback, exit code 2.

ThreatsimError              what was found, what is allowed, and what to try
├── InputError              a name, a value or a file that was given cannot be used
│   ├── AbsentImageError    an image that a table names is not there (`cases/layouts/picture_files.py`)
│   └── TextError           all mistakes of a YAML file (`common/yaml_text/mistakes.py`)
│       └── ScenarioError   of a scenario file (`scenario/problems.py`)
├── FailedReplicatesError   some replicates failed, all others are kept; exit code 1
├── RecordError             a report that is not there, damaged, edited, or of a newer threatsim
├── PluginError             a row of the catalogue, or the package that adds it
└── LogitsError             what a classifier returns for images (`attacks/search/target.py`)
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from threatsim.common.suggest import did_you_mean


class ThreatsimError(Exception):
    """What is wrong with the user's input, and what to do about it.

    Args:
        message: what was found and what is allowed, in one or two sentences.
        hint: what to try, or None.
        location: `file:line:column` or a path, or None.
        excerpt: the offending source line with a caret under the place, or None.

    Attributes:
        exit_code: that a command ends with.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        location: str | None = None,
        excerpt: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location
        self.excerpt = excerpt

    def __str__(self) -> str:
        head = f"{self.location}: {self.message}" if self.location else self.message
        return "\n".join(part for part in (head, self.excerpt, self.hint) if part)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.args, self.__dict__)  # most arguments go by keyword, which pickle cannot do


def _restored(kind: type[ThreatsimError], args: tuple[Any, ...], attributes: dict[str, Any]) -> ThreatsimError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class InputError(ThreatsimError):
    """Something that was given cannot be used.

    Args:
        message: what was given and what is allowed.
        given: the name, value or path, as it was given.
        allowed: the names that there are; empty where names do not tell.
        hint: what to try; without one the allowed name that is nearest to what was given, if one is near.
        location: as in ThreatsimError.
        excerpt: as in ThreatsimError.
    """

    def __init__(
        self,
        message: str,
        *,
        given: str,
        allowed: Iterable[str] = (),
        hint: str | None = None,
        location: str | None = None,
        excerpt: str | None = None,
    ) -> None:
        self.given, self.allowed = given, tuple(allowed)
        nearest = hint or did_you_mean(given, self.allowed) or None
        super().__init__(message, hint=nearest, location=location, excerpt=excerpt)


class FailedReplicatesError(ThreatsimError):
    """Some replicates failed; all others are kept.

    Args:
        message: which, and why.
        failed: how many.
        hint: what to try, or None.
    """

    exit_code = 1

    def __init__(self, message: str, *, failed: int, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.failed = failed


class RecordError(ThreatsimError):
    """A report that cannot be read or relied on.

    Args:
        message: what is wrong with it.
        path: the file or folder.
        fault: `missing`; `damaged`, so that it cannot be read; `edited` since it was written; `newer` than this
            threatsim; `foreign`, a file of something else.
        hint: what to try, or None.
        location: the place in the file, if it is known better than by the path.
    """

    def __init__(
        self,
        message: str,
        *,
        path: Path,
        fault: Literal["missing", "damaged", "edited", "newer", "foreign"],
        hint: str | None = None,
        location: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint, location=location or str(path))
        self.path, self.fault = path, fault


class PluginError(ThreatsimError):
    """A row of the catalogue, or the package that adds it, cannot be used.

    Args:
        message: what is wrong with it.
        package: name of the distribution, which the message starts with.
    """

    def __init__(self, message: str, *, package: str) -> None:
        super().__init__(f"package '{package}': {message}")
        self.package = package
