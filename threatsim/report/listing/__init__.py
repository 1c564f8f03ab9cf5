"""The reports in a folder, whatever their kind, a line each.

Reading order: `headline` (what a list shows of one), `report_reading` (from a folder to its kind and headline),
`listed_reports` (all of a folder).
"""
