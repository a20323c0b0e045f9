"""Each exchange as files: the request's body, the answer, and a script that sends the request again with curl."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.model import HttpRequest, endpoint_of
from conformance.recording.records import AnswerRecord, ExchangeRecord
from conformance.redaction.escaping import visible
from conformance.results.bodies import bodies
from conformance.results.document import Document
from conformance.results.index import ResultsIndex
from conformance.run.command import url_variable
from conformance.wire.curl import curl_command

_PLACE = "SPEKE-URL"

NOTE = "exchanges/README.txt"
_NOTE = """What was sent and answered, a folder for each case.

*.request.txt   the body of the request
*.answer.txt    the body of the answer, or why it is missing
*.answer.http   status and headers of the answer
*.curl.sh       a script that sends the request again

Bodies are CPIX documents, mostly XML. Their names end in .txt so that no browser renders them as a page, and runs what
a server wrote into it, where a CI server shows the files of a build. Do not serve them as XML or HTML. Keys and
credentials are withheld in all of them.
"""


def exchange_files(document: Document) -> Iterator[tuple[str, str]]:
    """(path inside the report's folder, text) for every file of every exchange, the bodies of the document among them.

    Keys and credentials are withheld in all of them. A body that is missing has no file.
    """
    yield from {body.file: body.text for body in bodies(document) if not body.missing}.items()
    reading = ResultsIndex(document)
    if reading.paths:
        yield NOTE, _NOTE
    for name, path in reading.paths.items():
        one = reading.exchanges[name]
        yield f"{path}.curl.sh", curl_script(one, document.run.auth, path.rpartition("/")[2])
        if not one.request.body.file:
            yield f"{path}.request.txt", visible(one.request.body.text)
        if one.answer is not None:
            yield f"{path}.answer.http", _head(one.answer)
            if not one.answer.body.file:
                yield f"{path}.answer.txt", visible(one.answer.body.text)
        elif one.failure is not None:
            yield f"{path}.answer.txt", visible(one.failure.message) + "\n"


def curl_script(exchange: ExchangeRecord, auth: Mapping[str, str], stem: str) -> str:
    """A shell script, to be run from anywhere, that sends a recorded request; URL and credentials are variables."""
    command, notes = _command(exchange, auth, f"{stem}.request.txt")
    variable = url_variable(endpoint_of(exchange.case))[1:]
    return (
        "#!/bin/sh\n"
        f"# Sends the request of {_comment(exchange.case)}, step {_comment(exchange.step)}, again.\n"
        f'# Set {variable} to the URL of the key server{_variables(auth)}.\n{notes}set -eu\ncd "$(dirname "$0")"\n'
        f': "${{{variable}:?set it to the URL of the key server}}"\n{command}'
    )


def script_with_body(exchange: ExchangeRecord, auth: Mapping[str, str]) -> str:
    """The same to be pasted into a shell, with the body in it."""
    command, notes = _command(exchange, auth, "-")
    body = visible(exchange.request.body.text)
    if not exchange.request.bytes or f"\n{_END}\n" in body:
        return f"{notes}{command}"
    return f"{notes}{command.rstrip()} <<'{_END}'\n{body}\n{_END}\n"


_END = "END-OF-REQUEST"


def _command(exchange: ExchangeRecord, auth: Mapping[str, str], body_file: str) -> tuple[str, str]:
    """The curl command of an exchange, and comments on what it cannot do."""
    request = exchange.request
    command = curl_command(
        HttpRequest(
            request.method,
            _PLACE,
            tuple((visible(name), visible(value)) for name, value in request.headers),
            b"-" if request.bytes else b"",
        ),
        "none" if request.credentials == "none" else auth.get("kind", "none"),
        body_file,
        header=auth.get("header"),
        region=auth.get("region"),
        service=auth.get("service", "execute-api"),
    )
    note = ""
    if "[withheld" in request.body.text:
        note = (
            "# Something in the request was withheld from the record, so this script does not send exactly the same.\n"
        )
    if request.credentials == "wrong":
        note += "# It was sent with a wrong secret: set a wrong one.\n"
    if request.transport == "plain-http":
        note += "# It was sent by plain http: let the URL begin with http://.\n"
    return command.replace(f"-- {_PLACE}", f'-- "{url_variable(endpoint_of(exchange.case))}"'), note


def _comment(text: str) -> str:
    return " ".join(visible(text).split())


def _variables(auth: Mapping[str, str]) -> str:
    names = {
        "basic": "SPEKE_USER and SPEKE_PASSWORD",
        "digest": "SPEKE_USER and SPEKE_PASSWORD",
        "bearer": "SPEKE_TOKEN",
        "header": auth.get("header", "").partition("=")[2],
        "sigv4": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the region",
    }.get(auth.get("kind", ""), "")
    return f", and {names} to the credentials" if names else ""


def _head(answer: AnswerRecord) -> str:
    lines = [f"{answer.http_version} {answer.status} {answer.reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    return "\n".join(_comment(line) for line in lines) + "\n"
