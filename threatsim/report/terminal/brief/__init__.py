"""Tables of a line each, for one screen.

Reading order: `arm_lines` (of a run's arms), `differences` (of a comparison), `scenario_differences` (of two files).
"""
