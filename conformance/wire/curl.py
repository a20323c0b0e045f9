"""A command with which a person can repeat an exchange by hand."""

from __future__ import annotations

import shlex

from conformance.model import HttpRequest
from conformance.wire.auth import header_option

_SET_BY_AUTH = frozenset(
    {"authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256", "content-length", "host"}
)
_REGION = '"aws:amz:${AWS_REGION:-$AWS_DEFAULT_REGION}:%s"'
_USER = '"$SPEKE_USER:$SPEKE_PASSWORD"'


def curl_command(
    request: HttpRequest,
    auth: str,
    body_file: str,
    *,
    header: str | None = None,
    region: str | None = None,
    service: str = "execute-api",
) -> str:
    """A shell script that sends the request with curl; credentials stay in the environment variables they came from.

    `auth` is a kind of --speke-auth, `header` its NAME=ENVIRONMENT_VARIABLE, `region` and `service` are for sigv4.
    Raises OptionError for a header option that cannot be read.
    """
    own = {"authorization"} | _SET_BY_AUTH
    parts = [f"curl --silent --show-error --include --http1.1 --request {shlex.quote(request.method)}"]
    parts += _credentials(auth, header, region, service)
    if auth == "header":
        own = own | {header_option(header)[0].lower()}
    names = {name.lower() for name, _ in request.headers}
    # curl adds headers of its own; an empty value takes them away again.
    parts += [f"--header '{name}:'" for name in ("Accept", "Content-Type") if name.lower() not in names]
    parts += [_header(name, value) for name, value in request.headers if name.lower() not in own]
    if request.body:
        parts.append(f"--data-binary {shlex.quote('@' + body_file)}")
    parts.append(f"-- {shlex.quote(request.url)}")
    return " \\\n  ".join(parts) + "\n"


def _header(name: str, value: str) -> str:
    # A header with an empty value is written with a semicolon, or curl would leave it out.
    return f"--header {shlex.quote(f'{name}: {value}' if value else f'{name};')}"


def _credentials(auth: str, header: str | None, region: str | None, service: str) -> list[str]:
    if auth == "basic":
        return [f"--basic --user {_USER}"]
    if auth == "digest":
        return [f"--digest --user {_USER}"]
    if auth == "bearer":
        return ['--header "Authorization: Bearer $SPEKE_TOKEN"']
    if auth == "header":
        name, variable = header_option(header)
        # In single quotes: $ and ` are legal in header names, and the shell must not read them.
        return [f'--header {shlex.quote(name + ": ")}"${variable}"']
    if auth == "sigv4":
        scope = shlex.quote(f"aws:amz:{region}:{service}") if region else _REGION % service
        return [
            f"--aws-sigv4 {scope}",
            '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
            '${AWS_SESSION_TOKEN:+--header "X-Amz-Security-Token: $AWS_SESSION_TOKEN"}',
        ]
    return []
