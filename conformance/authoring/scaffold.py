"""Starting points for a case, a check, a profile or a fault: commented files that pass their own gates as they are."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.authoring.schemas import file_name, schema_text
from conformance.run.profile import profiles_directory
from conformance.wire.errors import OptionError

STARTS = Path(__file__).with_name("starts")

_SLOT = re.compile(r"@([A-Z_]+)@")
_CASE = re.compile(r"[A-Z0-9][A-Z0-9-]*")
_FAULT = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)+")
_CHECK = re.compile(r"([a-z][a-z0-9-]*)\.([a-z][a-z0-9-]*)")
_PROFILE = re.compile(r"[a-z0-9][a-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Start:
    """The files of one starting point, and what to do next."""

    files: Mapping[Path, str]
    schemas: Mapping[Path, str]
    """Schemas that go beside them; generated, so one that is there already is replaced."""
    next: tuple[str, ...]
    """What to give to the console script, in order."""

    def write(self) -> list[Path]:
        """Write the files; raises OptionError, and writes none, where one is there already or cannot be made."""
        for path in self.files:
            if path.exists():
                raise OptionError(f"{path} exists already; choose another name, or remove it first.")
        written = []
        try:
            for path, content in {**self.schemas, **self.files}.items():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content, encoding="utf-8")
                written.append(path)
        except OSError as error:
            raise OptionError(
                f"{error.filename or path} cannot be written ({error.strerror}); name another --dir."
            ) from None
        return [path for path in written if path in self.files]


def start(kind: str, name: str, directory: Path | None = None) -> Start:
    """The starting point of that kind and name; raises OptionError where the name cannot be one."""
    return KINDS[kind](name, directory)


def _case(name: str, directory: Path | None) -> Start:
    _fits(_CASE, name, "a case", "capital letters, digits and hyphens, such as MY-CASE")
    home = directory or Path("cases")
    path = home / f"{name.lower()}.yaml"
    schema, beside = _schema("case", home)
    text = _filled("case.yaml", NAME=name, DIR=home.as_posix(), SCHEMA=schema)
    try_it = f"run --profile reference --cases {home.as_posix()} -k {name}"
    return Start({path: text}, beside, (try_it,))


def _profile(name: str, directory: Path | None) -> Start:
    _fits(_PROFILE, name, "a profile", "small letters, digits, dots and hyphens, such as my-server")
    home = directory or Path()
    path = home / f"{name}.yaml"
    schema, beside = _schema("profile", home)
    template = (profiles_directory() / "template.yaml").read_text(encoding="utf-8")
    text = template.replace("profile: template", f"profile: {name}").replace("my-server.yaml", path.as_posix())
    text = text.replace("title: A template, to be copied", f"title: The key server {name}")
    head = f"# yaml-language-server: $schema={schema}\n"
    try_it = (f"plan --profile {path.as_posix()}", f"{_RUN} --profile {path.as_posix()}")
    return Start({path: head + text}, beside, try_it)


_RUN = "run --server-url https://…"


def _fault(name: str, directory: Path | None) -> Start:
    _fits(_FAULT, name, "a fault", "words in capital letters with hyphens, such as KEY-LOST")
    home = _checkout("fault", directory)
    faults = home / "conformance" / "refserver" / "faults"
    schema, beside = _schema("fault", faults)
    text = _filled("fault.yaml", NAME=name, SCHEMA=schema)
    return Start({faults / f"{name.lower()}.yaml": text}, beside, (f"faults --only {name}", _TALLY))


_TALLY = "faults --write"
_DOCS = "docs --write"


def _check(name: str, directory: Path | None) -> Start:
    _fits(_CHECK, name, "a check", "topic.what-is-true in small letters, such as http.no-debug-header")
    home = _checkout("check", directory)
    topic, _, rest = name.partition(".")
    slug = f"{topic}-{rest}"
    package, tests = home / "conformance", home / "testcases"
    faults, cases = package / "refserver" / "faults", tests / topic
    case_schema, beside = _schema("case", cases)
    fault_schema, more = _schema("fault", faults)
    words = {
        "CHECK": name,
        "TITLE": topic.capitalize(),
        "TOPIC": topic,
        "FUNCTION": rest.replace("-", "_"),
        "RULE": f"ADV-{slug.upper()}",
        "FAULT": slug.upper(),
        "CASE": slug.upper(),
        "HEADER": "X-" + "-".join(part.capitalize() for part in slug.split("-")),
    }
    files = {
        package / "checks" / f"{slug.replace('-', '_')}.py": _filled("check.py.txt", **words),
        package / "catalogue" / "requirements" / f"own-{slug}.yaml": _filled("check-requirement.yaml", **words),
        faults / f"{slug}.yaml": _filled("check-fault.yaml", SCHEMA=fault_schema, **words),
        cases / f"{slug}.yaml": _filled("check-case.yaml", SCHEMA=case_schema, **words),
    }
    return Start(files, {**beside, **more}, (f"faults --only {slug.upper()}", _TALLY, _DOCS))


KINDS: Mapping[str, Callable[[str, Path | None], Start]] = {
    "case": _case,
    "check": _check,
    "profile": _profile,
    "fault": _fault,
}


def _fits(pattern: re.Pattern[str], name: str, what: str, how: str) -> None:
    if not pattern.fullmatch(name):
        raise OptionError(f"{name!r} is not a valid name for {what}; use {how}.")


def _checkout(what: str, directory: Path | None) -> Path:
    home = directory or Path()
    if not (home / "conformance" / "checks").is_dir() or not (home / "testcases").is_dir():
        raise OptionError(
            f"A {what} becomes part of the suite: run this in a checkout, or name one with --dir ({home} is not one)."
        )
    return home


def _schema(name: str, home: Path) -> tuple[str, Mapping[Path, str]]:
    """How a file in that folder refers to a schema, and the schema itself where it has to be put beside it."""
    for root in (home.resolve(), *home.resolve().parents):
        if (root / "docs" / "schema" / file_name(name)).is_file() and (root / "testcases").is_dir():
            return Path(os.path.relpath(root / "docs" / "schema" / file_name(name), home.resolve())).as_posix(), {}
    return file_name(name), {home / file_name(name): schema_text(name)}


def _filled(start_file: str, **words: str) -> str:
    text = (STARTS / start_file).read_text(encoding="utf-8")
    return _SLOT.sub(lambda match: words[match[1]], text)
