"""Several runs -> one that holds the answers of all of them."""

from vlmhb.merging.missing import Missing, missing_of
from vlmhb.merging.part import Part, read_parts
from vlmhb.merging.shards import MissingShards, missing_shards
from vlmhb.merging.together import Together, merge
from vlmhb.merging.write import check_place, write_merged

__all__ = [
    "Missing",
    "MissingShards",
    "Part",
    "Together",
    "check_place",
    "merge",
    "missing_of",
    "missing_shards",
    "read_parts",
    "write_merged",
]
