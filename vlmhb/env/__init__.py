"""Envs: from an envspec and its lock to a venv that is whole, known and shared."""

from vlmhb.env.fingerprint import contents_sha256
from vlmhb.env.interpreter import Interpreter, find_interpreter
from vlmhb.env.lock import lock_path, read_lock, write_lock
from vlmhb.env.staging import can_hardlink
from vlmhb.env.store import EnvStore
from vlmhb.env.uv import Uv

__all__ = [
    "EnvStore",
    "Interpreter",
    "Uv",
    "can_hardlink",
    "contents_sha256",
    "find_interpreter",
    "lock_path",
    "read_lock",
    "write_lock",
]
