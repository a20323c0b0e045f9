"""The address of a Clear Key is fetched as a player fetches it, and the key that it gives is kept nowhere."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import msgspec
import pytest

from conformance.cases import NotClaimed, Seed, load_cases
from conformance.cases.certificates import KeyRing
from conformance.cases.features import ENDPOINT, KEY_URIS
from conformance.checks import load_checks
from conformance.checks.context import Context
from conformance.checks.registry import Untestable
from conformance.faultmatrix.in_process import TOKEN, InProcess
from conformance.model import Case, Result, ResultState
from conformance.recording.exchange_record import Recorder
from conformance.redaction.redactor import Redactor
from conformance.refserver import Config
from conformance.run.built_in import built_in_config
from conformance.run.profile import load_profile
from conformance.run.runner import RunContext, Runner

URL = "https://reference.example/speke"


def case() -> Case:
    return next(one for one in load_cases(load_checks()) if one.id == "DRM-CLEARKEY-ADDRESS")


def runner(recorder: Recorder | None = None, *, claimed: bool = True, **changes: object) -> Runner:
    profile = load_profile("reference")
    assert profile.claims is not None
    features = profile.claims.features | {*ENDPOINT, *([KEY_URIS] if claimed else [])}
    config: Config = replace(built_in_config(profile), token=TOKEN, **changes)  # type: ignore[arg-type]
    observe = recorder.observe if recorder else lambda context: None
    claims = replace(profile.claims, features=features)
    return Runner(RunContext(URL, InProcess(config), Seed("follow"), claims, KeyRing(), observe=observe), [case()])


def asked(made: Runner) -> Result:
    one = case()
    return made.ask(one, one.steps[1], load_checks()["clearkey.uri-returns-key"])


def test_the_address_gives_the_key() -> None:
    result = asked(runner())
    assert (result.state, result.findings, result.reason) == (ResultState.ASKED, (), "")


def test_the_request_is_that_of_a_player_without_credentials() -> None:
    made = runner()
    fetched = made.performed(case(), case().steps[1])
    assert isinstance(fetched, Context)
    request = fetched.exchange.request
    assert (request.method, request.body, request.credentials) == ("GET", b"", "none")
    assert request.url.startswith("https://keys.key-provider.example/client/")
    assert dict(request.headers)["Origin"] == "https://player.example"


def test_nothing_is_fetched_unless_the_profile_says_so() -> None:
    assert isinstance(runner(claimed=False).performed(case(), case().steps[1]), NotClaimed)


@pytest.mark.parametrize("base", ["http://keys.example/x", "https://user@keys.example/x", "skd://keys.example"])
def test_an_address_of_another_kind_is_not_fetched(base: str) -> None:
    assert isinstance(runner(key_uri_base=base).performed(case(), case().steps[1]), Untestable)


def test_the_key_is_kept_nowhere() -> None:
    recorder = Recorder(Redactor(b"salt", ()))
    made = runner(recorder)
    fetched = made.performed(case(), case().steps[1])
    assert isinstance(fetched, Context)
    key = fetched.answer.body
    assert len(key) == 16
    record = recorder.exchanges[f"{case().name}::fetch"]
    kept = json.dumps(msgspec.to_builtins(recorder.exchanges))
    assert "withheld" in json.dumps(record.notes)
    for text in (key.hex(), base64.b64encode(key).decode(), key.decode("latin-1")):
        assert text not in kept and json.dumps(text)[1:-1] not in kept
