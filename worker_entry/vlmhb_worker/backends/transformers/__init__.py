"""Models run by the transformers library, whichever generation of it the env holds."""

from vlmhb_worker.backends.transformers.backend import Transformers

__all__ = ["Transformers"]
