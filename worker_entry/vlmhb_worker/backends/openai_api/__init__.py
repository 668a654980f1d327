"""Models behind an OpenAI-compatible endpoint: somebody else's, or a server started here."""

from vlmhb_worker.backends.openai_api.backend import OpenaiApi

__all__ = ["OpenaiApi"]
