"""A report as a spreadsheet: a sheet a table, with units, notes and sources.

Reading order: `sheets` (what stands in them), `workbook` (the file, by XlsxWriter).
"""
