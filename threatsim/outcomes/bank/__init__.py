"""The outcome bank: what each attack did to each case, computed once and kept by content.

Reading order: `bank`, `filling` (of images), `swap_filling` (of claims of codes), `control_statistics`, `kept_table`
(the bank as a table that ships), `recomputing` (a sample of it, computed again).
"""
