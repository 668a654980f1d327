"""The workers of a run: started, waited for, buried, and what is said of their end."""
