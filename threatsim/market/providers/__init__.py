"""Providers and what they choose.

Reading order: `table`, `filled` (by a file), `entry` (newcomers), `options`, `utility` (of options), `beliefs`,
`insiders` (tips), `colleagues` (who see the patients of those who may not bill).
"""
