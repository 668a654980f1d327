"""Two sides on the same samples: differences, their intervals, and whether they may be chance."""
