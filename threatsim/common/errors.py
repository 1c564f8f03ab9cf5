"""Errors that a user sees: one clear message, no traceback, exit code 2."""

from __future__ import annotations


class ThreatsimError(Exception):
    """What is wrong with the user's input, and what to do about it.

    Args:
        message: what was found and what is allowed, in one or two sentences.
        hint: what to try, or None.
        location: `file:line:column` or a path, or None.
        excerpt: the offending source line with a caret under the place, or None.
    """

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


class PluginError(ThreatsimError):
    """A row of the catalogue, or the package that adds it, cannot be used.

    Args:
        message: what is wrong with it.
        package: name of the distribution, which the message starts with.
    """

    def __init__(self, message: str, *, package: str) -> None:
        super().__init__(f"package '{package}': {message}")
        self.package = package
