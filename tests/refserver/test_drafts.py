"""Drafts: what a right server wrote once is edited again and again, and nobody can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lxml import etree

from conformance.refserver import Config, HttpAnswer, ServerState, answer, load_faults
from conformance.refserver.state import Drafts
from tests.refserver.asking import Ask

FAULTS = ["KEY-SAME-FOR-ALL", "PSSH-OF-NEIGHBOUR", "KEY-ZERO", "HLS-MASTER-MISSING", "ECHO-CONTENT-ID-PREFIXED"]


def _answers(drafts: Drafts | None, faults: list[str], config: Config) -> list[HttpAnswer]:
    known, state = load_faults(), ServerState(drafts=drafts)
    return [answer(ask.request(), config, [known[one] for one in faults], state) for ask in (Ask(), Ask(version="2.1"))]


@pytest.mark.parametrize("fault", FAULTS)
def test_the_bytes_are_those_of_a_server_without_drafts(fault: str) -> None:
    config, drafts = Config(), Drafts()
    right = _answers(None, [], config)
    assert _answers(drafts, [], config) == right
    assert _answers(drafts, [fault], config) == _answers(None, [fault], config) != right
    assert _answers(drafts, [], config) == right, "a draft is not changed by what a fault does to its copy"


def test_another_configuration_has_drafts_of_its_own() -> None:
    drafts = Drafts()
    one, other = Config(), replace(Config(), seed="another")
    assert _answers(drafts, [], one) != _answers(drafts, [], other) == _answers(None, [], other)


def test_a_draft_is_written_once() -> None:
    drafts, config, written = Drafts(), Config(), []

    def write() -> etree._Element:
        written.append(1)
        return etree.fromstring(b"<a><b/></a>")

    trees = [drafts.tree(config, ("x",), write) for _ in range(3)]
    assert len(written) == 1 and len({etree.tostring(tree) for tree in trees}) == 1
    assert len(set(map(id, trees))) == 3
    drafts.tree(config, ("y",), write)
    assert len(written) == 2
