"""The scenario: what an analyst may write in a file, and how it is read.

Reading order: `schema` (what a scenario is), `section` and `sections/`, `rules/`, `problems` (what is wrong in a
file), `uncertain`, `evidence`, `reading/` (how a file becomes one), `authoring/`.
"""
