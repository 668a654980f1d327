"""Pages made larger or smaller before a model sees them."""

import math
from typing import Any, Optional


def scale_to(page: Any, min_pixels: Optional[int], max_pixels: Optional[int]) -> Any:
    """The page, of the same shape, with at least and at most so many pixels; None: no bound."""
    pixels = page.width * page.height
    if max_pixels is not None and pixels > max_pixels:
        return _scaled(page, math.sqrt(max_pixels / pixels), math.floor)
    if min_pixels is not None and pixels < min_pixels:
        return _scaled(page, math.sqrt(min_pixels / pixels), math.ceil)
    return page


def _scaled(page: Any, factor: float, rounded: Any) -> Any:
    from PIL import Image

    size = (max(1, rounded(page.width * factor)), max(1, rounded(page.height * factor)))
    return page.resize(size, Image.Resampling.LANCZOS)
