"""`--max-errors`."""

import click

from vlmhb.domain.error_limit import ErrorLimit, read_limit


class Limit(click.ParamType[ErrorLimit]):
    """A number, or a share in per cent."""

    name = "limit"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> ErrorLimit:
        """The limit."""
        if isinstance(value, ErrorLimit):
            return value
        try:
            return read_limit(str(value))
        except ValueError as error:
            self.fail(f"expected {error}, got {str(value)!r}", param, ctx)


max_errors = click.option(
    "--max-errors",
    type=Limit(),
    metavar="N|SHARE%",
    help="Give a model up once more of its requests failed: a number, or a share like 5%, the "
    "usual one, which counts once more than 10 failed. 100% never does.",
)
