"""`vlmhb try`."""

import sys
from pathlib import Path

import click

from vlmhb.cli import completion, options

STDIN = Path("-")


@click.command("try")
@click.argument("model", metavar="MODEL", shell_complete=completion.models)
@click.argument(
    "images",
    metavar="IMAGE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
)
@click.option(
    "--prompt",
    default="Read all the text on this page.",
    show_default=True,
    help="What to ask. OCR engines read the page whatever it says.",
)
@click.option("--system-prompt", default="", help="Said before it, to models that take one.")
@click.option(
    "--max-new-tokens",
    type=click.IntRange(min=1),
    default=512,
    show_default=True,
    help="Where to cut the answer off.",
)
@options.sandbox
@options.require_sandbox
@options.offline
@options.as_json
def try_model(
    *,
    model: str,
    images: tuple[Path, ...],
    prompt: str,
    system_prompt: str,
    max_new_tokens: int,
    sandbox: str | None,
    require_sandbox: int | None,
    offline: bool,
    as_json: bool,
) -> int:
    """Ask a model about a page, and print the answer.

    Several images are asked about at once. What it took is printed to stderr. - stands for an image
    on standard input. Nothing is kept but the env and the weights.

    Example: vlmhb try tesseract-psm4 invoice.png
    """
    from vlmhb import trial
    from vlmhb.cli import trial_view
    from vlmhb.cli.progress.data import PlainData
    from vlmhb.cli.terminal import printable
    from vlmhb.config import Overrides, read_environ
    from vlmhb.domain.answer import Answer
    from vlmhb.domain.sandbox import AUTO
    from vlmhb.domain.task import Generation
    from vlmhb.env import EnvStore

    question = trial.Question(
        tuple(_content(image) for image in images),
        prompt,
        system_prompt,
        Generation(max_new_tokens=max_new_tokens),
    )
    held = Overrides(sandbox=sandbox, require_sandbox=require_sandbox)
    store = EnvStore(read_environ().envs, offline=offline)
    made = trial.ask(
        model,
        question,
        store,
        tell=lambda line: click.echo(printable(line), err=True),
        on_fetch=PlainData(sys.stderr).see_weights,
        sandbox=held.sandbox_over(AUTO),
    )
    answer = made.outcome if isinstance(made.outcome, Answer) else None
    if as_json:
        options.print_json("try", trial_view.as_json(made))
    elif answer is not None:
        click.echo(printable(answer.text))
        click.echo("", err=True)
    if answer is None:
        click.echo(printable(trial_view.complaint(made)), err=True)
    if not as_json:
        click.echo(printable(trial_view.figures(made)), err=True)
    return 0 if answer is not None else 3


def _content(image: Path) -> Path | bytes:
    return sys.stdin.buffer.read() if image == STDIN else image
