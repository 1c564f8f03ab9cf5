"""The scenario room: what an analyst may write in a scenario file, and how it is read.

Reading order: quantity, consistency, schema (what a scenario is); document, syntax, paths, problems, explain
(how a file becomes one, and what is said when it does not); loading, arms, library, sources, schema_json
(what others call).
"""
