"""Tables in answers, and how like they are to the true ones."""
