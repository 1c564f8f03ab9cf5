"""Try: a scenario's numbers changed in a form, run here, held beside the original, and saved as a scenario.

Reading order: `bases` (what may be tried), `form` (a field a number), `checking` (what is wrong with what was typed),
`runner` (one run at a time, in a process of its own), `child` (that process), `run_lock`, `told_answer` (what it
found, in brief), `saving` (a scenario that extends the one it came from), `routes` (what the browser asks for).
"""
