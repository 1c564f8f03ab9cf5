"""Lets worker processes import the plan of these tests by name, and the stand-in market beside it."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
