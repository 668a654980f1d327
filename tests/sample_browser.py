"""The sample browser of report.html, as somebody who looks at it would tell of it."""

import json
from pathlib import Path
from typing import Any

from tests.browser import Tab

SETTLED = """new Promise((done) => {
  const byId = (id) => document.getElementById(id);
  const drawn = () => byId("detail").getAttribute("aria-busy") === "false";
  const busy = () => !drawn() || !byId("searching").hidden;
  const check = () => busy() ? setTimeout(check, 5) : done(true);
  setTimeout(check, 0);
})"""
SEARCH_PAUSE = "new Promise((done) => setTimeout(done, 200))"
"""Nothing is searched while somebody types."""


class SampleBrowser:
    """What is shown, after everything that was asked for is done."""

    def __init__(self, tab: Tab) -> None:
        self._tab = tab

    def open(self, report: Path, fragment: str = "") -> None:
        self._tab.open(report, fragment)

    def run(self, script: str) -> Any:
        value = self._tab.run(script)
        self._tab.run(SETTLED)
        return value

    def press(self, key: str) -> None:
        self._tab.press(key)
        self._tab.run(SETTLED)

    def walk(self, count: int) -> list[tuple[str, list[str]]]:
        """The title and the texts of so many samples, each left with the key j."""
        seen = self._tab.run(f"""(async () => {{
          const seen = [];
          const told = (selector) => [...document.querySelectorAll(selector)]
            .map((node) => node.textContent);
          for (let place = 0; place < {count}; place += 1) {{
            seen.push([told(".detail-head h3")[0], [...new Set(told(".block > .text"))]]);
            const key = new KeyboardEvent("keydown", {{ key: "j", bubbles: true }});
            document.body.dispatchEvent(key);
            await {SETTLED};
          }}
          return seen;
        }})()""")
        return [(title, texts) for title, texts in seen]

    def choose(self, name: str, label: str) -> None:
        """In the select with this id, the option with these words."""
        self.run(f"""(() => {{
          const select = document.getElementById({json.dumps(name)});
          const words = {json.dumps(label)};
          select.value = [...select.options].find((each) => each.textContent === words).value;
          select.dispatchEvent(new Event("change", {{ bubbles: true }}));
        }})()""")

    def search(self, text: str) -> None:
        self.run(f"""(() => {{
          const search = document.getElementById("search");
          search.value = {json.dumps(text)};
          search.dispatchEvent(new Event("input", {{ bubbles: true }}));
        }})()""")
        self.run(SEARCH_PAUSE)

    def clear(self) -> None:
        self.run("document.querySelector('#filters [type=reset]').click()")

    @property
    def title(self) -> str:
        return str(self._tab.run("document.querySelector('.detail-head h3').textContent"))

    @property
    def model(self) -> str:
        """The one whose answer is shown."""
        pressed = "document.querySelector('.others [aria-pressed=true]').textContent"
        return str(self._tab.run(pressed)).rsplit("  ", 1)[0]

    @property
    def found(self) -> str:
        return str(self._tab.run("document.getElementById('found').textContent"))

    @property
    def n_found(self) -> int:
        return int(self.found.split()[0])

    @property
    def rows(self) -> list[str]:
        """The texts of the first rows of the list."""
        return list(self.texts("#rows .entry"))

    def chosen(self, *names: str) -> list[str]:
        """The words of what is chosen in the selects with these ids."""
        return [
            self._tab.run(
                f"document.getElementById({json.dumps(name)}).selectedOptions[0].textContent"
            )
            for name in names
        ]

    def options(self, name: str) -> list[str]:
        return list(self.texts(f"#{name} option"))

    def texts(self, selector: str) -> list[str]:
        found = f"[...document.querySelectorAll({json.dumps(selector)})]"
        return list(self._tab.run(f"{found}.map((node) => node.textContent)"))
