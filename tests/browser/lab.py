"""A real Jupyter server and the notebooks opened in it, driven from the tests."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from playwright.sync_api import Locator, Page

START = 60  # seconds a server may take to answer
SETTINGS = {
    "@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    "@jupyterlab/notebook-extension/tracker.jupyterlab-settings": {"windowingMode": "none"},
    "@jupyterlab/docmanager-extension/plugin.jupyterlab-settings": {"autosave": False},
}


class Server:
    """A Jupyter server in a folder of its own, on a free port, stopped by its own process id."""

    def __init__(self, root: Path, command: str = "lab") -> None:
        self.notebooks = root / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.url = f"http://127.0.0.1:{_free_port()}"
        self._log = root / "server.log"
        port = self.url.rpartition(":")[2]
        arguments = [
            *(sys.executable, "-m", "jupyter", command, "--no-browser", "--allow-root"),
            *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={self.notebooks}"),
            *("--IdentityProvider.token=", "--ServerApp.password="),
            "--LabApp.expose_app_in_browser=True",
            "--JupyterNotebookApp.expose_app_in_browser=True",
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                arguments,
                cwd=root,
                env=_environment(root, command),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START
        while time.monotonic() < end and self._process.poll() is None:
            if self._answers():
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the Jupyter server did not start:\n{self._log.read_text()}")

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"{self.url}/api/status", timeout=2).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End the server and its kernels."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def write(self, name: str, cells: list[str]) -> None:
        """Write a notebook of code cells."""
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(book, self.notebooks / name)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment(root: Path, command: str) -> dict[str, str]:
    folders = ("CONFIG", "DATA", "RUNTIME")
    own = {f"JUPYTER_{name}_DIR": str(root / name.lower()) for name in folders}
    settings = root / "config" / "lab" / "user-settings"
    for path, values in SETTINGS.items() if command == "lab" else ():
        (settings / path).parent.mkdir(parents=True, exist_ok=True)
        (settings / path).write_text(json.dumps(values))
    # One thread a kernel: the tests run beside a browser on few cores.
    own |= {"IPYTHONDIR": str(root / "ipython"), "OMP_NUM_THREADS": "1"}
    return {**os.environ, **own}


@dataclass
class Notebook:
    """An open notebook page: run its cells, ask its kernel, look at what stands below a cell."""

    page: Page
    errors: list[str] = field(default_factory=list)  # uncaught errors in the page

    @classmethod
    def open(cls, page: Page, url: str) -> Notebook:
        """Open the notebook at ``url`` and wait until its kernel is idle."""
        book = cls(page)
        page.on("pageerror", lambda error: book.errors.append(f"{error}\n{error.stack}"))
        page.goto(url)
        page.wait_for_function(f"() => {_SESSION}?.kernel?.status === 'idle'", timeout=START * 1000)
        return book

    def run(self, cell: int) -> Locator:
        """Run a cell to its end and return its output area; an error in it fails the test."""
        done = self.page.evaluate(_RUN, cell)
        if not done:
            raise AssertionError(f"cell {cell} failed:\n{self.outputs(cell).inner_text()}")
        return self.outputs(cell)

    def run_all(self) -> None:
        """Run all cells, as the menu does, to the end of the last."""
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:run-all-cells')")

    def outputs(self, cell: int) -> Locator:
        """Return the output area of a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-OutputArea").first

    def ask(self, expression: str) -> object:
        """Return the value of a Python expression in the kernel (what JSON can carry)."""
        code = f"import json; print(json.dumps({expression}))"
        return json.loads(self.execute(code))

    def wait_for(self, expression: str, value: object, within: float = 10) -> None:
        """Wait until an expression has a value: a view saves its choices a little later."""
        end = time.monotonic() + within
        while (found := self.ask(expression)) != value:
            if time.monotonic() > end:
                raise AssertionError(f"{expression} is {found!r} and not {value!r}")
            time.sleep(0.05)

    def execute(self, code: str) -> str:
        """Run code in the kernel without a cell and return what it printed."""
        answer = self.page.evaluate(_EXECUTE, code)
        if answer["status"] != "ok":
            raise AssertionError(f"{code!r} failed in the kernel: {answer['text']}")
        return str(answer["text"])

    def begin(self, code: str) -> None:
        """Start code in the kernel, which is then busy, and don't wait for it."""
        self.page.evaluate(f"code => {{ globalThis.begun = ({_EXECUTE})(code) }}", code)

    def begun_has_ended(self) -> bool:
        """Say whether the code that was begun has ended."""
        race = "() => Promise.race([globalThis.begun.then(() => true), false])"
        return bool(self.page.evaluate(race))

    def finish(self) -> None:
        """Wait until the code that was begun has ended."""
        self.page.evaluate("() => globalThis.begun")

    def subshells(self, *, on: bool) -> None:
        """Let widget messages reach Python on a thread of their own, or only between two cells.

        Front ends and kernels since JupyterLab 4.4 and ipykernel 7 do the former.
        """
        mode = "perCommTarget" if on else "disabled"
        self.page.evaluate(
            f"mode => {{ const kernel = {_SESSION}.kernel; kernel.commsOverSubshells = mode }}",
            mode,
        )

    def stop_kernel(self) -> None:
        """Shut the kernel down, as a person does from the menu."""
        self.page.evaluate(f"() => {_CONTEXT}.shutdown()")

    def close(self) -> None:
        """Close the page and end its kernel, whatever state it is in."""
        self.page.evaluate(f"async () => {{ await {_CONTEXT}?.shutdown().catch(() => undefined) }}")
        self.page.close()

    def theme(self, name: str) -> None:
        """Switch JupyterLab's theme, such as "JupyterLab Dark"."""
        self.page.evaluate(
            "name => jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name
        )
        light = "false" if "Dark" in name else "true"
        self.page.wait_for_selector(f"body[data-jp-theme-light='{light}']", state="attached")
        # JupyterLab takes its splash away twice, and fails, when two changes follow closely.
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")


_CONTEXT = "globalThis.jupyterapp?.shell.currentWidget?.context?.sessionContext"
_SESSION = f"{_CONTEXT}?.session"
_RUN = """async cell => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = cell;
    notebook.deselectAll();
    await jupyterapp.commands.execute("notebook:run-cell");
    const failed = notebook.widgets[cell].model.sharedModel.getOutputs()
        .some(output => output.output_type === "error");
    return !failed;
}"""
_EXECUTE = f"""async code => {{
    let text = "";
    const future = {_SESSION}.kernel.requestExecute({{ code, store_history: false }});
    future.onIOPub = ({{ header, content }}) => {{
        if (header.msg_type === "stream") text += content.text;
    }};
    const reply = await future.done;
    const {{ status, ename, evalue }} = reply.content;
    return {{ status, text: status === "ok" ? text : `${{ename}}: ${{evalue}}` }};
}}"""
