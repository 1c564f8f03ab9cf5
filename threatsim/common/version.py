"""The version of threatsim, and those of other packages here."""

__version__ = "0.1.0"


def installed_version(package: str) -> str:
    """Return the version of an installed package, or "absent"; it is not imported."""
    from importlib.metadata import PackageNotFoundError, version  # a tenth of what `threatsim --help` loads

    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"
