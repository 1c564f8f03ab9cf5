"""Where a figure reaches a value: the crossing, with its interval.

Reading order: `until` (what is to be reached), `crossing` (the search on any figures), `findings` (the record's part),
`question` (from a scenario to the record).
"""
