"""`vlmhb import`."""

from pathlib import Path

import click

from vlmhb.cli import completion, options


@click.command("import")
@click.argument(
    "file", metavar="[ANSWERS]", required=False, type=click.Path(path_type=Path, dir_okay=False)
)
@click.option(
    "--task",
    shell_complete=completion.tasks,
    help="The task that was answered: a name or a file. Without it, the first file must hold "
    "questions and targets, as VLMEvalKit's files do.",
)
@click.option("--model", help="What to call the model of ANSWERS. Without it: the file's name.")
@click.option(
    "--answers",
    "several",
    metavar="NAME=FILE",
    multiple=True,
    help="The answers of another model, into the same run; may be given many times.",
)
@click.option(
    "--format",
    "layout",
    type=click.Choice(["auto", "vhb", "vlmeval", "csv", "jsonl"]),
    default="auto",
    show_default=True,
    help="Which columns are looked for; whether it is a workbook, JSON, ... follows from its name.",
)
@click.option("--id-column", default="", help="The column with the samples' ids.")
@click.option("--answer-column", default="", help="The column with the answers.")
@click.option(
    "--page-text",
    is_flag=True,
    help="The answers are the text of whole pages, as OCR engines give it, not replies.",
)
@click.option(
    "--from-file",
    is_flag=True,
    help="Take questions and targets from the first file, not from the task's dataset.",
)
@click.option(
    "--metrics",
    type=options.NameList(),
    shell_complete=completion.in_list(completion.metric_names),
    help="Without --task: what the answers are scored with.",
)
@click.option(
    "--out",
    "-o",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the run in this folder. Without it: runs/<time>_<task>_<id>.",
)
@click.option(
    "--no-pictures",
    is_flag=True,
    help="Leave small pictures of the pages out of the report; making them takes longest.",
)
@options.offline
@options.ui
@options.as_json
def import_answers(
    *,
    file: Path | None,
    task: str | None,
    model: str | None,
    several: tuple[str, ...],
    layout: str,
    id_column: str,
    answer_column: str,
    page_text: bool,
    from_file: bool,
    metrics: tuple[str, ...] | None,
    out: Path | None,
    no_pictures: bool,
    offline: bool,
    ui: str,
    as_json: bool,
) -> int:
    """Make a run of answers that another tool made.

    ANSWERS is VLMHyperBench's CSV of answers, VLMEvalKit's workbook, TSV or JSON of results, or any
    CSV or JSONL with a column of ids and one of answers. The run is scored and reported like any
    other.

    Example: vlmhb import qwen_DocVQA_VAL.xlsx --task docvqa-val --model qwen
    """
    from vlmhb.cli.imported import files_of, print_imported
    from vlmhb.cli.progress.data import data_display
    from vlmhb.config import load_task as find_task
    from vlmhb.config import read_environ
    from vlmhb.datasets import DatasetCache, load_task
    from vlmhb.domain.data_step import DataStep
    from vlmhb.domain.task import AnswerKind
    from vlmhb.exchange.given import GivenFile, Wanted
    from vlmhb.exchange.import_run import Pictures, import_run
    from vlmhb.exchange.samples_of import own_task, task_of_file, without_left_out
    from vlmhb.report import read_results, write_report

    if metrics and task:
        raise click.UsageError("--metrics is for answers without --task: a task has its own")
    wanted = Wanted(layout, id_column, answer_column)
    named = files_of(file, model, several)
    places = read_environ()
    with data_display(ui) as display:
        given = []
        for name, path in named:
            display.see(DataStep(f"reading {path}"))
            given.append(GivenFile.read(name, path, wanted))
        asked = find_task(task) if task else own_task(given[0], metrics or ())
        if from_file or not task:
            loaded = task_of_file(asked, given[0])
            given = without_left_out(given, loaded)
        else:
            loaded = load_task(asked, DatasetCache(places.datasets, offline, display.see))
        kind = AnswerKind.PAGE_TEXT if page_text else AnswerKind.REPLY
        pictures = Pictures(not no_pictures, display.see)
        imported = import_run(loaded, given, kind, places.runs, out, pictures=pictures)
        n_answers = sum(model.answered for model in imported.models)
        display.see(DataStep(f"scoring {n_answers:,} answers"))
        results = read_results(imported.run_dir)
        display.see(DataStep("writing the report"))
        write_report(results, imported.run_dir.derived)
    print_imported(imported, results, as_json=as_json)
    return 0
