"""Help for who writes a scenario.

Reading order: `new` (`questions`), `describe`, `search`, `schema_json`.
"""
