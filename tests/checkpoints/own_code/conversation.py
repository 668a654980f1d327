"""Imported by the model's code alone: transformers before 4.48 does not look so deep."""

from .marks import TURN_END  # noqa: TID252 - it knows the files beside it alone


class Conversation:
    """The words of the model's training."""

    roles = ("USER: ", "ASSISTANT: ")
    sep = TURN_END

    def __init__(self) -> None:
        self.system_message = "Be kind."
        self._turns: list[str] = []

    def append_message(self, role: str, message: str | None) -> None:
        """Add a turn; without a message it is the one to be written."""
        self._turns.append(role + (message + self.sep if message else ""))

    def get_prompt(self) -> str:
        """All of it."""
        return self.system_message + self.sep + "".join(self._turns)


def get_conv_template(name: str) -> Conversation:
    """A new conversation."""
    assert name == "own"
    return Conversation()
