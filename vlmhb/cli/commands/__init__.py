"""One file per command."""

import click

from vlmhb.cli.commands.compare import compare
from vlmhb.cli.commands.doctor import doctor
from vlmhb.cli.commands.env import env
from vlmhb.cli.commands.export import export
from vlmhb.cli.commands.import_answers import import_answers
from vlmhb.cli.commands.init import init
from vlmhb.cli.commands.list_names import list_names
from vlmhb.cli.commands.mark import mark
from vlmhb.cli.commands.merge import merge
from vlmhb.cli.commands.models import models
from vlmhb.cli.commands.plan import plan
from vlmhb.cli.commands.repair import repair
from vlmhb.cli.commands.report import report
from vlmhb.cli.commands.run import run
from vlmhb.cli.commands.score import score
from vlmhb.cli.commands.try_model import try_model
from vlmhb.cli.commands.validate import validate
from vlmhb.cli.commands.view import view

COMMANDS: dict[str, click.Command] = {
    "init": init,
    "run": run,
    "plan": plan,
    "validate": validate,
    "list": list_names,
    "try": try_model,
    "env": env,
    "models": models,
    "doctor": doctor,
    "score": score,
    "report": report,
    "repair": repair,
    "compare": compare,
    "view": view,
    "mark": mark,
    "merge": merge,
    "import": import_answers,
    "export": export,
}
