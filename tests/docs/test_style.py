"""Words that may not come back into what users read, each with the reason (docs/style.md).

Covered: the pages that people wrote, and the help of every command. Not yet: the summary on the terminal, the report
pages, the titles and texts of checks, findings, cases and the catalogue, and other messages.
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

BANNED = {
    r"amiss": "old-fashioned; say what is wrong, or that all passed",
    r"anew": "old-fashioned; again, or re-sign, restart",
    r"mend(?:s|ed|er|ing)?": "old-fashioned; fix",
    r"(?:tell|told) of (?:a|all|it)": "report a vulnerability; show",
    r"found a hole": "report a vulnerability",
    r"(?:ask|asks|asked) (?:this|that|the same|a|no|every|all) questions?": "a check runs",
    r"questions? (?:was|were|that is|that are|is|are) asked": "a check runs",
    r"stands? there": "is there",
    r"none is declared": "no known deviations",
    r"nothing that is there is": "existing files are not overwritten",
    r"it is no matter": "say whose matter it is",
    r"the law, the schema": "the loader decides",
    r"whoever asks first": "say what happens",
    r"of one's own": "your own",
    r"wherefore|thereof|whereby|hereby|therein": "legalese",
    r"be it|as it were|in such wise": "archaic",
}
"""Pattern -> why not, and what to write."""

EXEMPT = {"docs/style.md": "it lists the words"}
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def found(text: str) -> Iterator[str]:
    """The banned words of a text, each with its reason."""
    for pattern, reason in BANNED.items():
        for hit in re.finditer(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
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


def test_the_lint_can_fail() -> None:
    assert len(list(found("Nothing is amiss; mend it, and sign anew."))) == 3
    assert not list(found("Fix it; the lamentable amendment is recommended."))
