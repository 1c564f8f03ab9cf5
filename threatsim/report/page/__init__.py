"""The HTML page and its Markdown twin.

Reading order: `page`, `markdown`, `comparison_page`, `panels` (pictures), `lean_drawing`, `term_marks`,
`browser_runtime`, `templates/`.
"""
