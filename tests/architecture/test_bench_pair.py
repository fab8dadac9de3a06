"""``make bench-pair``: the order of its measurements, its refusals and its exit codes, with fake sides."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.lines import LINES
from bench.pair.__main__ import main
from bench.pair.alternation import alternate
from bench.side import PACKAGES
from tests.support.bench_repository import FIGURES, Repository
from tests.support.facts import naming
from tests.support.tree import ROOT

pytestmark = pytest.mark.slow

SLOWER = {**FIGURES, "rate": 80.0}
BASELINE = ROOT / "bench" / "baseline.txt"


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    return Repository.made(tmp_path_factory.mktemp("repository") / "project").root


@pytest.fixture
def repository(original, tmp_path, monkeypatch) -> Repository:
    monkeypatch.setenv("FAKE_BENCH_NOTES", str(tmp_path / "notes"))
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    made = Repository(shutil.copytree(original, tmp_path / "project"))
    made.speed("this", FIGURES)
    return made


def notes(repository: Repository) -> list[str]:
    return (repository.root.parent / "notes").read_text().splitlines()


def left_behind(repository: Repository) -> list[str]:
    return [path.name for path in (repository.root.parent / "temporary").iterdir()]


def result(repository: Repository) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((repository.root / "bench" / "out" / "pair.json").read_text())
    return told


def test_sides_take_turns_at_being_first(repository, capsys) -> None:
    assert main(["--base", "HEAD", "--rounds", "6"], repository.root) == 0
    odd = ["base busy", "this busy", "base quiet", "this quiet"]
    even = ["this busy", "base busy", "this quiet", "base quiet"]
    assert notes(repository) == (odd + even) * 3
    head = repository.git("rev-parse", "HEAD")
    told = result(repository)
    assert (told["base"], told["this"]) == (
        {"asked": "HEAD", "commit": head},
        {"commit": head, "uncommitted": ["speed.json"]},
    )
    assert [line["name"] for line in told["lines"]] == ["rate", "cost", "latency"]
    assert told["lines"][0]["pairs"] == [[100.0, 100.0]] * 6
    said = capsys.readouterr().out
    assert said == naming("uncommitted", "speed.json", repository.root, head[:7])
    assert len([line for line in said.splitlines() if line == naming("round", "latency", "base", "this")]) == 6
    assert left_behind(repository) == []


def test_slower_side_fails(repository, capsys) -> None:
    repository.speed("this", SLOWER)
    assert main(["--base", "HEAD", "--rounds", "6"], repository.root) == 1
    assert [line["slower"] for line in result(repository)["lines"]] == [True, False, False]
    assert capsys.readouterr().out.splitlines()[-1] == naming("slower", "5 %", "rate")


def test_loss_within_the_limit_passes(repository) -> None:
    repository.speed("this", SLOWER)
    assert main(["--base", "HEAD", "--rounds", "6", "--limit", "0.25"], repository.root) == 0


def test_lines_can_be_chosen(repository) -> None:
    repository.speed("this", SLOWER)
    assert main(["--base", "HEAD", "--rounds", "6", "--lines", "latency"], repository.root) == 0
    assert notes(repository) == ["base quiet", "this quiet", "this quiet", "base quiet"] * 3
    assert [line["name"] for line in result(repository)["lines"]] == ["latency"]


def test_baseline_may_lose_ten_percent(repository) -> None:
    repository.write("bench/baseline.txt", repository.git("rev-parse", "HEAD") + "\n")
    repository.speed("this", {**FIGURES, "rate": 92.0})
    assert main(["--rounds", "6"], repository.root) == 0
    assert result(repository)["limit"] == 0.1
    assert main(["--base", "HEAD", "--rounds", "6"], repository.root) == 1


def test_line_that_the_base_lacks_is_left_out(repository, capsys) -> None:
    lines = [{"name": "reads", "unit": "/s", "better": "higher", "load": "reads"}]
    repository.speed("this", FIGURES, hello={"lines": [{**lines[0], "name": "rate", "load": "busy"}, *lines]})
    assert main(["--base", "HEAD", "--rounds", "6"], repository.root) == 0
    assert capsys.readouterr().out == naming("not compared", "reads")
    assert [line["name"] for line in result(repository)["lines"]] == ["rate"]
    assert main(["--base", "HEAD", "--rounds", "6", "--lines", "reads"], repository.root) == 2


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        (["--base", "gone"], naming("BASE=gone", "no commit")),
        (["--base=--help"], naming("BASE=--help", "no commit")),
        (["--base", "HEAD~1"], naming("BASE=HEAD~1", "bench/side.py")),
        (["--base", "HEAD", "--lines", "rate,depth"], naming("depth", "rate, cost, latency")),
    ],
    ids=["unknown", "option", "no side", "unknown line"],
)
def test_bad_words_are_refused(repository, capsys, words, facts) -> None:
    assert main(words, repository.root) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line == facts
    assert left_behind(repository) == []


def test_refusal_names_the_oldest_commit_that_can_be_compared(repository, capsys) -> None:
    assert main(["--base", "HEAD~1"], repository.root) == 2
    oldest = repository.git("rev-parse", "--short", "HEAD")
    assert capsys.readouterr().err == naming("oldest", oldest)


@pytest.mark.parametrize("rounds", ["4", "7"], ids=["too few", "odd"])
def test_rounds_without_a_sound_interval_are_refused(repository, rounds) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--base", "HEAD", "--rounds", rounds], repository.root)
    assert ended.value.code == 2


@pytest.mark.parametrize(
    ("hello", "facts"),
    [
        ({"imports": {"actors": ["/elsewhere/actors"]}}, ("actors", "/elsewhere/actors")),
        ({"commit": "f" * 40}, ("commit", "f" * 40)),
        ({"prefix": "/elsewhere/.venv"}, ("packages", "/elsewhere/.venv")),
        ({"protocol": 2}, ("protocol", 2, 1)),
    ],
    ids=["another checkout", "another commit", "another environment", "another protocol"],
)
def test_wrong_code_is_not_measured(repository, capsys, hello, facts) -> None:
    repository.speed("this", FIGURES, hello=hello)
    assert main(["--base", "HEAD"], repository.root) == 2
    assert capsys.readouterr().err == naming("this side", *facts)
    assert not (repository.root.parent / "notes").exists()
    assert left_behind(repository) == []


def test_environment_that_cannot_be_made_is_refused(repository, capsys) -> None:
    repository.write("fail", "")
    base = repository.commit()
    assert main(["--base", base], repository.root) == 2
    assert capsys.readouterr().err == naming("scripts/bootstrap", "no such package")
    assert left_behind(repository) == []


def test_failed_measurement_is_reported_with_its_log(repository, capsys) -> None:
    repository.speed("this", FIGURES, die="quiet")
    assert main(["--base", "HEAD", "--rounds", "6"], repository.root) == 2
    assert capsys.readouterr().err == naming("this side", "a row is missing")
    assert left_behind(repository) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_leaves_nothing_behind(repository, number) -> None:
    repository.speed("this", FIGURES, hang="busy")
    # Under nohup the process would inherit an ignored SIGHUP, and leave it ignored.
    code = (
        "import signal, sys; signal.signal(signal.SIGHUP, signal.SIG_DFL); from pathlib import Path; "
        "from bench.pair.__main__ import main; sys.exit(main(['--base', 'HEAD'], Path(sys.argv[1])))"
    )
    environ = {**os.environ, "TMPDIR": tempfile.gettempdir()}
    process = subprocess.Popen([sys.executable, "-c", code, str(repository.root)], cwd=ROOT, env=environ)
    try:
        deadline = time.monotonic() + 30
        while not (hanging := [line.split()[1] for line in _noted(repository) if line.startswith("pid ")]):
            assert time.monotonic() < deadline, "no side began to measure"
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(number)
        assert process.wait(30) == 128 + number
    finally:
        process.kill()
        process.wait()
    assert not psutil.pid_exists(int(hanging[0]))
    assert left_behind(repository) == []


def _noted(repository: Repository) -> list[str]:
    return notes(repository) if (repository.root.parent / "notes").exists() else []


class Counted:
    """A side whose n-th measurement is n."""

    def __init__(self) -> None:
        self.taken = 0

    def measure(self, load: str) -> dict[str, float]:
        self.taken += 1
        return {line.name: float(self.taken) for line in LINES if line.load == load}


def test_pairs_are_of_one_round() -> None:
    base, this = Counted(), Counted()
    lines = [line for line in LINES if line.load in {"drain_1_step", "webhooks"}]
    pairs = alternate(base, this, lines, 6, lambda _line: None)
    assert set(pairs) == {"drain_1_step", "cpu_1_step", "webhooks", "cpu_webhook"}
    assert pairs["cpu_1_step"] == [(n, n) for n in (1.0, 3.0, 5.0, 7.0, 9.0, 11.0)]
    assert pairs["webhooks"] == [(n, n) for n in (2.0, 4.0, 6.0, 8.0, 10.0, 12.0)]


def test_each_line_has_its_load() -> None:
    from bench.loads import LOADS

    assert len({line.name for line in LINES}) == len(LINES)
    assert {line.load for line in LINES} == set(LOADS)


def test_side_announces_the_code_that_it_imports() -> None:
    """Nothing is started before the first request."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.side"], check=True, capture_output=True, cwd=ROOT, stdin=subprocess.DEVNULL
    )
    told = json.loads(done.stdout)
    assert set(told["imports"]) == set(PACKAGES)
    folders = [Path(folder) for folders in told["imports"].values() for folder in folders]
    assert len(folders) == len(PACKAGES)
    assert all(folder.is_relative_to(ROOT) for folder in folders)
    assert [line["name"] for line in told["lines"]] == [line.name for line in LINES]


def test_baseline_can_be_measured() -> None:
    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], check=False, capture_output=True, text=True, cwd=ROOT)
        return done.stdout.strip()

    commit = BASELINE.read_text().strip()
    assert len(commit) == 40
    if git("rev-parse", "--is-shallow-repository") == "true":
        pytest.skip("this clone does not hold all commits")
    assert git("ls-tree", "--name-only", commit, "bench/side.py") == "bench/side.py"
