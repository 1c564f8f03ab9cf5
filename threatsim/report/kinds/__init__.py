"""What each kind of report shows of itself; rows of `catalogue/written/report_kinds.py` name what is here.

Reading order: `answer_headlines` and `whole_run` (what a list shows), `whole_answer` (page and terminal).
"""
