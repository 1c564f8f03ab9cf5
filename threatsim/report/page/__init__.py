"""The HTML page and its Markdown twin.

Reading order: `page`, `markdown`, `comparison_page`, `compared_report`, `kept_gallery`, `live_page` (what pages with
charts have in common), `ranking` (first screen), `neighbours`, `panels` (pictures), `lean_drawing`, `term_marks`,
`browser_runtime`, `templates/`.
"""
