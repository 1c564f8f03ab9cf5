"""Tables of a line each, for one screen.

Reading order: `arm_lines` (of a run's arms), `differences` (of a comparison), `several` (of three reports
or more), `scenario_differences` (of two files).
"""
