"""What commands write into a folder of reports.

Reading order: `report_kinds`.
"""
