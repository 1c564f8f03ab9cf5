"""Help for who writes a scenario.

Reading order: `new` (`questions`), `describe` (`written_only`), `search`, `schema_json`.
"""
