"""The part of Mesa that the market stands on: `Agent` and `Model`, as they are in Mesa 3.3, 3.5 and 4.

Two things are put right here. Mesa 3.3 sets the start method of multiprocessing for the whole process when it
is imported (`mesa/batchrunner.py`), and keeps every model alive in a class-level table of agent numbers
(`mesa/agent.py`, `Agent._ids`).
"""

from __future__ import annotations

import multiprocessing

_start_method = multiprocessing.get_start_method(allow_none=True)

import mesa  # noqa: E402

multiprocessing.set_start_method(_start_method, force=True)


class Agent(mesa.Agent):  # type: ignore[misc]
    """A Mesa agent."""


class Model(mesa.Model):  # type: ignore[misc]
    """A Mesa model."""


def release(model: Model) -> None:
    """Let go of a model that has run, so that a worker's memory does not grow with each replicate."""
    getattr(mesa.Agent, "_ids", {}).pop(model, None)
