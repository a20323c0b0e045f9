"""From a plan to the CPIX request document, in the child order of the CPIX schema, and to the HTTP request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from conformance.cases.defects import NOBODY, RequestDraft, apply_defects
from conformance.cases.identity import Identity, Seed
from conformance.cases.style import serialize, style_tree
from conformance.cases.template import fill_template
from conformance.catalogue import load_catalogue
from conformance.catalogue.lists import SIGNALLING
from conformance.cpix.xml import CPIX, DS, PSKC
from conformance.model import CPIX_VERSION, HttpRequest, Plan, PlannedFilter, Step
from conformance.model.headers import SPEKE_VERSION

Certificates = Mapping[str, str]
"""Recipient name -> the text that goes into ds:X509Certificate."""

FILTER_ORDER = ("KeyPeriodFilter", "LabelFilter", "VideoFilter", "AudioFilter", "BitrateFilter")


@dataclass(frozen=True, slots=True)
class BuiltRequest:
    """A request that is ready to be sent, and whose content it asks for."""

    http: HttpRequest
    identity: Identity


def build_request(
    step: Step, plan: Plan, name: str, seed: Seed, url: str, certificates: Certificates, listener: str = NOBODY
) -> BuiltRequest:
    """The HTTP request of a step: the plan's document with the step's defects, and the two SPEKE headers.

    `name` is the case's identity: contents and KIDs are derived from it, the plan's content label and the seed.
    `listener` is the address at which the run listens, for requests that lure the server there.
    """
    identity = seed.identity(name, plan.content)
    headers = [
        ("Content-Type", "application/xml"),
        (SPEKE_VERSION, plan.speke_version or plan.version),
        ("Accept", "*/*"),
    ]
    if plan.accept_encoding != "unsaid":
        headers.append(("Accept-Encoding", plan.accept_encoding))
    if plan.template:
        text = fill_template(plan, identity, certificates)
        draft = RequestDraft(None, text, headers)
    else:
        root = build_document(plan, identity, certificates)
        draft = RequestDraft(style_tree(root, dict(plan.style)), None, headers)
    period = plan.periods[0].label if plan.periods else ""
    apply_defects(draft, step.defects, identity, period, listener, plan.version)
    body = draft.bytes(lambda tree: serialize(tree, dict(plan.style)))
    place = plain_http(url) if plan.transport == "plain-http" else url
    connection = f"kept by {name}" if plan.connection == "kept" else plan.connection
    if connection == "any" and step.expect.kind != "accepted":
        # Whatever may be refused closes its connection anyway; and what a server says of the rest of another request
        # could be taken for the refusal of this one.
        connection = "fresh"
    http = HttpRequest(draft.method, place, tuple(draft.headers), body, plan.credentials, connection)
    return BuiltRequest(http, identity)


def plain_http(url: str) -> str:
    """The same place by http: port 80 instead of 443, and any other port as it is."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, 443) else f":{parts.port}"
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return parts._replace(scheme="http", netloc=f"{host}{port}").geturl()


def build_document(plan: Plan, identity: Identity, certificates: Certificates) -> etree._Element:
    """The request document as a tree, before style and defects."""
    catalogue = load_catalogue()
    kid = _kid_text(plan)
    content_id = plan.content_id.replace("{id}", identity.content_id) if plan.content_id else identity.content_id
    nsmap = {"cpix": CPIX, "pskc": PSKC}
    if plan.recipients:
        nsmap["ds"] = DS
    root = etree.Element(f"{{{CPIX}}}CPIX", nsmap=nsmap)
    root.set("contentId", content_id)
    root.set("version", plan.cpix_version or CPIX_VERSION[plan.version])

    if plan.recipients:
        deliveries = _child(root, "DeliveryDataList")
        for number, recipient in enumerate(plan.recipients, 1):
            delivery = _child(deliveries, "DeliveryData", id=f"recipient{number}")
            data = etree.SubElement(_child(delivery, "DeliveryKey"), f"{{{DS}}}X509Data")
            etree.SubElement(data, f"{{{DS}}}X509Certificate").text = certificates[recipient.name]

    labels = [period.label for period in plan.periods] or [""]
    keys = [(number, label) for label in labels for number in range(len(plan.rules))]
    suffixes = {period.label: period.suffix for period in plan.periods}
    key_list = _child(root, "ContentKeyList")
    for at, (number, label) in enumerate(keys):
        key = _child(key_list, "ContentKey", kid=kid(identity, number, label))
        if plan.explicit_iv == "all" or (plan.explicit_iv == "first" and at == 0):
            key.set("explicitIV", identity.iv(number, label))
        key.set("commonEncryptionScheme", plan.scheme)

    drm_list = _child(root, "DRMSystemList")
    for number, label in keys:
        for name in plan.systems:
            system = catalogue.systems.get(name)
            drm = _child(
                drm_list, "DRMSystem", kid=kid(identity, number, label), systemId=system.system_id if system else name
            )
            _placeholders(drm, plan.signalling, system.signalling if system else SIGNALLING)

    if plan.periods:
        period_list = _child(root, "ContentKeyPeriodList")
        for period in plan.periods:
            _child(period_list, "ContentKeyPeriod", id=identity.period_id(period.label), **dict(period.attributes))

    rule_list = _child(root, "ContentKeyUsageRuleList")
    for number, label in keys:
        rule = plan.rules[number]
        element = _child(
            rule_list,
            "ContentKeyUsageRule",
            kid=kid(identity, number, label),
            intendedTrackType=rule.track_type + suffixes.get(label, ""),
        )
        if label:
            _child(element, "KeyPeriodFilter", periodId=identity.period_id(label))
        for item in sorted(rule.filters, key=_filter_rank):
            _child(element, item.kind, **dict(item.attributes))
    return root


def _placeholders(drm: etree._Element, wanted: frozenset[str], taken: tuple[str, ...]) -> None:
    if "pssh" in wanted and "pssh" in taken:
        _child(drm, "PSSH")
    if "content-protection" in wanted and "content-protection" in taken:
        _child(drm, "ContentProtectionData")
    if "hls" in wanted and "hls" in taken:
        _child(drm, "HLSSignalingData", playlist="media")
        _child(drm, "HLSSignalingData", playlist="master")
    if "smooth" in wanted and "smooth" in taken:
        _child(drm, "SmoothStreamingProtectionHeaderData")


def _kid_text(plan: Plan) -> Callable[[Identity, int, str], str]:
    upper = dict(plan.style).get("uppercase-kids") == "yes"

    def text(identity: Identity, number: int, label: str) -> str:
        kid = str(identity.kid(number, label, plan.kids[number % len(plan.kids)] if plan.kids else ""))
        return kid.upper() if upper else kid

    return text


def _filter_rank(item: PlannedFilter) -> int:
    return FILTER_ORDER.index(item.kind) if item.kind in FILTER_ORDER else len(FILTER_ORDER)


def _child(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{CPIX}}}{name}", attributes)
