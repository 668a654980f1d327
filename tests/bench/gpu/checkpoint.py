"""A Qwen2-VL whose answers never end: `ENV/bin/python -B -m tests.bench.gpu.checkpoint SIZE DIR`.

Its weights are random, and so is what it writes; the time that it takes is that of a model of its
size. Both sides of a comparison write exactly as many tokens as they may.
"""

import argparse
from pathlib import Path

from tests.checkpoints.qwen2_vl import build_sized
from tests.checkpoints.sizes import TEXT, Size

SIZES = {
    "tiny": Size(
        text=TEXT,
        vision={"depth": 2, "embed_dim": 128, "num_heads": 2, "hidden_size": 128, "mlp_ratio": 1},
        page_tokens=64,
    ),
    # Those of Qwen2-VL-2B-Instruct, which would take 1,280 tokens for a megapixel.
    "2b": Size(
        text={
            "hidden_size": 1536,
            "intermediate_size": 8960,
            "num_hidden_layers": 28,
            "num_attention_heads": 12,
            "num_key_value_heads": 2,
            "max_position_embeddings": 32768,
        },
        vision={
            "depth": 32,
            "embed_dim": 1280,
            "num_heads": 16,
            "hidden_size": 1536,
            "mlp_ratio": 4,
        },
        page_tokens=1280,
        vocabulary=151936,
        dtype="bfloat16",
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write a checkpoint whose answers never end.")
    parser.add_argument("size", choices=sorted(SIZES), metavar="SIZE")
    parser.add_argument("folder", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True)
    build_sized(arguments.folder, 0, SIZES[arguments.size], ends=False)


if __name__ == "__main__":
    main()
