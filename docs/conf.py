"""Configuration of the documentation's site; `make docs` builds it, and a warning is an error."""

from __future__ import annotations

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "make"))

from generated_pages import write_pages  # noqa: E402  (it lies in a folder of scripts, which are no package)

from threatsim.common.version import __version__  # noqa: E402

project = "threatsim"
author = "the threatsim contributors"
version = release = __version__
extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_design",
    "flowchart",
]
exclude_patterns = ["_build", "make"]
html_static_path = ["style"]
html_css_files = ["site.css"]

# Links from page to page work on a forge and on the site alike; a heading's anchor is as a forge makes it.
myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
myst_fence_as_directive = ["mermaid"]

# Notebooks and code cells run while the site is built, on the report of a small run that the tests keep.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 300
os.environ.setdefault("THREATSIM_REPORT", str(HERE.parent / "tests" / "experiment" / "old_report"))
os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")

autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config, model_post_init"}
default_role = "code"  # docstrings are Markdown in this: `name` is code
python_maximum_signature_line_length = 100
autodoc_typehints = "signature"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

html_theme = "pydata_sphinx_theme"
html_title = "threatsim"
html_show_sourcelink = False
html_theme_options = {
    "show_nav_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "navbar_end": ["theme-switcher"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto"}
copyright = "the threatsim contributors; Apache-2.0"

write_pages(HERE / "reference" / "generated")
