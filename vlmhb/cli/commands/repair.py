"""`vlmhb repair`."""

from pathlib import Path

import click

from vlmhb.cli import options


@click.command()
@options.run_folder
@options.as_json
def repair(*, folder: Path, as_json: bool) -> int:
    """Set damaged lines of a run's journals aside.

    Looks at every line of answers.jsonl and verdicts.jsonl in RUN_FOLDER. Those whose checksum is
    wrong, that hold something else, or answer a request for the second time are moved into a file
    beside the journal; all others stay. The same `vlmhb run` command then asks again for what is
    missing, and for nothing else. A journal that is whole is not touched.

    Example: vlmhb repair runs/20260101T120000Z_quickstart_1a2b3c4d
    """
    from vlmhb.cli.envelope import print_json
    from vlmhb.cli.repaired import facts_of, lines_about
    from vlmhb.cli.terminal import say
    from vlmhb.store import find_run
    from vlmhb.store import repair as mend

    run_dir = find_run(folder)
    repaired = mend(run_dir)
    if as_json:
        print_json("repair", facts_of(run_dir, repaired))
    else:
        for line in lines_about(repaired):
            say(line)
    return 0
