"""Help for who writes a scenario.

Reading order: `new` (`questions`), `describe`, `schema_json`.
"""
