"""Which rows to pair with which columns so that the gains add up to the most."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def best_total(gains: "NDArray[np.float64]") -> float:
    """The largest sum of gains when each row and each column is used at most once.

    Takes gains of 0 or more, of shape (rows, columns). Exact, by shortest augmenting paths; time
    grows with the square of the smaller side times the larger one.

    Source: Jonker and Volgenant 1987, "A shortest augmenting path algorithm for dense and sparse
    linear assignment problems" (Computing 38).
    """
    if not gains.size:
        return 0.0
    costs = -(gains if gains.shape[0] <= gains.shape[1] else gains.T)
    return float(-sum(costs[row, column] for column, row in matching(costs).items()))


def matching(costs: "NDArray[np.float64]") -> dict[int, int]:
    """The row of each paired column, every row being paired; rows are no more than columns."""
    import numpy as np  # noqa: PLC0415 - looking metrics up must not wait for it

    rows, columns = costs.shape
    row_prices, column_prices = np.zeros(rows), np.zeros(columns)
    row_of: dict[int, int] = {}
    free = np.ones(columns, dtype=bool)
    for start in range(rows):
        shortest = np.full(columns, np.inf)
        before = np.full(columns, -1)
        done = np.zeros(columns, dtype=bool)
        row, column, length = start, -1, 0.0
        while True:
            through = length + costs[row] - row_prices[row] - column_prices
            shorter = ~done & (through < shortest)
            shortest[shorter] = through[shorter]
            before[shorter] = column
            reachable = np.where(done, np.inf, shortest)
            length = float(reachable.min())
            # Of columns equally near, a free one ends the search: many entries are often alike.
            nearest = reachable == length
            column = int((nearest & free if (nearest & free).any() else nearest).argmax())
            if free[column]:
                break
            done[column] = True
            row = row_of[column]
        row_prices[start] += length
        for used in np.flatnonzero(done):
            row_prices[row_of[int(used)]] += length - shortest[used]
            column_prices[used] -= length - shortest[used]
        free[column] = False
        while column >= 0:
            previous = int(before[column])
            row_of[column] = row_of[previous] if previous >= 0 else start
            column = previous
    return row_of
