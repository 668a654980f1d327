"""YAML files and environment variables -> checked values."""

from vlmhb.config.documents import Documents, documents_run
from vlmhb.config.env_reference import Device, split_reference
from vlmhb.config.environ import Environ, read_environ, read_secrets
from vlmhb.config.filters import as_filter, read_filters
from vlmhb.config.library import Kind, Library
from vlmhb.config.load import (
    load_envspec,
    load_model,
    load_model_and_env,
    load_prompts,
    load_run,
    load_task,
    load_variants,
)
from vlmhb.config.overrides import Overrides

__all__ = [
    "Device",
    "Documents",
    "Environ",
    "Kind",
    "Library",
    "Overrides",
    "as_filter",
    "documents_run",
    "load_envspec",
    "load_model",
    "load_model_and_env",
    "load_prompts",
    "load_run",
    "load_task",
    "load_variants",
    "read_environ",
    "read_filters",
    "read_secrets",
    "split_reference",
]
