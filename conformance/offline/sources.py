"""Where captures come from: files, folders and standard input, each bounded and read once."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.catalogue.yamlfile import DataError
from conformance.offline.captures.forms import read_half, read_whole
from conformance.offline.captures.heads import Head, read_head
from conformance.offline.captures.message import LARGEST, Capture, Message, Unreadable
from conformance.offline.captures.raw_http import message_of

STDIN = Path("-")
MOST_FILES = 10_000
_ROLE = re.compile(r"(?P<stem>.*?)[._-]?(?P<role>request|response|answer|headers?)\.(?P<ending>\w{1,5})", re.IGNORECASE)
_ROLES = {"request": "request", "response": "response", "answer": "response", "headers": "headers", "header": "headers"}
_CAPTURES = (".har", ".http", ".txt", ".log", ".json")


class SeveralExchanges(DataError):
    """A capture holds more exchanges than one, and nobody said which; `names` lists them."""

    def __init__(self, place: str, names: tuple[str, ...]) -> None:
        super().__init__(
            place, f"this holds {len(names)} exchanges; say which with --entry NUMBER or a part of its URL"
        )
        self.names = names


@dataclass(frozen=True, slots=True)
class Found:
    """One exchange of a folder: the files that it stands in."""

    name: str
    files: tuple[Path, ...]
    """One capture, or request, answer and maybe headers."""


def read_bytes(path: Path) -> bytes:
    """The bytes of a file, or of standard input for `-`; raises DataError with one sentence."""
    try:
        if path == STDIN:
            data = sys.stdin.buffer.read(LARGEST + 1)
        else:
            if path.is_dir():
                raise DataError(str(path), "this is a folder; give it alone, without --request and --response")
            if path.stat().st_size > LARGEST:
                raise DataError(str(path), f"the file is larger than {LARGEST >> 20} MiB; it is not read")
            with path.open("rb") as file:
                data = file.read(LARGEST + 1)  # a device says that it is empty, and never ends
    except OSError as error:
        raise DataError(str(path), f"the file cannot be read ({error.strerror or 'no reason is given'})") from None
    if len(data) > LARGEST:
        raise DataError(str(path), f"this is longer than {LARGEST >> 20} MiB; it is not read")
    return data


def whole(path: Path, entry: str = "") -> Capture:
    """The exchange that one file holds; raises DataError with one sentence."""
    try:
        return read_whole(read_bytes(path), _chooser(path, entry))
    except Unreadable as why:
        raise DataError(str(path), str(why)) from None


def halves(request: Path, response: Path, headers: Path | None, entry: str = "") -> Capture:
    """The exchange of two files, and maybe a third with the answer's head; raises DataError with one sentence."""
    if request == response == STDIN:
        raise DataError(
            "-", "standard input cannot be both request and answer; give it alone, or one of them as a file"
        )
    asked = _half(request, "request", entry)
    came = _half(response, "answer", entry)
    answer = came.answer or Message()
    if headers is not None:
        try:
            head = read_head(read_bytes(headers))
        except Unreadable as why:
            raise DataError(str(headers), str(why)) from None
        if head.method and not head.status:
            raise DataError(str(headers), "these are the headers of a request; give those of the answer")
        answer = _with_head(response, head, answer)
    if answer.body is None:
        raise DataError(str(response), "this looks like the head of an answer alone; give its body with --response")
    sent = asked.request or Message()
    # `curl -v` shows the head of the request beside the answer, and not its body.
    if sent.headers is None and came.request is not None and came.request.body is None:
        head_of_it = came.request
        sent = Message(sent.body, head_of_it.headers, head_of_it.method, head_of_it.url, notes=sent.notes)
    if sent.body is None:
        raise DataError(str(request), "this looks like the head of a request alone; give the body that was sent")
    return Capture(sent, answer, asked.name)


def _with_head(place: Path, head: Head, answer: Message) -> Message:
    """The answer with the head of a file of its own; what it then holds is what went over the wire."""
    data = read_bytes(place) if answer.notes and not answer.recorded and place != STDIN else answer.body
    made = message_of(head, data)
    return Message(
        made.body,
        made.headers,
        status=head.status,
        reason=head.reason,
        http_version=head.http_version,
        as_sent=True,
        recorded=answer.recorded,
        blurred=answer.blurred,
        notes=answer.notes if answer.recorded else (),
    )


def _half(path: Path, which: str, entry: str) -> Capture:
    try:
        return read_half(read_bytes(path), which, _chooser(path, entry))
    except Unreadable as why:
        raise DataError(str(path), str(why)) from None


def _chooser(path: Path, entry: str) -> Callable[[list[Capture]], Capture]:
    def choose(captures: list[Capture]) -> Capture:
        if not entry:
            if len(captures) == 1:
                return captures[0]
            raise SeveralExchanges(str(path), tuple(one.name for one in captures))
        wanted = [one for one in captures if one.name.startswith(f"entry {entry}:")]
        if not wanted and not entry.isdigit():
            wanted = [one for one in captures if entry in one.name]
        if len(wanted) == 1:
            return wanted[0]
        if wanted:
            raise SeveralExchanges(str(path), tuple(one.name for one in wanted))
        raise DataError(str(path), f"no exchange is entry {entry[:60]!r} or has that in its URL")

    return choose


def entries(path: Path) -> list[str]:
    """The numbers of the exchanges that one file holds, for `--entry`; empty where it holds one."""
    try:
        whole(path)
    except SeveralExchanges as several:
        return [name.removeprefix("entry ").partition(":")[0] for name in several.names]
    return []


def in_folder(folder: Path) -> Iterator[Found]:
    """The exchanges of a folder and those below it, in order of their names; raises DataError.

    Files belong together whose names differ in `request`, `response` (or `answer`) and `headers` only; any other
    file whose name ends like a capture is one by itself.
    """
    files: list[Path] = []
    try:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                files.append(path)
            if len(files) > MOST_FILES:
                raise DataError(str(folder), f"the folder holds more than {MOST_FILES} files; give a smaller one")
    except OSError as error:
        raise DataError(str(folder), f"the folder cannot be read ({error.strerror})") from None
    groups: dict[Path, dict[str, Path]] = {}
    for path in files:
        match = _ROLE.fullmatch(path.name)
        if match:
            role = _ROLES[match["role"].lower()]
            # Reports keep the answer's head beside its body, in a file of the same name that ends in .http.
            role = "headers" if role == "response" and match["ending"] == "http" else role
            groups.setdefault(path.parent / (match["stem"] or "."), {})[role] = path
        elif path.suffix.lower() in _CAPTURES:
            groups[path] = {"capture": path}
    for stem, held in groups.items():
        name = stem.relative_to(folder).as_posix() if stem != folder / "." else folder.name
        if "capture" in held:
            yield Found(name, (held["capture"],))
        elif "request" in held and "response" in held:
            third = (held["headers"],) if "headers" in held else ()
            yield Found(name, (held["request"], held["response"], *third))
