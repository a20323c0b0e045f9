"""Each wrong option is one sentence that names the option and the mend; nothing has been sent then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.catalogue.yamlfile import DataError
from conformance.run.options import Options
from conformance.run.settings import DEFAULT_TIMEOUT, Settings, read_settings
from conformance.wire.auth import SigV4
from conformance.wire.errors import OptionError

URL = "https://keys.example.com/speke"
SECRET = "correct-horse-battery"


def settings(env: dict[str, str] | None = None, **options: Any) -> Settings:
    """The settings that these options give."""
    return read_settings(Options(**options), env or {})


def test_each_endpoint_gets_the_same_credentials_signed_for_its_region() -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": SECRET}
    urls = [f"https://abc.execute-api.{region}.amazonaws.com/speke" for region in ("eu-west-1", "us-east-1")]
    found = settings(keys, url=urls[0], more_urls=(urls[1],), auth="sigv4")
    auths = [found.auth_at(target) for target in found.targets]
    assert [auth.region for auth in auths if isinstance(auth, SigV4)] == ["eu-west-1", "us-east-1"]
    assert auths[0].secrets() == auths[1].secrets()
    assert found.endpoints == (1, 2) and settings(url=URL).endpoints == (0,)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"url": ""}, "The server URL is empty; give one such as"),
    ({"url": "keys.example.com"}, "must begin with http:// or https://"),
    ({"url": f"https://user:{SECRET}@keys.example.com/"}, "holds a user name or password; give credentials"),
    ({"profile": "refernce"}, "there is no such profile (did you mean 'reference'?); known are"),
    ({"profile": "./nowhere.yaml"}, "nowhere.yaml does not exist"),
    ({"auth": "kerberos"}, "--speke-auth is one of none, basic"),
    ({"auth": "basic"}, "--speke-auth basic needs the environment variable SPEKE_USER, which is not set"),
    ({"auth": "bearer"}, "--speke-auth bearer needs the environment variable SPEKE_TOKEN"),
    ({"auth": "header"}, "--speke-auth header needs --speke-header NAME=ENVIRONMENT_VARIABLE"),
    ({"auth": "header", "header": "x-api-key=MY_KEY"}, "needs the environment variable MY_KEY"),
    ({"header": "x-api-key=MY_KEY"}, "--speke-header is only for --speke-auth header"),
    ({"auth": "sigv4"}, "--speke-auth sigv4 needs the environment variable AWS_ACCESS_KEY_ID"),
    ({"gate": "strict"}, "--speke-gate is regression or qualification, not 'strict'"),
    ({"seed": "a b"}, "--speke-seed takes ASCII letters, digits, - and _ only"),
    ({"seed": "ä"}, "--speke-seed takes ASCII letters"),
    ({"url": URL, "faults": ("X",)}, "--speke-fault switches on a fault of the built-in server; leave"),
    ({"timeout": "0"}, "'0' is not a number greater than 0; correct --speke-timeout."),
    ({"timeout": "soon"}, "'soon' is not a number greater than 0; correct --speke-timeout."),
    ({"timeout": "nan"}, "is not a number greater than 0; correct --speke-timeout."),
    ({"timeout": "1e9"}, "'1e9' is more than 1000000; correct --speke-timeout."),
    ({"timeout": "inf"}, "is not a number greater than 0; correct --speke-timeout."),
    ({"timeout": "-1"}, "is not a number greater than 0; correct --speke-timeout."),
    ({"concurrency": "0"}, "'0' is not a whole number of at least 1; correct --speke-concurrency."),
    ({"concurrency": "1.5"}, "is not a whole number of at least 1; correct --speke-concurrency."),
    ({"concurrency": "9" * 5000}, "is more than 1000000; correct --speke-concurrency."),
    ({"concurrency": "²"}, "is not a whole number of at least 1; correct --speke-concurrency."),
    ({"max_rps": "no"}, "is not a number greater than 0; correct --speke-max-rps."),
    ({"max_requests": "-3"}, "is not a whole number of at least 1; correct --speke-max-requests."),
    ({"max_minutes": ""}, "'' is not a number greater than 0; correct --speke-max-minutes."),
    ({"delay_ms": "x"}, "is not a whole number of at least 0; correct --speke-delay-ms."),
    ({"cases": ("/nowhere/at/all",)}, "--speke-cases /nowhere/at/all is not a folder"),
    ({"ca_bundle": "/nowhere/ca.pem"}, "--speke-ca-bundle /nowhere/ca.pem cannot be read (No such file or directory)"),
    ({"client_cert": "/nowhere/c.pem"}, "--speke-client-cert and --speke-client-key go together; give both"),
    ({"client_cert": "/nowhere/c.pem", "client_key": "/nowhere/k.pem"}, "--speke-client-cert /nowhere/c.pem cannot"),
    ({"labels": ("build",)}, "--speke-label takes NAME=VALUE, as in build=2026.11; 'build' is not of that form"),
    ({"labels": ("=x",)}, "--speke-label takes NAME=VALUE"),
]  # fmt: skip


@pytest.mark.parametrize(("options", "sentence"), WRONG, ids=[str(sorted(options)) for options, _ in WRONG])
def test_a_wrong_option(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises((OptionError, DataError)) as caught:
        settings(**options)
    text = str(caught.value)
    assert sentence in text
    assert "\n" not in text and SECRET not in text


def test_a_file_where_a_folder_should_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for place in (file, file / "below", file / "far" / "below"):
        with pytest.raises(OptionError, match=r"--speke-report-dir .* cannot be made: .*file is a file; name a folder"):
            settings(report_dir=str(place))
    assert settings(report_dir=str(tmp_path / "to" / "be" / "made")).report_dir.name == "made"
    with pytest.raises(OptionError, match="is not a folder"):
        settings(cases=(str(file),))


@pytest.mark.parametrize(
    ("kind", "env"),
    [
        ("basic", {"SPEKE_USER": "me", "SPEKE_PASSWORD": f"{SECRET}\n"}),
        ("basic", {"SPEKE_USER": f"a:{SECRET}", "SPEKE_PASSWORD": SECRET}),
        ("bearer", {"SPEKE_TOKEN": f" {SECRET}"}),
        ("bearer", {"SPEKE_TOKEN": f"{SECRET}ä"}),
        ("sigv4", {"AWS_ACCESS_KEY_ID": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET}),
    ],
)
def test_a_message_never_holds_a_secret(kind: str, env: dict[str, str]) -> None:
    with pytest.raises(OptionError) as caught:
        settings(env, url=URL, auth=kind)
    assert SECRET not in str(caught.value)


def test_nothing_printed_of_the_settings_holds_a_secret() -> None:
    env = {"SPEKE_USER": "me", "SPEKE_PASSWORD": SECRET, "SPEKE_TOKEN": SECRET}
    for kind in ("basic", "digest", "bearer"):
        assert SECRET not in repr(settings(env, url=URL, auth=kind))


def test_the_defaults() -> None:
    found = settings()
    assert found.built_in and found.profile.name == "reference"
    assert (found.timeout, found.concurrency, found.gate, found.strict) == (DEFAULT_TIMEOUT, 4, "regression", False)
    assert len(found.seed.text) == 8
    against = settings(url=URL)
    assert not against.built_in and against.profile.name == "default" and against.profile.discovers


def test_what_was_given() -> None:
    found = settings(
        url=URL,
        timeout="2.5",
        seed="s" * 40,
        concurrency="7",
        max_rps="3",
        max_requests="50",
        labels=("build=1", "who=me=you"),
    )
    assert (found.timeout, found.concurrency, found.max_rps, found.max_requests) == (2.5, 7, 3.0, 50)
    assert found.seed.text == "s" * 32
    assert found.labels == {"build": "1", "who": "me=you"}


def bearing(tmp_path: Path, line: str = "") -> str:
    """A profile whose claims are stated, with this line among them."""
    path = tmp_path / "mine.yaml"
    claims = "claims:\n  versions: ['2.0']\n  systems: {widevine: [cenc]}\n"
    path.write_text(f"profile: mine\nextends: default\n{claims}  {line}\n")
    return str(path)


@pytest.mark.parametrize("asked", ["1", "4", "16"])
def test_the_concurrency_is_what_the_user_says(tmp_path: Path, asked: str) -> None:
    for profile in (None, bearing(tmp_path)):
        found = settings(url=URL, profile=profile, concurrency=asked)
        assert (found.concurrency, found.at_once, found.notices) == (
            int(asked),
            (int(asked), "--speke-concurrency"),
            (),
        )


def test_the_concurrency_where_nobody_says_anything(tmp_path: Path) -> None:
    found = settings(url=URL, profile=bearing(tmp_path))
    assert (found.concurrency, found.at_once, found.notices) == (4, None, ())


@pytest.mark.parametrize(
    ("asked", "stated", "kept", "said"),
    [(None, 2, 2, False), (None, 9, 4, False), ("2", 2, 2, False), ("3", 2, 2, True), ("3", 9, 3, False)],
)
def test_more_than_the_profile_states_is_kept_to_it_and_said_once(
    tmp_path: Path, asked: str | None, stated: int, kept: int, said: bool
) -> None:
    found = settings(url=URL, profile=bearing(tmp_path, f"concurrent: {stated}"), concurrency=asked)
    assert found.concurrency == kept
    assert found.at_once is not None and found.at_once[0] == min(stated, int(asked or stated))
    expected = f"--speke-concurrency {asked} is more than the {stated} requests at a time that the profile allows; "
    assert found.notices == ((f"{expected}the run keeps to {kept}.",) if said else ())


def test_the_profile_gives_what_no_option_does(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(
        "profile: mine\nextends: default\nauth: {kind: header, header: x-api-key=MY_KEY}\n"
        "budgets: {max-rps: 2, max-requests: 9, max-minutes: 1.5}\ncontent-ids: {prefix: vod-}\n"
    )
    found = settings({"MY_KEY": SECRET}, url=URL, profile=str(path))
    assert (found.auth_kind, found.header) == ("header", "x-api-key=MY_KEY")
    assert (found.max_rps, found.max_requests, found.max_minutes) == (2.0, 9, 1.5)
    assert found.seed.identity("C").content_id.startswith("vod-spk2c-")
    given = settings(url=URL, profile=str(path), auth="none", max_requests="3")
    assert (given.auth_kind, given.max_requests, given.max_rps) == ("none", 3, 2.0)
