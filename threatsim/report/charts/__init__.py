"""Charts.

Reading order: `chart_list`, `chart`, `marks`, `market_charts`, `weekly_bands`, `weekly_charts`, `doubt_chart`,
`classifier_charts`, `drawable`, `drawing` (to SVG).
"""
