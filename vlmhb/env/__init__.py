"""Envs: from an envspec and its lock to a venv that is whole, known and shared."""

from vlmhb.domain.envspec import Interpreter
from vlmhb.env.difference import Change, Difference, Side, difference
from vlmhb.env.disk import Tally, Usage
from vlmhb.env.fingerprint import contents_sha256
from vlmhb.env.holds import in_use
from vlmhb.env.inspection import inspect_lent
from vlmhb.env.interpreter import find_interpreter
from vlmhb.env.inventory import StoredEnv, inventory
from vlmhb.env.lock import lock_path, read_lock, release_dates, write_lock
from vlmhb.env.prune import Criteria, Pruned, prune, remove
from vlmhb.env.spec_files import spec_files
from vlmhb.env.staging import can_hardlink
from vlmhb.env.store import EnvStore
from vlmhb.env.uv import Uv
from vlmhb.env.verify import Verdict, verify

__all__ = [
    "Change",
    "Criteria",
    "Difference",
    "EnvStore",
    "Interpreter",
    "Pruned",
    "Side",
    "StoredEnv",
    "Tally",
    "Usage",
    "Uv",
    "Verdict",
    "can_hardlink",
    "contents_sha256",
    "difference",
    "find_interpreter",
    "in_use",
    "inspect_lent",
    "inventory",
    "lock_path",
    "prune",
    "read_lock",
    "release_dates",
    "remove",
    "spec_files",
    "verify",
    "write_lock",
]
