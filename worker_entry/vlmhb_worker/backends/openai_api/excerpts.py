"""What a server said, fit to be shown."""

import html
import json
from typing import Union
from urllib.parse import quote


class Excerpts:
    """Cuts what a server said to a length, after the API key is out of it."""

    def __init__(self, api_key: str = "") -> None:
        # As a server may repeat it; a form that holds another comes before that one.
        as_json = json.dumps(api_key)[1:-1]
        forms = {api_key, as_json, as_json.replace("/", "\\/"), repr(api_key)[1:-1]}
        forms |= {html.escape(api_key), quote(api_key), quote(api_key, safe="")}
        self._forms = sorted(forms - {""}, key=len, reverse=True)

    def of(self, said: Union[str, bytes], most_chars: int) -> str:
        """Its beginning as one line."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        # Before anything is cut: the greater part of a key is too much as well.
        for form in self._forms:
            text = text.replace(form, "***")
        text = " ".join(text.split())
        return text if len(text) <= most_chars else text[: most_chars - 3] + "..."
