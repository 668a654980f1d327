"""`vlmhb doctor`."""

import click

from vlmhb.cli import options


@click.command()
@options.as_json
def doctor(*, as_json: bool) -> int:
    """Check this machine, and say how to mend it.

    Exits with 4 when something every run needs is missing.
    """
    from vlmhb.cli.checks import Status, all_checks
    from vlmhb.cli.terminal import printable
    from vlmhb.config import read_environ

    checks = tuple(all_checks(read_environ()))
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
    else:
        for check in checks:
            click.echo(printable(f"{check.status.value:<5} {check.name}: {check.found}"))
            if check.fix:
                click.echo(printable(f"      fix: {check.fix}"))
    return 4 if any(check.status is Status.FAIL for check in checks) else 0
