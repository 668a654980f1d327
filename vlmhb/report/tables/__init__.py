"""The documents for tables, programs and comments."""
