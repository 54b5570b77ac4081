"""Run everything that CI checks, two stages at a time; stop at the first that fails, and say which.

``python tools/check.py`` runs all of it, ``python tools/check.py unit browser`` those stages only.
A stage alone is shown as it runs, of two each is shown at its end; ``LANES=1`` runs one at a time.
``make test`` calls this after it has installed the tools and built the bundle.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "reports"
BIN = Path(sys.executable).parent
NODE_BIN = ROOT / "js" / "node_modules" / ".bin"
LIMIT = 900  # seconds a stage may take before it counts as hung
LANES = int(os.environ.get("LANES", min(2, os.cpu_count() or 1)))  # stages at a time


@dataclass(frozen=True)
class Stage:
    """One check: a command, the folder it runs in, and whether it leaves a JUnit report."""

    name: str
    command: tuple[str, ...]
    folder: Path = ROOT
    report: bool = False


@dataclass
class Outcome:
    """What came of a stage."""

    stage: Stage
    seconds: float
    status: str  # "ok" or why it failed
    counts: dict[str, int] = field(default_factory=dict)  # passed, failed, skipped

    def row(self) -> str:
        """Return the stage's line of the summary."""
        counted = ", ".join(f"{n} {word}" for word, n in self.counts.items() if n)
        return f"  {self.stage.name:<14}{self.seconds:7.1f} s  {self.status:<8} {counted}"


def _tool(*command: str) -> tuple[str, ...]:
    return (str(BIN / command[0]), *command[1:])


def _npx(*command: str) -> tuple[str, ...]:
    return (str(NODE_BIN / command[0]), *command[1:])


def _pytest(name: str, *arguments: str) -> Stage:
    report = REPORTS / f"{name}.xml"
    command = (sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *arguments)
    return Stage(name, command, report=True)


def stages() -> list[Stage]:
    """Return all stages: what is quick first, then the longest, so that the lanes end together.

    Unit tests and examples keep to one core each; the two that drive a browser stand apart.
    """
    js = ROOT / "js"
    vitest = ("run", "--reporter=default", "--reporter=junit", f"--outputFile={REPORTS}/js.xml")
    return [
        Stage("ruff", _tool("ruff", "check", ".")),
        Stage("format", _tool("ruff", "format", "--check", ".")),
        Stage("biome", _npx("biome", "ci", "--error-on-warnings", "."), js),
        Stage("imports", _tool("lint-imports")),
        Stage("mypy", _tool("mypy")),
        Stage("tsc", _npx("tsc", "--noEmit"), js),
        _pytest("unit", "tests/unit"),
        _pytest("docs", "tests/docs"),
        _pytest("browser", "tests/browser"),
        _pytest("widgets", "tests/widgets"),
        _pytest("packaging", "tests/packaging"),
        _pytest("export", "tests/export"),
        Stage("js", _npx("vitest", *vitest), js, report=True),
    ]


GROUPS = {"lint": ("ruff", "format", "biome", "imports"), "types": ("mypy", "tsc")}


def chosen(names: list[str]) -> list[Stage]:
    """Return the stages asked for by name or group, all of them when none is named."""
    wanted = [stage for name in names for stage in GROUPS.get(name, (name,))]
    every = {stage.name: stage for stage in stages()}
    unknown = [name for name in wanted if name not in every]
    if unknown:
        sys.exit(f"no stage {unknown[0]!r}; there are {', '.join([*every, *GROUPS])}")
    return [stage for stage in every.values() if not wanted or stage.name in wanted]


