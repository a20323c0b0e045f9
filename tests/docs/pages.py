"""Markdown read as far as its commands go: files to write, commands to run, what they print, and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("docs/checks.md", "docs/coverage.md")

_FILE = re.compile(r"(?:#|<!--) file: (?P<path>[\w./-]+)(?: -->)?\n")
_LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)(?:#[^)]*)?\)")


@dataclass(frozen=True)
class Command:
    """One command of a page, and what the page says that it prints (None: nothing is said)."""

    text: str
    line: int
    prints: str | None = None
    status: int = 0


@dataclass
class Page:
    """One page: in their order the files that it wants written, its commands, and its Python."""

    path: Path
    parts: list[tuple[str, str] | Command] = field(default_factory=list)
    """(path, content) of a file, (`python`, code), or a command."""

    @property
    def name(self) -> str:
        """Relative to the checkout."""
        return self.path.relative_to(ROOT).as_posix()


def pages() -> list[Page]:
    """All pages that people wrote."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "examples").rglob("*.md")]
    names = sorted(path for path in found if path.relative_to(ROOT).as_posix() not in GENERATED)
    return [read_page(path) for path in names]


def read_page(path: Path) -> Page:
    """The page, its fenced blocks and its indented commands in order."""
    page = Page(path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    at = 0
    while at < len(lines):
        opening = re.fullmatch(r"\s*```(\w*)\n", lines[at])
        if opening:
            end = next(number for number in range(at + 1, len(lines)) if lines[number].strip() == "```")
            page.parts += _block(opening[1], "".join(lines[at + 1 : end]), at + 2)
            at = end + 1
            continue
        indented = re.fullmatch(r" {4}(\S.*)\n", lines[at])
        # Four columns mean code only behind an empty line, or behind other code; else a paragraph goes on.
        if indented and (not lines[at - 1].strip() or lines[at - 1].startswith("    ")):
            page.parts.append(Command(_bare(indented[1]), at + 1))
        at += 1
    return page


def _block(language: str, text: str, line: int) -> Iterator[tuple[str, str] | Command]:
    file = _FILE.match(text)
    if file:
        yield file["path"], text[file.end() :]
    elif language == "python":
        yield "python", text
    elif language in ("sh", "bash"):
        joined = text.replace("\\\n", " ")
        yield from (Command(_bare(one), line) for one in joined.splitlines() if _bare(one))
    elif language == "console":
        yield from _session(text, line)


def _session(text: str, line: int) -> Iterator[Command]:
    pieces = re.split(r"^\$ (.*)\n", text, flags=re.MULTILINE)[1:]
    typed = list(zip(pieces[::2], pieces[1::2], strict=True))
    for number, (command, printed) in enumerate(typed):
        if command == "echo $?":
            continue
        after = typed[number + 1] if number + 1 < len(typed) else ("", "")
        status = int(after[1]) if after[0] == "echo $?" else 0
        yield Command(command, line, printed, status)


def _bare(command: str) -> str:
    """The command without a comment behind it."""
    return re.sub(r"(^|\s+)#\s.*$", "", command.strip()).strip()


def links(page: Path) -> list[str]:
    """The relative links of a page."""
    return _LINK.findall(page.read_text(encoding="utf-8"))
