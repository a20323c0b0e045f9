"""Words that may not come back into what users read, each with the reason (docs/style.md).

Covered: the pages that people wrote, the help of every command, and every string, title and template of the suite.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from conformance.cli import COMMANDS
from conformance.cli.command import Command
from conformance.cli.overview import TOPICS, overview
from tests.docs.pages import Page, pages
from tests.docs.strings import texts

BANNED = {
    r"amiss": "old-fashioned; say what is wrong, or that all passed",
    r"anew": "old-fashioned; again, or re-sign, restart",
    r"mend(?:s|ed|er|ing)?": "old-fashioned; fix",
    r"(?:tell|told) of (?:a|all|it)": "report a vulnerability; show",
    r"found a hole": "report a vulnerability",
    r"(?:ask|asks|asked) (?:this|that|the same|a|no|every|all) questions?": "a check runs",
    r"questions?(?! marks?)": "a check, for what the suite looks at",
    r"(?:be|is|are|was|were|not) asked (?:in|anyway|here|elsewhere|nowhere|of)": "a check runs",
    r"stands?(?!-)(?! for\b| in for\b)": "is, occurs, is written; a text has no feet",
    r"none is declared": "no known deviations",
    r"nothing that is there is": "existing files are not overwritten",
    r"(?:is|are) (?-i:none)": "say what it is not: 'abc' is not a number",
    r"(?<!there )(?:is|are) no (?!longer|more)": "is not a: 'abc' is not a UUID",
    r"(?:is|are) to be": "must be",
    r"message (?:that|which) is due|due: ": "the required message; expected:",
    r"laid down": "defined",
    r"speaks? (?:of|for)": "is about, covers",
    r"next to nothing": "almost nothing",
    r"all the same": "anyway",
    r"nobody's": "say what it is",
    r"cannot be told from|may be told from": "looks like, is not proven by",
    r"weighs?": "has a stricter level, counts more",
    r"in other words": "reworded",
    r"other ones": "others",
    r"less than nothing": "negative",
    r"it is no matter": "say whose matter it is",
    r"the law, the schema": "the loader decides",
    r"who(?:so)?ever": "anyone who, or name the person",
    r"of one's own": "your own",
    r"(?:was|were) to (?:be|have)": "should be",
    r"behind an? (?:refus|accept|answer)\w*": "after",
    r"(?<!anyone )who (?:may|has|had) [^,.;]* (?:can|has|gets)": "anyone who",
    r"wherefore|thereof|whereby|hereby|therein": "legalese",
    r"be it|as it were|in such wise": "archaic",
}
"""Pattern -> why not, and what to write."""

EXEMPT = {"docs/style.md": "it lists the words"}
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_ANY = re.compile("|".join(rf"\b(?:{pattern})" for pattern in BANNED), re.IGNORECASE)


def found(text: str) -> Iterator[str]:
    """The banned words of a text, each with its reason."""
    if not _ANY.search(text):
        return
    for pattern, reason in BANNED.items():
        for hit in re.finditer(rf"\b(?:{pattern})(?:\b|(?<=\s))", text, re.IGNORECASE):
            yield f"{hit[0]!r}: {reason}"


@pytest.mark.parametrize("page", [page for page in pages() if page.name not in EXEMPT], ids=lambda page: page.name)
def test_pages(page: Page) -> None:
    # What a program prints is quoted in code, and belongs to the program.
    text = _CODE.sub("", page.path.read_text(encoding="utf-8"))
    assert not list(found(re.sub(r"\s+", " ", text)))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_help(command: Command) -> None:
    parser = argparse.ArgumentParser(description=command.help)
    command.declare(parser)
    assert not list(found(re.sub(r"\s+", " ", parser.format_help())))


def test_the_overview_and_the_topics() -> None:
    assert not [hit for text in (overview(COMMANDS), *TOPICS.values()) for hit in found(text)]


def test_code_titles_and_templates() -> None:
    seen = [f"{place}: {hit}" for place, text in texts() for hit in found(re.sub(r"\s+", " ", text))]
    assert not seen, "\n".join(seen)


def test_the_lint_can_fail() -> None:
    assert len(list(found("Nothing is amiss; mend it, and sign anew."))) == 3
    assert len(list(found("Here stands a kid that is no UUID, and whoever reads it asks a question."))) >= 4
    assert not list(
        found("Fix it; the lamentable amendment is recommended. There is no check. It stands for a question mark.")
    )


def test_every_kind_of_text_is_read() -> None:
    places = [place for place, _ in texts()]
    for kind in (".py:", ".yaml:", ".j2:", "keys.values-distinct", "starts/case.yaml"):
        assert any(kind in place for place in places), kind
