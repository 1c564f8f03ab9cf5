"""The version of threatsim."""

__version__ = "0.1.0"
