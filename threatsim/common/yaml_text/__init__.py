"""YAML that somebody wrote, as plain data with places; nothing in it is executed, and nothing in it grows without end.

Reading order: `mistakes` (a place, and what is wrong there), `document` (text to data), `syntax` (what is not YAML),
`foreign` (a whole file of somebody else's), `value_words` (a value in a message), `model_mistakes` (what does not fit a
model).
"""
