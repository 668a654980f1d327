"""Sizes: numbers of bytes as people compare them."""


def megabytes(size_bytes: int) -> str:
    """What files take, e.g. `1,234.5 MB`."""
    return f"{number_of_megabytes(size_bytes)} MB"


def number_of_megabytes(size_bytes: int) -> str:
    """The same for a column that names the unit, e.g. `1,234.5`."""
    return f"{size_bytes / 1e6:,.1f}"


def gib(size_bytes: float) -> str:
    """What memories and disks hold, e.g. `1.5 GiB`."""
    return f"{size_bytes / 2**30:.1f} GiB"
