"""YAML with places: every mapping and list remembers its file and line, so that an error can name them.

Refuses what YAML allows and people do not mean: duplicate keys, anchors that expand, values that are not data.
"""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from conformance.catalogue.datafile import Refused, read_regular
from conformance.model import Place

_LONGEST_SENTENCE = 300
_DEEPEST = 100
_LONGEST_LINE = 500
"""Each level of nesting costs a bracket or a column, so short lines with few brackets cannot nest deeply."""


class DataError(Exception):
    """A data file of the suite (or of its user) is wrong; the text is one sentence with file and line."""

    def __init__(self, place: Place | str, sentence: str) -> None:
        if len(sentence) > _LONGEST_SENTENCE:
            # What is wrong stands at the beginning; what the file holds may be a megabyte.
            sentence = f"{sentence[:_LONGEST_SENTENCE]}…"
        super().__init__(f"{place}: {sentence}")
        self.place = place
        self.sentence = sentence


class Map(dict[str, Any]):
    """A YAML mapping with the place of itself and of each of its keys."""

    place: Place
    places: dict[str, Place]

    def at(self, key: str) -> Place:
        """The place of a key, or of the mapping where the key is absent."""
        return self.places.get(key, self.place)


class Seq(list[Any]):
    """A YAML list with the place of itself and of each of its items."""

    place: Place
    places: list[Place]


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where it is there: ten times as fast, the same nodes and marks."""


def _plain(loader: Any, node: yaml.Node, file: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        # Dates and the like stay the text that was written: instants are compared by their spelling.
        return loader.construct_object(node) if node.tag in _CONVERTED else node.value
    place = Place(file, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result = Map()
        result.place, result.places = place, {}
        for key_node, value_node in node.value:
            key_place = Place(file, key_node.start_mark.line + 1)
            if not isinstance(key_node, yaml.ScalarNode):
                raise DataError(key_place, "a key must be plain text")
            key = str(key_node.value)
            if key in result:
                raise DataError(key_place, f"the key {key!r} occurs twice in this mapping; remove one of them")
            result[key] = _plain(loader, value_node, file)
            result.places[key] = key_place
        return result
    items = Seq(_plain(loader, child, file) for child in node.value)
    items.place = place
    items.places = [Place(file, child.start_mark.line + 1) for child in node.value]
    return items


_CONVERTED = {f"tag:yaml.org,2002:{name}" for name in ("int", "bool", "null", "float")}


def load(path: Path, shown: str | None = None) -> Any:
    """Read one YAML file into Map, Seq and scalars; DataError with file and line for whatever is wrong with it."""
    file = shown or str(path)
    try:
        text = io.TextIOWrapper(io.BytesIO(read_regular(path)), encoding="utf-8").read()
    except Refused as why:
        raise DataError(Place(file, 1), f"the file {why}") from None
    except UnicodeDecodeError as error:
        raise DataError(Place(file, 1), f"the file is not UTF-8 (byte {error.start})") from None
    return loads(text, file)


def loads(text: str, file: str) -> Any:
    """Read YAML text; `file` is the name that errors show."""
    if "\0" in text:
        raise DataError(Place(file, 1), "the file contains a NUL character; it is not YAML text")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise DataError(Place(file, 1), "the file contains half a character (a lone surrogate); it is not YAML text")
    loader = _Loader(text)
    try:
        if _suspicious(text):
            _scan(text, file)
        node = loader.get_single_node()
        return None if node is None else _plain(loader, node, file)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise DataError(Place(file, line), f"this is not valid YAML: {what}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise DataError(Place(file, 1), f"this is not valid YAML: {str(error).splitlines()[0]}") from None
    except RecursionError:
        raise DataError(Place(file, 1), "the YAML is nested too deeply") from None
    finally:
        loader.dispose()


def _suspicious(text: str) -> bool:
    """Whether the text can hold anchors or deep nesting; a file without either is spared a second reading."""
    if "*" in text or "&" in text or text.count("[") + text.count("{") > _DEEPEST:
        return True
    return max(map(len, text.splitlines()), default=0) > _LONGEST_LINE


def _scan(text: str, file: str) -> None:
    """Refuse anchors, aliases and deep nesting before the tree is built: libyaml builds it by recursion in C."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        place = Place(file, event.start_mark.line + 1 if event.start_mark else 1)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise DataError(place, "anchors and aliases (& and *) are not supported; write it out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise DataError(place, "the YAML is nested too deeply")


def nearest(word: str, words: Iterable[str]) -> str:
    """` (did you mean 'x'?)`, or nothing where no word is near."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f" (did you mean {found[0]!r}?)" if found else ""


def expect_map(value: Any, place: Place, what: str) -> Map:
    """The value as a mapping, or a DataError that says what should stand there."""
    if not isinstance(value, Map):
        raise DataError(place, f"{what} must be a mapping (key: value), not {_kind(value)}")
    return value


def expect_list(value: Any, place: Place, what: str) -> Seq:
    """The value as a list, or a DataError."""
    if not isinstance(value, Seq):
        raise DataError(place, f"{what} must be a list, not {_kind(value)}")
    return value


def expect_text(value: Any, place: Place, what: str) -> str:
    """The value as non-empty text, or a DataError."""
    if not isinstance(value, str) or not value.strip():
        raise DataError(place, f"{what} must be text{_quoting(value)}, not {_kind(value)}")
    return value


def expect_texts(value: Any, place: Place, what: str) -> tuple[str, ...]:
    """The value (one text or a list of texts) as a tuple."""
    if isinstance(value, str):
        return (value,)
    items = expect_list(value, place, what)
    return tuple(expect_text(item, at, f"each item of {what}") for item, at in zip(items, items.places, strict=True))


def expect_word(value: Any, words: Iterable[str], place: Place, what: str) -> str:
    """The value as one of the given words, or a DataError with the nearest spelling."""
    known = list(words)
    if not isinstance(value, str) or value not in known:
        shown = value if isinstance(value, str) else _kind(value)
        listing = ", ".join(known) if len(known) <= 12 else f"{len(known)} known words"
        raise DataError(place, f"{what} {shown!r} is not one of {listing}{nearest(str(value), known)}")
    return value


def expect_fields(mapping: Map, *, required: Iterable[str] = (), optional: Iterable[str] = (), what: str) -> None:
    """Refuse unknown keys (with the nearest spelling) and absent required ones."""
    must = tuple(required)
    known = (*must, *optional)
    for key in mapping:
        if key not in known:
            raise DataError(mapping.at(key), f"{what} has an unknown field {key!r}{nearest(key, known)}")
    for key in must:
        if key not in mapping:
            raise DataError(mapping.place, f"{what} lacks the field {key!r}")


def plain(value: Any) -> Any:
    """The same value as ordinary dicts and lists."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the truth value {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, Mapping):
        return "a mapping"
    return "empty text" if value == "" else repr(value)


def _quoting(value: Any) -> str:
    return " (put it in quotes)" if isinstance(value, int | float | bool) else ""
