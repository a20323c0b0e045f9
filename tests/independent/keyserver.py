"""The second key server: a request in, an answer out."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID
from xml.etree.ElementTree import Element

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.independent.contract import (
    require_permitted_levels,
    require_some_contract,
    require_sound_contract,
    require_whole_references,
)
from tests.independent.habits import Habits
from tests.independent.sealing import Sealer, public_key
from tests.independent.signalling import CPC, FAIRPLAY, ROBUSTNESS, SCHEMES, Signaller, Subject
from tests.independent.wish import (
    C,
    Key,
    Refusal,
    Wish,
    children,
    keys_of,
    parse,
    plain,
    recipients_of,
    rules_of,
    systems_of,
)

PAIRS = {"2.0": "2.3", "2.1": "2.4"}
NAME = "second-opinion/1"
MASTER = b"the master secret of the second server"
TOKEN = "second"
COMMON_SCHEMES = {"cenc", "cens", "cbc1", "cbcs"}
HLS_METHODS = {"AES-128", "SAMPLE-AES", "SAMPLE-AES-CTR"}

Pairs = list[tuple[str, str]]
Answer = tuple[int, Pairs, bytes]


class KeyServer:
    """Keeps nothing between requests: every key follows from the master secret, the content and the KID."""

    def __init__(self, habits: Habits) -> None:
        self._habits = habits
        folder = FileSystemLoader(Path(__file__).with_name("templates"))
        self._templates = Environment(
            loader=folder,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            autoescape=lambda name: name is None or ".xml" in name,
        )
        self._signaller = Signaller(habits, self._templates)

    def answer(self, method: str, headers: Iterable[tuple[str, str]], body: bytes) -> Answer:
        """Status, headers and body."""
        given = {name.lower(): value for name, value in headers}
        if given.get("authorization") != f"Bearer {TOKEN}":
            return 401, [("www-authenticate", "Bearer"), ("content-type", "text/plain")], b"Who is it?"
        if method != "POST":
            return 405, [("allow", "POST"), ("content-type", "text/plain")], b"POST, please."
        if b"<!DOCTYPE" in body:
            return 403, [("content-type", "text/html")], b"<html><h1>Blocked by the gateway</h1></html>"
        try:
            wish = self._read(given, body)
            document = self._write(wish)
        except Refusal as why:
            text = self._templates.get_template(self._habits.refusal).render(message=str(why))
            return self._habits.refusal_status, [("content-type", self._habits.refusal_type)], text.encode()
        kept = [("content-type", self._habits.content_type), ("x-speke-version", wish.version)]
        return 200, [*kept, ("x-speke-user-agent", NAME), ("vary", "accept-encoding")], document.encode()

    # --- reading

    def _read(self, headers: dict[str, str], body: bytes) -> Wish:
        version = headers.get("x-speke-version", "")
        if version not in PAIRS:
            raise Refusal("Unsupported SPEKE version" if version else "This server speaks SPEKE v2 only.")
        root = parse(body)
        _require_identity(root, PAIRS[version])
        require_some_contract(root)
        keys = keys_of(root)
        _require_schemes(keys, version)
        lists = {child.tag.removeprefix(C): plain(child) for child in root if child.tag.startswith(C)}
        periods = children(root, "ContentKeyPeriodList", "ContentKeyPeriod", needed=False)
        wish = Wish(
            version,
            {name: value for name, value in plain(root).items() if name != "id"},
            keys,
            systems_of(root),
            rules_of(root),
            None if periods is None else [plain(one) for one in periods],
            recipients_of(root),
            lists,
        )
        for system in wish.systems:
            if system.system not in SCHEMES:
                raise Refusal(f"The DRM system {system.attributes['systemId']} is not served here.")
            if keys[0].scheme not in SCHEMES[system.system]:
                at = system.attributes["systemId"]
                raise Refusal(f"ContentKey@commonEncryptionScheme non compatible with DRMSystem {at}")
        require_sound_contract(wish, by_period=self._habits.tells_periods_apart)
        require_whole_references(wish)
        require_permitted_levels(wish)
        return wish

    # --- writing

    def _write(self, wish: Wish) -> str:
        content, scheme = wish.root["contentId"], wish.keys[0].scheme
        kids = {key.number: self._kid(content, key.number) for key in wish.keys}
        values = {key.number: _secret("key", content, key.number) for key in wish.keys}
        pairs = [(kids[key.number], values[key.number]) for key in wish.keys]
        # The players of Apple take the IV from the licence, and somebody has to put it there.
        own_iv = self._habits.own_iv or any(one.system == FAIRPLAY for one in wish.systems)
        subjects = {
            key.number: Subject(kids[key.number], values[key.number], _iv(key, content, own_iv), scheme, content, pairs)
            for key in wish.keys
        }
        sealer = None if wish.recipients is None else Sealer()
        receivers = [(one, public_key(one.certificate)) for one in wish.recipients or ()]
        keys = [
            {
                "attributes": self._named(key.attributes, kids[key.number]) | _iv_of(subjects[key.number]),
                "plain": b64encode(values[key.number]).decode(),
                "sealed": sealer and sealer.content_key(values[key.number]),
                "hdcp": _hdcp(wish, key.number) if wish.version == "2.1" else None,
            }
            for key in wish.keys
        ]
        systems = []
        for one in wish.systems:
            filled = ((name, self._signaller.fill(one.system, name, subjects[one.number])) for name in one.wants)
            attributes = self._named(one.attributes, kids[one.number])
            attributes["systemId"] = self._uuid(one.system)
            if wish.version == "2.1" and one.system in CPC and "HLSSignalingDatamedia" in one.wants:
                attributes["HLSAllowedCPC"] = CPC[one.system]
            robust = ROBUSTNESS.get(one.system) if wish.version == "2.1" else None
            systems.append({"attributes": attributes, "fields": [pair for pair in filled if pair[1]], "robust": robust})
        rules = [
            {"attributes": self._named(rule.attributes, kids[rule.number]), "filters": rule.filters}
            for rule in wish.rules
        ]
        return self._templates.get_template(self._habits.document).render(
            wish=wish,
            keys=keys,
            systems=systems,
            rules=rules,
            deliveries=[
                (one, sealer.document_key_for(key), sealer.mac_key_for(key)) for one, key in receivers if sealer
            ],
        )

    def _kid(self, content: str, number: UUID) -> UUID:
        return UUID(bytes=_secret("kid", content, number), version=4) if self._habits.new_kids else number

    def _named(self, attributes: dict[str, str], kid: UUID) -> dict[str, str]:
        return attributes | {"kid": self._uuid(kid)}

    def _uuid(self, number: UUID) -> str:
        return str(number).upper() if self._habits.shout else str(number)


def _require_identity(root: Element, version: str) -> None:
    if not root.get("contentId"):
        raise Refusal("Missing CPIX@contentId")
    if not root.get("version"):
        raise Refusal("Missing CPIX@version")
    if root.get("version") != version:
        raise Refusal("Unsupported CPIX@version")


def _require_schemes(keys: list[Key], version: str) -> None:
    for key in keys:
        if not key.scheme:
            at = key.attributes["kid"]
            raise Refusal(f"Missing ContentKey@commonEncryptionScheme for KID {at}")
    if len({key.scheme for key in keys}) > 1:
        raise Refusal("Non compliant ContentKey@commonEncryptionScheme combination")
    if keys[0].scheme not in (COMMON_SCHEMES | HLS_METHODS if version == "2.1" else COMMON_SCHEMES):
        raise Refusal(f"Nobody defines the commonEncryptionScheme {keys[0].scheme}.")


def _secret(purpose: str, content: str, number: UUID) -> bytes:
    text = f"{purpose}/{number}/{content}".encode()
    return hmac.new(MASTER, text, hashlib.sha256).digest()[:16]


def _iv(key: Key, content: str, own: bool) -> bytes | None:
    given = key.attributes.get("explicitIV")
    if given:
        return b64decode(given)
    return _secret("iv", content, key.number) if own or given == "" else None


def _iv_of(subject: Subject) -> dict[str, str]:
    return {} if subject.iv is None else {"explicitIV": b64encode(subject.iv).decode()}


def _hdcp(wish: Wish, number: UUID) -> dict[str, str] | None:
    """The output protection of pictures by their size; none for sound."""
    video = [
        values for rule in wish.rules if rule.number == number for kind, values in rule.tracks if kind == "VideoFilter"
    ]
    if not video:
        return None
    least = max(int(values.get("minPixels", "0")) for values in video)
    level, value = ("TYPE-1", "2.2") if least > 1920 * 1080 else ("TYPE-0", "1.4")
    fragment = (
        '<OutputProtection xmlns="urn:mpeg:dash:schema:mpd:2011" '
        f'schemeIdUri="urn:mpeg:dash:output-protection:hdcp:2020" value="{value}"/>'
    )
    return {"level": level, "fragment": b64encode(fragment.encode()).decode()}
