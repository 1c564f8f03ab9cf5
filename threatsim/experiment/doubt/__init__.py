"""What a run does not know: its uncertain numbers drawn, every arm run on each draw, and chance told apart from both.

Reading order: `threatsim.experiment.outer_loop` (the draws), `refusals`, `drawn_runs` (running them), `findings` (what
chance and the numbers each do to a figure, which number drives it), `ranking` (whether the arms keep their order).
"""
