"""`vlmhb doctor`."""

import click

from vlmhb.cli import completion, options


@click.command()
@click.option(
    "--model",
    "-m",
    "names",
    multiple=True,
    shell_complete=completion.models,
    help="Look closely at what this model needs, by name or path; may be given several times.",
)
@options.offline
@options.as_json
def doctor(*, names: tuple[str, ...], offline: bool, as_json: bool) -> int:
    """Check this machine, and say how to mend it.

    Exits with 4 when something a run needs is missing. docs/guide/doctor.md explains every line.
    """
    from vlmhb.cli.checks import Status, all_checks
    from vlmhb.cli.terminal import printable
    from vlmhb.config import load_model, read_environ

    places = read_environ()
    chosen = {name: load_model(name) for name in names}
    checks = []
    for check in all_checks(places, chosen, offline=offline):
        checks.append(check)
        if not as_json:
            text = f"{check.status.value:<5} {check.name}: {check.found}"
            text += f"\nfix: {check.fix}" if check.fix else ""
            click.echo(printable(text.replace("\n", "\n      ")))
    if as_json:
        options.print_json(
            "doctor",
            {
                "checks": [
                    {"name": c.name, "status": c.status.value, "found": c.found, "fix": c.fix}
                    for c in checks
                ]
            },
        )
    return 4 if any(check.status is Status.FAIL for check in checks) else 0
