"""`vlmhb env pack`."""

from pathlib import Path

import click

from vlmhb.cli import completion, options
from vlmhb.cli.terminal import say


@click.command()
@click.argument(
    "names", nargs=-1, required=True, metavar="NAME[@VARIANT]...", shell_complete=completion.envs
)
@click.option(
    "--out",
    "--output",
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The file to write, e.g. bundle.tar.",
)
@options.as_json
def pack(*, names: tuple[str, ...], output: Path, as_json: bool) -> int:
    """Write one file to build these envs from without a network.

    It holds the wheels that the Python found here takes, what is built from source as wheels, the
    locks and the envspecs. Without @VARIANT the one for this machine is packed.

    Example: vlmhb env pack rapidocr-3.10 transformers-4.44@cu128 -o bundle.tar
    """
    from vlmhb.cli.several import Several
    from vlmhb.config import load_envspec, read_environ
    from vlmhb.domain.sizes import megabytes
    from vlmhb.env import EnvStore
    from vlmhb.env.caller import Caller
    from vlmhb.env.pack import pack as write

    store = EnvStore(read_environ().envs)
    specs = {spec.name: spec for spec in map(load_envspec, names)}
    caller = Caller(lambda line: say(line, err=True))
    bundle, sha256 = write(tuple(specs.values()), output.absolute(), store, caller)
    several = Several(as_json)
    for env in bundle.envs:
        built = f" and {len(env.built)} built from source" if env.built else ""
        several.add(
            {"name": env.name, "wheels": len(env.wheels), "built_from_source": len(env.built)},
            f"{env.name}: for Python {env.interpreter}, {len(env.wheels)} wheels{built}",
        )
    size_bytes = output.stat().st_size
    several.say(f"{output}: {megabytes(size_bytes)}, sha256 {sha256}")
    return several.end("env_pack", "envs", file=str(output), size_bytes=size_bytes, sha256=sha256)
