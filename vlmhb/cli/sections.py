"""`vlmhb --help`: its commands in the order of their use, under headings."""

from collections.abc import Mapping, Sequence

import click

SECTIONS: Mapping[str, Sequence[str]] = {
    "Evaluate": ("init", "plan", "run", "try", "validate"),
    "Look at runs": ("list", "view", "compare", "mark"),
    "Make results again": ("score", "report", "repair", "merge", "export", "import"),
    "Models and their envs": ("doctor", "models", "env"),
}
MORE = "More"


class Sections(click.Group):
    """A group of commands that are listed under headings."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands; those that no heading names come last."""
        named = {name for names in SECTIONS.values() for name in names}
        others = [name for name in self.list_commands(ctx) if name not in named]
        longest = max(map(len, self.commands))
        room = formatter.width - 6 - longest
        for heading, names in {**SECTIONS, MORE: others}.items():
            rows = [
                (name.ljust(longest), self.commands[name].get_short_help_str(room))
                for name in names
                if name in self.commands
            ]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
