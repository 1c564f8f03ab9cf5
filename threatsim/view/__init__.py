"""`threatsim view`: the reports in some folders as web pages of this machine, and the same as files for others.

Reading order: `runs` (what there is, in a row each), `index` (kept rows, so that thousands cost nothing), `guard` (who
is answered at all), `report_pages`, `compared` (a report, and several beside one another), `app` (all pages), `tryout/`
(a scenario with other numbers, run here), `serving` (the address, the port, the browser), `bundle` (static files).
"""
