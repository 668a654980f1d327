"""`--gpus`."""

import click

from vlmhb.domain.gpu_choice import GpuChoice, read_choice


class Choice(click.ParamType[GpuChoice]):
    """A number of GPUs, or a list of them."""

    name = "gpus"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> GpuChoice:
        """The choice."""
        if isinstance(value, GpuChoice):
            return value
        try:
            return read_choice(str(value))
        except ValueError as error:
            self.fail(f"expected {error}; got {str(value)!r}", param, ctx)


gpus = click.option(
    "--gpus",
    type=Choice(),
    metavar="N|LIST",
    help="Use so many GPUs (2), or those of these indexes (0,1; index 2 alone is `2,`), UUIDs or "
    "beginnings of them (GPU-8f3,MIG-12). 0 is a number: no GPU at all. Without it, and with "
    "`all`, every GPU.",
)
