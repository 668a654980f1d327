"""Metrics by VLMEvalKit's rules: one file for each family of benchmarks, and what they share."""
