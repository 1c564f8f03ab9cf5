"""What a terminal shows.

Reading order: `safe_console`, `showing`, `summary`, `brief/`, `details`, `tables`, `balance_table`, `interval_line`,
`comparison_table`, `lists/`, `scenario_tables`, `pattern_table`, `story_table`, `atlas_table`, `doctor_table`,
`progress_bars`, `time_line`.
"""
