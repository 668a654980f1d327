"""What came of one thing after the other, told at once to people and at the end to programs."""

from dataclasses import dataclass, field

import click

from vlmhb.cli.envelope import facts_of, print_json
from vlmhb.cli.terminal import complain, printable
from vlmhb.domain.digest import Json
from vlmhb.errors import VlmhbError


@dataclass(slots=True)
class Several:
    """Things that a command was asked to do; one that fails does not keep it from the others."""

    as_json: bool
    exit_code: int = 0
    _done: list[Json] = field(default_factory=list)
    _failed: list[Json] = field(default_factory=list)

    def add(self, facts: dict[str, Json], *lines: str) -> None:
        """One came to an end; `lines` say so to people."""
        self._done.append(facts)
        self.say(*lines)

    def say(self, *lines: str) -> None:
        """What only people are told."""
        if not self.as_json:
            for line in lines:
                click.echo(printable(line))

    def fail(self, name: str, error: VlmhbError) -> None:
        """One failed, which decides the exit code."""
        complain(error)
        self.exit_code = error.exit_code
        self._failed.append({"name": name, "error": facts_of(error)})

    def end(self, kind: str, key: str, **more: Json) -> int:
        """The exit code, once programs were told too: what was done, under `key`, and what not."""
        if self.as_json:
            told = {key: self._done, "failed": self._failed, **more}
            print_json(kind, {**told, "exit_code": self.exit_code})
        return self.exit_code
