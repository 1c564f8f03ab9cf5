"""Help for who writes a scenario.

Reading order: `new` (`policies`, `questions`), `describe` (`written_only`), `search`, `schema_json`.
"""
