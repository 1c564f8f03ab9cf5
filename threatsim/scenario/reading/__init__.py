"""How a file becomes a scenario, and which messages it gives when it does not.

Reading order: `reader` (`extending`, `overrides`), `paths`, `shared_parameters`, `relative`, `arms`,
`standard_arms`, `remarks`, `loaded`, `origins`, `explain`, `scenario_library`, `sources`.
"""
