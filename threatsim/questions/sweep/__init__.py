"""What figures come to as numbers of the scenario vary.

Reading order: `design` (which points), `findings` (the record's part), `question` (from a scenario to the record),
`prepared` (the same in shares), `comparison` (of two sweeps), `emulator` (between the points).
"""
