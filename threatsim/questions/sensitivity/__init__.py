"""Which numbers drive the answer: what each moves, alone and with others, and whether it turns the ranking of arms.

Reading order: `varied` (the numbers and their ranges), `answers` (what is asked of), `budget` (how many markets each
stage gets), `findings` (the record's part), `one_at_a_time`, `joint` (Morris, Sobol), `ranking`, `analysis` (the stages
in turn), `record`, `question`.
"""
