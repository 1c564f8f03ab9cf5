"""Draws the first test cases of every shipped classifier of images, and writes them into classifiers/cases.

python docs/make/shipped_cases.py

A classifier and its hardened twin have the same. It is run again when the `version` of a modality's row is raised
or a card names other cases; kept outcomes, audits and reference reports are then of other pictures, and are made anew
as well.
"""

from __future__ import annotations

from pathlib import Path

from threatsim.cases.kept_cases import ship
from threatsim.cases.synthetic.generate import CHUNK
from threatsim.classifiers.production import synthetic_set
from threatsim.classifiers.store import shipped, shipped_names

FOLDER = Path(__file__).parents[2] / "classifiers" / "cases"
COUNT = 2 * CHUNK
"""What shipped scenarios, audits and tables of attacks ask for by default, 500 at most, rounded up to whole draws."""

if __name__ == "__main__":
    for record in ship(
        dict.fromkeys(synthetic_set(shipped(name).card, "test") for name in shipped_names()), COUNT, FOLDER
    ):
        print(f"{record.cases.modality}: {record.count} cases, {record.sha256}")
