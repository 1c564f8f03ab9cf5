"""The user's cache folder: outcomes of attacks and classifiers trained on the user's own images."""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """Return the cache folder: $THREATSIM_CACHE, or the platform's place for caches. It may not exist yet."""
    chosen = os.environ.get("THREATSIM_CACHE")
    return Path(chosen).expanduser() if chosen else user_cache_path("threatsim")
