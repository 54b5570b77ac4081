"""Run everything that CI checks, stage by stage; stop at the first that fails, and say which.

``python tools/check.py`` runs all of it, ``python tools/check.py unit browser`` those stages only.
``make test`` calls this after it has installed the tools and built the bundle.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "build" / "reports"
BIN = Path(sys.executable).parent
NODE_BIN = ROOT / "js" / "node_modules" / ".bin"
LIMIT = 900  # seconds a stage may take before it counts as hung


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
    """Return all stages: what is quick and what fails often first, the slow browser last."""
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
        _pytest("widgets", "tests/widgets"),
        Stage("js", _npx("vitest", *vitest), js, report=True),
        _pytest("docs", "tests/docs"),
        _pytest("packaging", "tests/packaging"),
        _pytest("export", "tests/export"),
        _pytest("browser", "tests/browser"),
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


def run(stage: Stage, environment: dict[str, str]) -> Outcome:
    """Run one stage with its output shown as it comes."""
    print(f"\n=== {stage.name}: {_shown(stage.command)}", flush=True)
    began = time.monotonic()
    try:
        code = _wait(stage, environment)
        status = "ok" if code == 0 else f"FAILED (exit {code})"
    except subprocess.TimeoutExpired:
        status = f"FAILED (still running after {LIMIT} s)"
    except FileNotFoundError:
        status = f"FAILED ({stage.command[0]} is not installed)"
    outcome = Outcome(stage, time.monotonic() - began, status)
    if stage.report:
        outcome.counts = counts(REPORTS / f"{stage.name}.xml")
        if status == "ok" and not outcome.counts.get("passed"):
            outcome.status = "FAILED (it ran no test)"
    return outcome


def _wait(stage: Stage, environment: dict[str, str]) -> int:
    """Return the stage's exit code; a hung stage ends with all that it started."""
    process = subprocess.Popen(
        stage.command, cwd=stage.folder, env=environment, start_new_session=True
    )
    try:
        return process.wait(timeout=LIMIT)
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise


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


def summary(outcomes: list[Outcome], left: list[Stage]) -> None:
    """Print a line a stage, what was not run, and the sum of all tests on the last line."""
    print("\n=== summary")
    for outcome in outcomes:
        print(outcome.row())
    for stage in left:
        print(f"  {stage.name:<14}         not run")
    total = {word: sum(o.counts.get(word, 0) for o in outcomes) for word in ("passed", "failed")}
    print(f"  {'in all':<14}{sum(o.seconds for o in outcomes):7.1f} s")
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
    outcomes: list[Outcome] = []
    for stage in todo:
        outcomes.append(run(stage, environment))
        if outcomes[-1].status != "ok":
            break
    ran = {outcome.stage.name for outcome in outcomes}
    summary(outcomes, [stage for stage in stages() if stage.name not in ran])
    return 0 if all(outcome.status == "ok" for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
