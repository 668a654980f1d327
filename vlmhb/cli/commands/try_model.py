"""`vlmhb try`."""

from pathlib import Path

import click

from vlmhb.cli import options


@click.command("try")
@click.argument("model", metavar="MODEL")
@click.argument(
    "image", metavar="IMAGE", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option(
    "--prompt",
    default="Read all the text on this page.",
    show_default=True,
    help="What to ask. OCR engines read the page whatever it says.",
)
@click.option(
    "--max-new-tokens",
    type=click.IntRange(min=1),
    default=512,
    show_default=True,
    help="Where to cut the answer off.",
)
@options.offline
@options.as_json
def try_model(
    *,
    model: str,
    image: Path,
    prompt: str,
    max_new_tokens: int,
    offline: bool,
    as_json: bool,
) -> int:
    """Ask MODEL about one IMAGE and print the answer. Nothing is kept.

    Example: vlmhb try tesseract-psm4 invoice.png
    """
    from vlmhb import trial
    from vlmhb.cli.terminal import printable
    from vlmhb.config import read_environ
    from vlmhb.domain.answer import Answer
    from vlmhb.domain.digest import Json
    from vlmhb.domain.task import Generation
    from vlmhb.env import EnvStore

    question = trial.Question(image, prompt, Generation(max_new_tokens=max_new_tokens))
    store = EnvStore(read_environ().envs, offline=offline)
    outcome = trial.ask(model, question, store, lambda line: click.echo(printable(line), err=True))
    if isinstance(outcome, Answer):
        if as_json:
            options.print_json("try", {"text": outcome.text, "total_s": outcome.timing.total_s})
        else:
            click.echo(printable(outcome.text))
        return 0
    if as_json:
        failure: dict[str, Json] = {
            "text": None,
            "reason": outcome.reason.value,
            "message": outcome.error.message,
        }
        options.print_json("try", failure)
    click.echo(printable(f"no answer: {outcome.reason.value}: {outcome.error.message}"), err=True)
    return 3
