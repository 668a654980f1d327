"""Small repos."""

import random

from vlmhb.domain.model import WeightsRef

REPO = "Org/Tiny"
REF = WeightsRef(REPO)
BIG = random.Random(0).randbytes(300_000)
FILES = {
    "config.json": b'{"model_type": "tiny"}',
    "model.safetensors": BIG,
    "sub/tokenizer.json": b"{}",
}
SIZE_BYTES = sum(map(len, FILES.values()))
