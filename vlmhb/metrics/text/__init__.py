"""Metrics of text: how near an answer is to a target, in characters, words or as a whole."""
