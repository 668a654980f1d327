"""YAML files and environment variables -> checked values."""

from vlmhb.config.env_reference import split_reference
from vlmhb.config.environ import Environ, read_environ, read_secrets
from vlmhb.config.library import Kind, Library
from vlmhb.config.load import (
    Overrides,
    load_envspec,
    load_model,
    load_model_and_env,
    load_run,
    load_task,
    load_variants,
)

__all__ = [
    "Environ",
    "Kind",
    "Library",
    "Overrides",
    "load_envspec",
    "load_model",
    "load_model_and_env",
    "load_run",
    "load_task",
    "load_variants",
    "read_environ",
    "read_secrets",
    "split_reference",
]
