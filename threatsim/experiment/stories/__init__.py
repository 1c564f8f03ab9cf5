"""The market in words: a week of it, and one provider's run, read from a report.

Reading order: `week_steps` (what happens in a week), `career` (what it did, period by period), `provider_story`.
"""
