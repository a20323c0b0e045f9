"""Credentials from the environment: what is asked for, what is missing, and that nothing of them is shown."""

import pytest

from conformance.wire.auth import KINDS, AuthScheme, SigV4, make_auth
from conformance.wire.errors import OptionError

ENV = {
    "SPEKE_USER": "encryptor",
    "SPEKE_PASSWORD": "canary-password",
    "SPEKE_TOKEN": "canary-token",
    "AWS_ACCESS_KEY_ID": "AKIDCANARY",
    "AWS_SECRET_ACCESS_KEY": "canary/secret",
    "AWS_SESSION_TOKEN": "canary-session",
    "AWS_REGION": "eu-west-1",
    "MY_KEY": "canary-api-key",
}


def scheme(kind: str, env: dict[str, str] | None = None) -> AuthScheme:
    return make_auth(kind, ENV if env is None else env, header="x-api-key=MY_KEY" if kind == "header" else None)


@pytest.mark.parametrize("kind", KINDS)
def test_makes_each_kind_and_shows_no_secret(kind: str) -> None:
    auth = scheme(kind)
    assert auth.kind == kind
    assert "canary" not in repr(auth).lower()
    assert "canary" not in str(auth).lower()
    assert bool(auth.secrets()) == (kind != "none")
    assert bool(auth.headers) == (kind != "none")


@pytest.mark.parametrize(
    ("kind", "variable"),
    [
        ("basic", "SPEKE_USER"),
        ("basic", "SPEKE_PASSWORD"),
        ("digest", "SPEKE_USER"),
        ("digest", "SPEKE_PASSWORD"),
        ("bearer", "SPEKE_TOKEN"),
        ("header", "MY_KEY"),
        ("sigv4", "AWS_ACCESS_KEY_ID"),
        ("sigv4", "AWS_SECRET_ACCESS_KEY"),
        ("sigv4", "AWS_REGION"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_names_the_variable_that_is_missing(kind: str, variable: str, value: str | None) -> None:
    env = {name: text for name, text in ENV.items() if name != variable}
    if value is not None:
        env[variable] = value
    with pytest.raises(OptionError, match=variable) as caught:
        scheme(kind, env)
    assert "canary" not in str(caught.value).lower()


@pytest.mark.parametrize(
    ("kind", "variable", "value"),
    [
        ("bearer", "SPEKE_TOKEN", "canary\n"),
        ("bearer", "SPEKE_TOKEN", " canary"),
        ("bearer", "SPEKE_TOKEN", "canary-ü"),
        ("basic", "SPEKE_PASSWORD", "canary\x00"),
        ("basic", "SPEKE_USER", "canary:colon"),
        ("sigv4", "AWS_SECRET_ACCESS_KEY", "canary\r"),
        ("sigv4", "AWS_SESSION_TOKEN", "canary\n"),
    ],
)
def test_refuses_values_that_cannot_be_sent(kind: str, variable: str, value: str) -> None:
    with pytest.raises(OptionError, match=variable) as caught:
        scheme(kind, ENV | {variable: value})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("header", [None, "", "x-api-key", "=MY_KEY", "x-api-key=", "x y=MY_KEY", "x=MY KEY"])
def test_header_needs_a_name_and_a_variable(header: str | None) -> None:
    with pytest.raises(OptionError, match="NAME=ENVIRONMENT_VARIABLE"):
        make_auth("header", ENV, header=header)


def test_header_cannot_replace_what_the_suite_sends() -> None:
    with pytest.raises(OptionError, match="X-Speke-Version"):
        make_auth("header", ENV, header="X-Speke-Version=MY_KEY")


def test_header_option_belongs_to_its_kind() -> None:
    with pytest.raises(OptionError, match="--speke-header"):
        make_auth("basic", ENV, header="x-api-key=MY_KEY")


def test_unknown_kind_is_refused() -> None:
    with pytest.raises(OptionError, match="sigv4"):
        make_auth("kerberos", ENV)


@pytest.mark.parametrize(
    ("host", "region", "service", "env", "expected"),
    [
        ("abc.execute-api.us-west-2.amazonaws.com", None, None, {}, ("us-west-2", "execute-api")),
        ("abc.execute-api.cn-north-1.amazonaws.com.cn", None, None, {}, ("cn-north-1", "execute-api")),
        ("abc.execute-api.us-west-2.amazonaws.com", "eu-south-1", "lambda", {}, ("eu-south-1", "lambda")),
        ("keys.example.com", None, None, {}, ("eu-west-1", "execute-api")),
        ("keys.example.com", None, None, {"AWS_REGION": "", "AWS_DEFAULT_REGION": "r"}, ("r", "execute-api")),
        ("abc.execute-api.x.amazonaws.com.evil.example", None, None, {}, ("eu-west-1", "execute-api")),
    ],
)
def test_region_and_service(
    host: str, region: str | None, service: str | None, env: dict[str, str], expected: tuple[str, str]
) -> None:
    auth = make_auth("sigv4", ENV | env, region=region, service=service, host=host)
    assert isinstance(auth, SigV4)
    assert (auth.region, auth.service) == expected
