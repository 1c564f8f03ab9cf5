"""A run on one side of A4, for a board: the question, its answer, one chart, three caveats.

Reading order: `brief_page` (the page), `brief_chart` (its chart), `print_pdf` (the page as PDF, where there is a
browser).
"""
