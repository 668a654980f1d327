"""A real Chromium, one for all tests of a session, driven over its debugging protocol."""

import base64
import contextlib
import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pytest
import websocket

PATIENCE_S = 60
CHROMIUM = shutil.which("chromium")
NO_CHROMIUM = "no chromium on PATH; it is the Debian package `chromium`"
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
)
LOUD = (
    "Page.javascriptDialogOpening",
    "Runtime.exceptionThrown",
    "Runtime.consoleAPICalled",
    "Log.entryAdded",
)
LOCAL = ("file://", "blob:", "data:")
"""What an address begins with that no network is asked for."""
VIRTUAL_KEYS = {"Escape": 27, "Enter": 13, "Tab": 9}
"""Of keys that the browser itself acts on."""
READY = """new Promise((done) => {
  const { dataset } = document.documentElement;
  const check = () => dataset.ready && done(dataset.ready);
  new MutationObserver(check).observe(document.documentElement, { attributes: true });
  check();
})"""


class Tab:
    """One page of the browser, and everything it reported."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(
            address, suppress_origin=True, timeout=PATIENCE_S
        )
        self._ids = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)

    def call(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (message := json.loads(self._socket.recv())).get("id") != number:
            self.events.append(message)
        assert "error" not in message, message
        return message["result"]

    def wait_for(self, event: str) -> None:
        while not any(seen.get("method") == event for seen in self.events):
            self.events.append(json.loads(self._socket.recv()))

    def run(self, script: str) -> Any:
        answer = self.call(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, page: Path, fragment: str = "") -> None:
        """Load `page` afresh and wait until its script says that it is ready."""
        # By way of an empty page: another fragment of the same page would not load it again.
        for address in ("about:blank", page.as_uri() + fragment):
            self.events.clear()
            self.call("Page.navigate", url=address)
            self.wait_for("Page.loadEventFired")
        self.run("1")
        # A script that ended would never say so.
        thrown = [seen for seen in self.events if seen.get("method") == "Runtime.exceptionThrown"]
        assert [] == thrown
        assert self.run(READY) == "yes", self.run("document.body.innerText.slice(0, 500)")

    def press(self, key: str) -> None:
        """As a hand does it: whatever has the focus gets the key."""
        text = {"text": key} if len(key) == 1 else {}
        code = VIRTUAL_KEYS.get(key, 0)
        for kind in ("keyDown", "keyUp"):
            pressed = {"type": kind, "key": key, "windowsVirtualKeyCode": code}
            self.call("Input.dispatchKeyEvent", **pressed, **(text if kind == "keyDown" else {}))

    def resize(self, width_px: int, height_px: int) -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width_px,
            height=height_px,
            deviceScaleFactor=1,
            mobile=False,
        )

    def emulate(self, media: str = "screen", scheme: str = "light") -> None:
        """Show the page as `screen` or `print`, to a user who likes `light` or `dark`."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def screenshot(self, path: Path) -> None:
        picture = self.call("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(picture["data"]))

    def complaints(self) -> list[dict[str, Any]]:
        """Dialogs, errors, console lines, and requests for anything but what lies here."""
        self.run("1")
        return [
            event
            for event in self.events
            if event.get("method") in LOUD
            or (
                event.get("method") == "Network.requestWillBeSent"
                and not event["params"]["request"]["url"].startswith(LOCAL)
            )
        ]

    def as_first(self) -> None:
        """Back to the window that every test may expect."""
        self.resize(1400, 1000)
        self.emulate()

    def close(self) -> None:
        self._socket.close()


@contextmanager
def opened_tab(profile: Path) -> Iterator[Tab]:
    """A browser with its profile in `profile`, ended with the block."""
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
    with (
        open_log(profile) as log,
        subprocess.Popen(command, stdout=log, stderr=log) as process,
    ):
        made = Tab(page_address(profile, process))
        try:
            yield made
        finally:
            # The browser answers by closing the connection, sometimes before it answers.
            with contextlib.suppress(websocket.WebSocketException, OSError):
                made.call("Browser.close")
            made.close()
            process.wait(30)


def open_log(profile: Path) -> BinaryIO:
    return (profile / "stderr.log").open("wb")


def page_address(profile: Path, process: subprocess.Popen[bytes]) -> str:
    """Where the first page listens; the browser writes it to stderr when it is up."""
    log = profile / "stderr.log"
    while process.poll() is None:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith("DevTools listening on "):
                return first_page(line.split()[-1])
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    return pytest.fail(f"chromium ended: {log.read_text(errors='replace')[-2000:]}")


def first_page(browser: str) -> str:
    socket = websocket.create_connection(browser, suppress_origin=True, timeout=PATIENCE_S)
    socket.send(
        json.dumps({"id": 1, "method": "Target.createTarget", "params": {"url": "about:blank"}})
    )
    while (message := json.loads(socket.recv())).get("id") != 1:
        pass
    socket.close()
    host = browser.split("/devtools/", maxsplit=1)[0]
    return f"{host}/devtools/page/{message['result']['targetId']}"
