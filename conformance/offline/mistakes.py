"""Mistakes of whoever gives a capture: each is told in one sentence, before anything is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from conformance.catalogue.yamlfile import DataError
from conformance.cpix.errors import DecodeError
from conformance.cpix.reader import Cpix, read
from conformance.cpix.xml import CPIX, SPEKE
from conformance.offline.captures.message import Message
from conformance.run.profile import Profile

_V1 = "{" + SPEKE + "}"


def refuse_mistakes(asked: Message, came: Message, request: Cpix | None, places: tuple[str, str]) -> None:
    """Raise DataError where the two halves cannot be what they are given as."""
    if request is None:
        return
    answer = _document(came.body or b"")
    for place, sentence in _mistakes(asked, came, request, answer):
        raise DataError(places[place], sentence)


def refuse_profile(profile: Profile, version: str, place: str) -> None:
    """Raise DataError where a profile has nothing to say about a SPEKE version."""
    if profile.claims is not None and version not in profile.claims.versions:
        judged = " and ".join(sorted(profile.claims.versions))
        raise DataError(
            place,
            f"the request is of SPEKE {version}, and the profile {profile.name} judges {judged}; "
            f"take another profile (--profile speke-{version}), or give the other pair",
        )


def _mistakes(asked: Message, came: Message, request: Cpix, answer: Cpix | None) -> Iterator[tuple[int, str]]:
    alone = not asked.as_sent
    if alone and asked.body == came.body:
        if _holds_keys(request):
            yield 0, "request and answer are the same document, an answer; give the request as it was sent"
        elif came.headers is None:
            yield 1, "request and answer are the same document, a request; give the answer as it came back"
    if alone and _holds_keys(request):
        if answer is not None and not _holds_keys(answer) and _is_empty(answer):
            yield 0, "the request holds content keys and the answer none: they look swapped; swap them"
        yield 0, "the request holds content keys, so it is an answer; give the request as it was sent"
    if _is_v1(request):
        yield 0, "this is a request of SPEKE v1, and only SPEKE v2 is judged here; give a pair of SPEKE 2.0 or 2.1"
    if answer is not None and _is_of_another(request, answer):
        yield (
            1,
            "this is the answer to another request: contentId, all KIDs and the contract differ; give the one that "
            "belongs to this request",
        )


def _document(body: bytes) -> Cpix | None:
    try:
        return read(body)
    except DecodeError:
        return None


def _holds_keys(document: Cpix) -> bool:
    return any(any(key.plain_values) or key.encrypted for key in document.content_keys)


def _is_empty(document: Cpix) -> bool:
    """Whether no placeholder for DRM data is filled."""
    return not any(
        value.text
        for drm in document.drm_systems
        for value in (*drm.pssh, *drm.content_protection, *drm.hls, *drm.smooth)
    )


def _is_v1(request: Cpix) -> bool:
    """Whether the request names its content by id and has neither version nor contentId, as SPEKE v1 has it."""
    if request.version is not None or request.content_id is not None or request.rules:
        return False
    elements = (str(element.tag) for element in request.element.iter())
    return request.id is not None or any(tag.startswith(_V1) or tag == f"{{{CPIX}}}URIExtXKey" for tag in elements)


def _is_of_another(request: Cpix, answer: Cpix) -> bool:
    asked, came = _kids(request), _kids(answer)
    # What an answer lacks it has lost, which is for the checks; only what it has instead tells of another request.
    return (
        bool(asked and came and answer.content_id and answer.rules)
        and request.content_id != answer.content_id
        and not asked & came
        and _contract(request) != _contract(answer)
    )


def _kids(document: Cpix) -> set[str]:
    return {key.kid.lower() for key in document.content_keys if key.kid}


def _contract(document: Cpix) -> Counter[tuple[object, ...]]:
    """The rules without what names a key or a period: two requests of one preset have the same contract."""
    return Counter(
        (
            rule.intended_track_type,
            tuple(
                (one.kind, tuple(sorted(one.attributes.items())))
                for one in rule.filters
                if one.kind != "KeyPeriodFilter"
            ),
        )
        for rule in document.rules
    )
