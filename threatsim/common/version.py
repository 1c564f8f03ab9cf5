"""The version of threatsim, and those of other packages here."""

from importlib.metadata import PackageNotFoundError, version

__version__ = "0.1.0"


def installed_version(package: str) -> str:
    """Return the version of an installed package, or "absent"; it is not imported."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
