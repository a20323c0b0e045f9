"""A command that asks one server refuses a second URL; the last one given does not silently win."""

from __future__ import annotations

import pytest

from conformance.__main__ import main

URLS = ("--server-url", "http://127.0.0.1:1/a", "--server-url", "http://127.0.0.1:1/b")


@pytest.mark.parametrize("command", ["load", "watch", "encrypt"])
def test_a_second_url_is_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, *URLS]) == 4
    assert "--server-url can be given only once here; `run` tests several endpoints together" in capsys.readouterr().err


def test_plan_counts_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--profile", "smoke", *URLS]) == 0
    twice = capsys.readouterr().out
    assert main(["plan", "--profile", "smoke", *URLS[:2]]) == 0
    assert twice != capsys.readouterr().out
