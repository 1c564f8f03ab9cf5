"""How a file becomes a scenario, and which messages it gives when it does not.

Reading order: `reader` (`overrides`), `files/` (what a file extends), `paths`, `shared_parameters`, `relative`, `arms`,
`standard_arms`, `answers`, `remarks` (`unlikely`), `loaded`, `origins`, `explain`, `scenario_library`, `sources`.
"""
