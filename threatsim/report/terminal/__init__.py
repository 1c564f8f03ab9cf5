"""What a terminal shows.

Reading order: `safe_console`, `summary`, `tables`, `balance_table`, `interval_line`, `comparison_table`, `report_list`,
`listings`, `outcome_listing`, `scenario_tables`, `pattern_table`, `story_table`, `atlas_table`, `doctor_table`,
`plugin_table`, `progress_bars`.
"""
