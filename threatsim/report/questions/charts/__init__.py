"""The charts of answers: still for print, live in the reader's browser.

Reading order: `answer_chart` (what they have in common), `curve_charts` (one path), `map_charts` (two paths),
`parallel_chart` (more of them, and trials), `sensitivity_charts`, `search_charts`, `dial` (between the points).
"""
