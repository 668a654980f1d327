"""Values of documents that mean the same however they are written: dates, money, numbers, names.

Each kind of value is one file that says how it is read, and one line in `kinds.py`.
"""
