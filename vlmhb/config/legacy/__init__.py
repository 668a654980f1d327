"""VLMHyperBench's `user_config*.csv`, `vlm_base.csv` and VLMHyperBench_config.json -> a run."""

from vlmhb.config.legacy.run import legacy_run

__all__ = ["legacy_run"]
