"""Speaks to whoever started the session: by the console script options have other names than by pytest."""

from __future__ import annotations

import os

import pytest

from conformance.redaction.escaping import visible
from conformance.run.command import Pasting, this_program, url_variable
from conformance.run.options import for_console
from conformance.run.settings import Settings
from conformance.wire.target import Target


class Console:
    """Registered with pytest by `speke-conformance run`."""


def spoken(config: pytest.Config, text: str) -> str:
    """A sentence with the options as they are typed where the session was started."""
    by_console = any(isinstance(plugin, Console) for plugin in config.pluginmanager.get_plugins())
    return for_console(text) if by_console else text


def refusal(config: pytest.Config, error: Exception) -> pytest.UsageError:
    """A wrong option, profile or case as one sentence and exit status 4."""
    return pytest.UsageError(visible(spoken(config, str(error))))


def pasting(settings: Settings, folder: str, *, private: bool) -> Pasting:
    """Where the commands of a run are pasted; only a private terminal shows the whole URL."""
    given = [settings.options.url, *settings.options.more_urls]
    if all(os.environ.get(url_variable(number)[1:]) == url for number, url in enumerate(given, 1)):
        return Pasting(this_program(), folder)
    return Pasting(this_program(), folder, tuple(_shown(target, private=private) for target in settings.targets))


def _shown(target: Target, *, private: bool) -> str:
    return target.url if private or target.path == "/" else f"{target.scheme}://{target.display}/…"
