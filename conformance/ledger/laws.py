"""The laws: what holds between any two answers of a run, whatever cases they belong to. Pure: facts in, violations out.

Each violation names both exchanges. What one cause brings about a hundred times is said once, with the number.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from conformance.ledger.facts import ExchangeFacts, KeyFact, PayloadFact, ValueDigest
from conformance.model.quoted import excerpt

Facts = Sequence[ExchangeFacts]


@dataclass(frozen=True, slots=True)
class Violation:
    """Two exchanges that do not go together; `where` names the later one and `seen` the earlier one."""

    later: str
    earlier: str
    what: str
    """What of the later exchange it is about."""
    expected: str
    seen: str
    hint: str = ""


class NotDecided(Exception):
    """The law cannot be asked of these facts; the text is the reason."""


Law = Callable[[Facts], Iterable[Violation]]
Key = tuple[ExchangeFacts, KeyFact]


def _keys(facts: Facts) -> Iterator[Key]:
    return ((one, key) for one in facts for key in one.keys if key.value)


def _request(one: ExchangeFacts, key: KeyFact) -> tuple[Hashable, ...]:
    """What is the same where one endpoint is asked the same again; without its first member, where any is."""
    return one.endpoint, one.request, key.asked, key.scheme, key.indexes


# --- repetition


def keys_repeat(facts: Facts) -> Iterator[Violation]:
    """The same request gets the same keys from an endpoint, whenever it is sent."""
    _insist_on_same_kids(facts)
    first: dict[Hashable, Key] = {}
    for one, key in _keys(facts):
        if not key.asked:
            continue
        before, was = first.setdefault(_request(one, key), (one, key))
        if was.value != key.value and before is not one:
            yield Violation(
                one.place,
                before.place,
                f"content key of KID {key.kid}",
                f"the content key that the same request got in {before.place}",
                "another key",
                "a key must be stored or derived, not created for each request",
            )


def _insist_on_same_kids(facts: Facts, *, at_each: bool = True) -> None:
    """A server may answer with KIDs of its own; where they are new each time, keys cannot be compared by KID.

    `at_each`: at each endpoint by itself; else from one endpoint to the other as well.
    """
    first: dict[Hashable, tuple[ExchangeFacts, str]] = {}
    for one in facts:
        for key in one.keys:
            if key.asked:
                name = _request(one, key)[0 if at_each else 1 :]
                before, kid = first.setdefault(name, (one, key.kid))
                if kid != key.kid and before is not one:
                    raise NotDecided(
                        f"KID {key.asked} is answered as {kid} in {before.place} and as {key.kid} in {one.place}, "
                        "to the same request, so keys cannot be compared"
                    )


def _insist_on_repetition(facts: Facts) -> None:
    """One root cause for a server that makes up keys as it goes."""
    other = next(iter(keys_repeat(facts)), None)
    if other is not None:
        raise NotDecided(
            f"already the same request gets other keys ({other.earlier}, {other.later}), which run.keys-repeat reports"
        )


def ivs_repeat(facts: Facts) -> Iterator[Violation]:
    """An IV that was not asked for is the same when the request is repeated."""
    first: dict[Hashable, Key] = {}
    for one in facts:
        for key in one.keys:
            if not key.iv or not key.asked:
                continue
            before, was = first.setdefault(_request(one, key), (one, key))
            if was.iv != key.iv and before is not one:
                yield Violation(
                    one.place,
                    before.place,
                    f"explicitIV of KID {key.kid}",
                    f"the explicitIV that the same request got in {before.place}",
                    "another IV",
                    "two encryptors of one channel would use two IVs",
                )


# --- keys and KIDs


OTHER_ENDPOINT = "the endpoints do not share their keys: what fails over gets keys that no viewer has"


def one_key_for_one_kid(facts: Facts) -> Iterator[Violation]:
    """One key for one content, KID, period index and scheme, whatever else the requests differ in."""
    _insist_on_repetition(facts)
    _insist_on_same_kids(facts, at_each=False)
    first: dict[Hashable, Key] = {}
    for one, key in _keys(facts):
        for index in key.indexes or ("",):
            before, was = first.setdefault((one.content, key.kid, index, key.scheme), (one, key))
            # Two keys for one KID in one document are a finding of that exchange.
            if was.value != key.value and before is not one:
                yield Violation(
                    one.place,
                    before.place,
                    f"content key of KID {key.kid}",
                    f"the key that the same content, KID, period index and scheme got in {before.place}",
                    "another key",
                    "the key must not depend on anything else in which the two requests differ"
                    if one.endpoint == before.endpoint
                    else OTHER_ENDPOINT,
                )


def kids_have_own_keys(facts: Facts) -> Iterator[Violation]:
    """Different KIDs have different keys, in whatever answers they stand."""
    _insist_on_repetition(facts)
    first: dict[ValueDigest, Key] = {}
    for one, key in _keys(facts):
        if not key.telling:
            continue
        before, was = first.setdefault(key.value, (one, key))
        if was.kid != key.kid and before is not one:
            yield Violation(
                one.place,
                before.place,
                f"content key of KID {key.kid}",
                "a key of its own",
                f"the key of KID {was.kid} in {before.place}",
                "a licence for one of them opens the other as well",
            )


# --- keys where they must not be


def no_key_elsewhere(facts: Facts) -> Iterator[Violation]:
    """No key of the run stands outside its own PlainValue; what shows of keys in their own answer is reported there."""
    owners: dict[ValueDigest, Key] = {}
    for one, key in _keys(facts):
        if key.telling:
            owners.setdefault(key.value, (one, key))
    for one in facts:
        own = {key.value for key in one.keys}
        for sighting in one.sightings:
            owner = owners.get(sighting.value)
            if owner is not None and sighting.value not in own:
                home, key = owner
                yield Violation(
                    one.place,
                    home.place,
                    sighting.where,
                    "no content key outside its pskc:PlainValue",
                    f"the content key of KID {key.kid} from {home.place}",
                    "this place is public: it ends up in manifests, segments and logs",
                )


# --- payloads and answers of others


def payloads_own(facts: Facts) -> Iterator[Violation]:
    """No payload is ready-made: one that shows one KID, or a KID that its document does not hold, is for one key."""
    first: dict[Hashable, tuple[ExchangeFacts, PayloadFact]] = {}
    for one in facts:
        held = set(one.answered_kids)
        for payload in one.payloads:
            strangers = bool(set(payload.shown) - held)
            if not payload.shown or not (strangers or len(set(payload.shown)) == 1):
                continue
            name = (payload.system, payload.kind, payload.value)
            before, was = first.setdefault(name, (one, payload))
            if before is one:
                continue  # within one document it is a finding of that exchange
            elsewhere = strangers and one.content != before.content
            if was.owner != payload.owner or elsewhere:
                yield Violation(
                    one.place,
                    before.place,
                    payload.where,
                    f"a payload made for KID {payload.owner}",
                    f"the same bytes as for KID {was.owner} in {before.place}; they show KID {payload.shown[0]}",
                    "a ready-made payload?",
                )


def answers_own(facts: Facts) -> Iterator[Violation]:
    """Each answer belongs to its own request: it has neither the contentId nor the KIDs of another content."""
    asking: dict[str, ExchangeFacts] = {}
    contents: dict[str, set[str]] = {}
    homes: dict[str, ExchangeFacts] = {}
    for one in facts:
        if one.content:
            asking.setdefault(one.content, one)
        for kid in one.kids:
            contents.setdefault(kid, set()).add(one.content)
            homes.setdefault(kid, one)
    for one in facts:
        other = asking.get(one.answered_content)
        if other is not None and one.answered_content != one.content and not _altered(one):
            yield Violation(
                one.place,
                other.place,
                "/CPIX/@contentId",
                excerpt(one.content, 80),
                f"the contentId of {other.place}",
            )
        for kid in one.answered_kids:
            if kid not in one.kids and one.content not in contents.get(kid, {one.content}):
                yield Violation(
                    one.place,
                    homes[kid].place,
                    "/CPIX/ContentKeyList",
                    "the KIDs of the request",
                    f"KID {kid}, which only {homes[kid].place} asks for",
                )
                break


def _altered(one: ExchangeFacts) -> bool:
    """Whether the answered contentId is recognisably made from the asked one: then it is changed, not another's."""
    first, second = one.content.lower(), one.answered_content.lower()
    return first in second or second in first


LAWS: dict[str, Law] = {
    "run.keys-repeat": keys_repeat,
    "run.one-key-for-one-kid": one_key_for_one_kid,
    "run.kids-have-own-keys": kids_have_own_keys,
    "run.no-key-elsewhere": no_key_elsewhere,
    "run.payloads-made-for-their-key": payloads_own,
    "run.answers-belong-to-requests": answers_own,
    "run.ivs-repeat": ivs_repeat,
}
"""By the id of the check that asks it."""