@dataclass
class Run:
    """A stage under way."""

    stage: Stage
    process: subprocess.Popen[bytes]
    log: Path | None  # where its output is kept until its end; None: it is seen at once
    began: float = field(default_factory=time.monotonic)

    @classmethod
    def begin(cls, stage: Stage, environment: dict[str, str], *, seen: bool) -> Run:
        """Start a stage in a session of its own, so that it ends with all that it started."""
        print(f"\n=== {stage.name}: {_shown(stage.command)}", flush=True)
        log = None if seen else REPORTS / f"{stage.name}.log"
        with contextlib.ExitStack() as stack:
            out: IO[bytes] | None = None if log is None else stack.enter_context(log.open("wb"))
            process = subprocess.Popen(
                stage.command,
                cwd=stage.folder,
                env=environment,
                stdout=out,
                stderr=None if out is None else subprocess.STDOUT,
                start_new_session=True,
            )
        return cls(stage, process, log)

    @property
    def seconds(self) -> float:
        """Return how long it runs by now."""
        return time.monotonic() - self.began

    def over(self) -> bool:
        """Say whether it has ended, or must."""
        return self.process.poll() is not None or self.seconds > LIMIT

    def outcome(self) -> Outcome:
        """Show what it printed, unless that was seen, and return what came of it."""
        seconds, code = self.seconds, self.process.poll()
        self.stop()
        if self.log is not None:
            print(f"\n=== {self.stage.name}, which took {seconds:.1f} s", flush=True)
            sys.stdout.buffer.write(self.log.read_bytes())
            sys.stdout.flush()
        status = "ok" if code == 0 else f"FAILED (exit {code})"
        if code is None:
            status = f"FAILED (still running after {LIMIT} s)"
        found = counts(REPORTS / f"{self.stage.name}.xml") if self.stage.report else {}
        if status == "ok" and self.stage.report and not found.get("passed"):
            status = "FAILED (it ran no test)"
        return Outcome(self.stage, seconds, status, found)

    def stop(self) -> None:
        """End it with all that it started."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def run(todo: list[Stage], environment: dict[str, str]) -> list[Outcome]:
    """Run stages side by side; when one fails, those under way are stopped, and none is begun."""
    lanes = min(LANES, len(todo))
    if lanes > 1:
        # Threads of torch wait for each other by spinning: two stages would hold each other up.
        environment = {"OMP_NUM_THREADS": "1", **environment}
    waiting, under_way, outcomes = list(todo), list[Run](), list[Outcome]()
    try:
        while (waiting or under_way) and all(each.status == "ok" for each in outcomes):
            if waiting and len(under_way) < lanes:
                under_way.append(Run.begin(waiting.pop(0), environment, seen=lanes == 1))
            elif over := [each for each in under_way if each.over()]:
                under_way.remove(over[0])
                outcomes.append(over[0].outcome())
            else:
                time.sleep(0.05)
    finally:
        for each in under_way:
            each.stop()
    return outcomes + [Outcome(each.stage, each.seconds, "stopped") for each in under_way]


def counts(report: Path) -> dict[str, int]:
    """Read how many tests passed, failed and were skipped from a JUnit report."""
    if not report.exists():
        return {}
    found = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        for key in found:
            found[key] += int(suite.get(key) or 0)
    failed = found["failures"] + found["errors"]
    passed = found["tests"] - failed - found["skipped"]
    return {"passed": passed, "failed": failed, "skipped": found["skipped"]}


def _shown(command: tuple[str, ...]) -> str:
    return " ".join(part.replace(f"{ROOT}/", "") for part in command)


def _environment() -> dict[str, str]:
    find = [sys.executable, str(ROOT / "tools" / "chromium.py"), "--install"]
    found = subprocess.run(find, stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        sys.exit("FAILED: chromium")  # the reason was just said on stderr
    return {**os.environ, "CHROMIUM": found.stdout.strip()}


def summary(outcomes: list[Outcome], left: list[Stage], seconds: float) -> None:
    """Print a line a stage, what was not run, and the sum of all tests on the last line."""
    print("\n=== summary")
    for outcome in outcomes:
        print(outcome.row())
    for stage in left:
        print(f"  {stage.name:<14}         not run")
    total = {word: sum(o.counts.get(word, 0) for o in outcomes) for word in ("passed", "failed")}
    print(f"  {'in all':<14}{seconds:7.1f} s")
    failed = [o for o in outcomes if o.status != "ok"]
    if failed:
        print(f"FAILED: {failed[0].stage.name}: {_shown(failed[0].stage.command)}")
    print(f"tests: {total['passed']} passed, {total['failed']} failed", flush=True)


def main(names: list[str]) -> int:
    """Run the stages; 0 when all of them passed."""
    todo = chosen(names)
    shutil.rmtree(REPORTS, ignore_errors=True)
    REPORTS.mkdir(parents=True)
    needs_browser = {"js", "export", "browser"} & {stage.name for stage in todo}
    environment = _environment() if needs_browser else dict(os.environ)
    lost = [each.command[0] for each in todo if shutil.which(each.command[0]) is None]
    if lost:
        sys.exit(f"FAILED: {lost[0]} is not installed")
    began = time.monotonic()
    outcomes = run(todo, environment)
    ran = {outcome.stage.name for outcome in outcomes}
    left = [stage for stage in stages() if stage.name not in ran]
    summary(outcomes, left, time.monotonic() - began)
    return 0 if all(outcome.status == "ok" for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
