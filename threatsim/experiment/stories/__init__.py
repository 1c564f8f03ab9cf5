"""One provider's run, read from a report.

Reading order: `career` (what it did, period by period), `provider_story`.
"""
