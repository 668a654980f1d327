"""`--price-per-hour`."""

import math

import click


class Price(click.ParamType[float]):
    """A number of any currency."""

    name = "number"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number, 0 or more."""
        try:
            price = float(str(value))
        except ValueError:
            price = math.nan
        if not (math.isfinite(price) and price >= 0):
            self.fail(f"expected a number of 0 or more, got {str(value)!r}", param, ctx)
        return price


price_per_hour = click.option(
    "--price-per-hour",
    type=Price(),
    help="What one worker with its GPU costs per hour, in any currency: gives a price per 1,000 "
    "pages. Kept in the run folder.",
)
