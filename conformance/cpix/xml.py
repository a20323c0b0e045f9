"""Reads XML from a stranger: what is not plain, bounded UTF-8 XML without a DOCTYPE is refused with a reason.

A key server's answer is not trusted. The order of the gates matters: bytes, encoding and DOCTYPE are looked at before
libxml2 sees anything, because entity text in attributes and default attributes cannot be switched off afterwards.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from lxml import etree

from conformance.cpix.encoding import DECLARATION, ENCODING, contradiction, declared, decoded_text
from conformance.cpix.errors import DecodeError

CPIX = "urn:dashif:org:cpix"
PSKC = "urn:ietf:params:xml:ns:keyprov:pskc"
ENC = "http://www.w3.org/2001/04/xmlenc#"
DS = "http://www.w3.org/2000/09/xmldsig#"
SPEKE = "urn:aws:amazon:com:speke"

# The white space of XML; Python's own str.strip() would also eat characters that a value must not contain.
SPACE = " \t\r\n"

_BOM = b"\xef\xbb\xbf"
_WRAPPER_OPEN, _WRAPPER_CLOSE = b"<fragment>\n", b"\n</fragment>"
_PREFIXES = {CPIX: "", PSKC: "pskc:", ENC: "enc:", DS: "ds:", "http://www.w3.org/XML/1998/namespace": "xml:"}

# Comments, CDATA and processing instructions: markup inside them is text.
_CLOSED_BY = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_READ_OVER = {b"<!--": "comment()", b"<?": "processing-instruction()"}
_OPENER = re.compile(rb"<!--|<!\[CDATA\[|<\?|<!DOCTYPE")
_NAMES_OF_UTF8 = frozenset({"utf-8", "us-ascii", "ascii"})
_PLACE_IN_MESSAGE = re.compile(r",? line \d+, column \d+.*$", re.DOTALL)
# Rules of libxml2 that the XML recommendations do not have: xml:id values, namespace names that are no URI.
_PECULIARITIES = frozenset(
    {
        etree.ErrorTypes.DTD_XMLID_VALUE,
        etree.ErrorTypes.DTD_XMLID_TYPE,
        etree.ErrorTypes.DTD_ID_REDEFINED,
        etree.ErrorTypes.WAR_NS_URI,
        etree.ErrorTypes.WAR_NS_URI_RELATIVE,
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much XML is looked at: bytes of the body, elements in all, nesting depth, attributes of one element."""

    max_bytes: int = 1 << 20
    max_elements: int = 20_000
    max_depth: int = 32
    max_attributes: int = 64


DOCUMENT_LIMITS = Limits()
FRAGMENT_LIMITS = Limits(max_bytes=1 << 18, max_elements=2_000, max_depth=32, max_attributes=64)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The root element of a document, and whether a UTF-8 byte order mark stood before it."""

    root: etree._Element
    bom: bool


@dataclass(frozen=True, slots=True)
class Fragment:
    """The top elements of a standalone fragment, and what else was found around them.

    ``text`` is the stripped character data beside the top elements (normally empty); ``bom``, ``declaration`` and
    ``comments`` tell of a byte order mark, an XML declaration and comments, all of which were read over.
    """

    roots: tuple[etree._Element, ...]
    bom: bool
    declaration: bool
    comments: bool
    text: str


def parse(body: bytes, *, max_bytes: int = DOCUMENT_LIMITS.max_bytes, limits: Limits = DOCUMENT_LIMITS) -> Parsed:
    """Parse a whole document from bytes of which nothing is known.

    Raises DecodeError: ``xml.empty``, ``xml.too-large``, ``xml.wrong-bytes`` (not the encoding that is declared),
    ``xml.not-utf8`` (another encoding, told as XML wants it), ``xml.nul``, ``xml.declared-encoding``,
    ``xml.doctype``, ``xml.malformed``, ``xml.unbound-prefix``, ``xml.parser-peculiarity`` (well-formed, but libxml2
    does not take it), ``xml.too-deep``, ``xml.too-many-elements``, ``xml.too-many-attributes``.
    """
    plain = _gate(body, max_bytes, "xml", "the body")
    if not plain.strip():
        raise DecodeError("xml.empty", "the body is empty", expected="an XML document", found=f"{len(body)} bytes")
    root = _parse_plain(plain, "xml", line_offset=0)
    _measure(root, limits, "xml")
    return Parsed(root=root, bom=body.startswith(_BOM))


def parse_fragment(data: bytes, *, limits: Limits = FRAGMENT_LIMITS) -> Fragment:
    """Parse a fragment that has to stand on its own: one or several elements that declare their own prefixes.

    Raises DecodeError with the codes of ``parse`` under the topic ``fragment`` (``fragment.unbound-prefix`` for a
    prefix that nothing declares), and ``fragment.no-element`` where there is no element at all.
    """
    plain = _gate(data, limits.max_bytes, "fragment", "the fragment")
    declaration = DECLARATION.match(plain.lstrip())
    inner = plain.lstrip()[declaration.end() :] if declaration else plain
    wrapper = _parse_plain(_WRAPPER_OPEN + inner + _WRAPPER_CLOSE, "fragment", line_offset=1)
    _measure(wrapper, limits, "fragment", wrapped=1)
    roots = tuple(wrapper)
    text = "".join([wrapper.text or "", *(root.tail or "" for root in roots)]).strip(SPACE)
    if not roots:
        raise DecodeError(
            "fragment.no-element",
            "the fragment holds no XML element",
            expected="at least one element",
            found="text only" if text else "nothing",
        )
    for root in roots:
        wrapper.remove(root)
    return Fragment(
        roots=roots,
        bom=data.startswith(_BOM),
        declaration=declaration is not None,
        comments=any(opener == b"<!--" for opener, _, _ in _special_markup(inner)),
        text=text,
    )


def interrupted_values(body: bytes) -> tuple[str, ...]:
    """The places of the values that a comment or a processing instruction stands in, of a document that ``parse`` took.

    A value is the text of an element without children. Many readers take it only up to the comment; ours, which reads
    over comments, would not notice.
    """
    plain = body.removeprefix(_BOM)
    if not any(opener in (b"<!--", b"<?") for opener, at, _ in _special_markup(plain) if at > 0):
        return ()
    root = _parse_plain(plain, "xml", line_offset=0, keep_comments=True)
    holders = dict.fromkeys(node.getparent() for node in root.iter(etree.Comment, etree.ProcessingInstruction))
    return tuple(where(holder) for holder in holders if holder is not None and _is_value(holder))


def read_over(body: bytes) -> Iterator[tuple[str, str]]:
    """What ``parse`` reads over: each comment and processing instruction, as a step of an XPath, with its text."""
    plain = body.removeprefix(_BOM)
    for opener, start, end in _special_markup(plain):
        if opener in _READ_OVER:
            yield _READ_OVER[opener], plain[start + len(opener) : end].decode("utf-8", "replace")


def _is_value(holder: etree._Element) -> bool:
    if next(holder.iterchildren("*"), None) is not None:
        return False
    return bool("".join([holder.text or "", *(child.tail or "" for child in holder)]).strip(SPACE))


def where(element: etree._Element, attribute: str | None = None) -> str:
    """The place of an element (or of one of its attributes) as a readable XPath.

    CPIX elements have no prefix, ``pskc:``, ``enc:`` and ``ds:`` are spelled out, others read ``{uri}local``. A
    number is given only where several siblings have the same name. ``attribute`` is a name as lxml has it.
    """
    above = [element, *element.iterancestors()]
    _numbers.begin(above[-1])
    steps = [local_name(above[-1])]
    for parent, node in pairwise(reversed(above)):
        number = _numbers.of(node, parent)
        steps.append(f"{local_name(node)}[{number}]" if number else local_name(node))
    if attribute is not None:
        steps.append("@" + _attribute_name(attribute))
    return "/" + "/".join(steps)


def local_name(element: etree._Element) -> str:
    """The name of an element as people read it: ``pskc:Secret``, ``no-namespace:CPIX``, ``{uri}local``."""
    return _readable(str(element.tag), nameless="no-namespace:")


def _gate(body: bytes, max_bytes: int, topic: str, what: str) -> bytes:
    """Everything that is decided on bytes alone; returns the bytes without a byte order mark."""
    if len(body) > max_bytes:
        raise DecodeError(
            f"{topic}.too-large",
            f"{what} has {len(body)} bytes; more than {max_bytes} are not read",
            expected=f"at most {max_bytes} bytes",
            found=f"{len(body)} bytes",
        )
    # Of a fragment it says enough that it is not UTF-8: it stands in a document that tells no other encoding.
    contradicted, offset = contradiction(body) if topic == "xml" and _may_contradict(body) else ("", None)
    if contradicted:
        raise DecodeError(
            f"{topic}.wrong-bytes",
            f"{what} is not what it is said to be: {contradicted}",
            offset=offset,
            expected="bytes of the encoding that is declared, UTF-8 where none is",
            found=contradicted,
        )
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(body, topic, what, error.start, error.reason) from None
    plain = body.removeprefix(_BOM)
    nul = plain.find(b"\x00")
    if nul >= 0 and topic == "xml" and plain[:2] in (b"<\0", b"\0<"):
        raise _not_utf8(body, topic, what, nul, "UTF-16 without a byte order mark")
    if nul >= 0:
        raise DecodeError(
            f"{topic}.nul",
            f"{what} has a NUL at byte {nul}, which XML does not allow; UTF-16 or UTF-32 looks like this",
            offset=nul,
            expected="UTF-8 text",
            found="a NUL byte",
        )
    _refuse_other_encoding(plain, topic, what)
    _refuse_doctype(plain, topic, what)
    return plain


def _may_contradict(body: bytes) -> bool:
    """Whether there is anything to look at: plain UTF-8 that declares nothing else is what nearly every body is."""
    named = declared(body.removeprefix(_BOM)).lower()
    return named not in ("", "utf-8") or b"\0" in body[:4] or not _is_utf8(body)


def _is_utf8(body: bytes) -> bool:
    return body.isascii() or decoded_text(body, "utf-8") is not None


def _not_utf8(body: bytes, topic: str, what: str, at: int, reason: str) -> DecodeError:
    return DecodeError(
        f"{topic}.not-utf8",
        f"{what} is not UTF-8: {_foreign_encoding(body) or reason} at byte {at}",
        offset=at,
        expected="UTF-8",
        found=_foreign_encoding(body) or f"byte 0x{body[at]:02X}",
    )


def _foreign_encoding(body: bytes) -> str:
    return "a UTF-16 byte order mark" if body[:2] in (b"\xff\xfe", b"\xfe\xff") else ""


def _refuse_other_encoding(plain: bytes, topic: str, what: str) -> None:
    declaration = DECLARATION.match(plain)
    named = ENCODING.search(declaration.group()) if declaration else None
    if named is None:
        return
    name = named.group(1).decode("utf-8")
    if name.lower() not in _NAMES_OF_UTF8:
        raise DecodeError(
            f"{topic}.declared-encoding",
            f"{what} declares the encoding {name!r}; only UTF-8 is read",
            offset=named.start(1),
            expected="UTF-8",
            found=name,
        )


def _refuse_doctype(plain: bytes, topic: str, what: str) -> None:
    at = next((start for opener, start, _ in _special_markup(plain) if opener == b"<!DOCTYPE"), None)
    if at is None:
        return
    line = plain.count(b"\n", 0, at) + 1
    column = at - (plain.rfind(b"\n", 0, at) + 1) + 1
    raise DecodeError(
        f"{topic}.doctype",
        f"{what} has a DOCTYPE at line {line}, column {column}; it is refused because entities can hide in it",
        offset=at,
        expected="no DOCTYPE",
        found="<!DOCTYPE",
    )


def _special_markup(plain: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Comments, CDATA sections, instructions and DOCTYPEs with the offsets of begin and end, in one linear pass.

    One regular expression with lazy bodies would be quadratic on a body full of openers that nothing closes.
    """
    at = 0
    while (opener := _OPENER.search(plain, at)) is not None:
        closer = _CLOSED_BY.get(opener.group())
        end = opener.end() if closer is None else plain.find(closer, opener.end())
        yield opener.group(), opener.start(), end if end >= 0 else len(plain)
        if end < 0:
            return
        at = end


def _parse_plain(plain: bytes, topic: str, *, line_offset: int, keep_comments: bool = False) -> etree._Element:
    parser = etree.XMLParser(
        encoding="UTF-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=not keep_comments,
        remove_pis=not keep_comments,
    )
    try:
        root = etree.fromstring(plain, parser)
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error, topic, line_offset) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise DecodeError(f"{topic}.doctype", "the XML has a DOCTYPE", expected="no DOCTYPE", found="<!DOCTYPE")
    return root


def _syntax_error(error: etree.XMLSyntaxError, topic: str, line_offset: int) -> DecodeError:
    line, column = error.position
    line = max(line - line_offset, 1)
    reason = _PLACE_IN_MESSAGE.sub("", error.msg or "not well-formed")
    place = f"line {line}, column {column}"
    code = getattr(error, "code", 0)
    if code == etree.ErrorTypes.NS_ERR_UNDEFINED_NAMESPACE:
        return DecodeError(
            f"{topic}.unbound-prefix",
            f"a prefix is used that nothing declares at {place}: {reason}",
            expected="every prefix declared with xmlns",
            found=reason,
        )
    if code in _PECULIARITIES:
        return DecodeError(
            f"{topic}.parser-peculiarity",
            f"libxml2 does not accept this XML at {place}: {reason}",
            expected="XML that common parsers read",
            found=reason,
        )
    if "depth" in reason.lower():
        return DecodeError(
            f"{topic}.too-deep", f"elements are nested too deeply at {place}", expected="shallow XML", found=reason
        )
    return DecodeError(
        f"{topic}.malformed",
        f"not well-formed XML at {place}: {reason}",
        expected="well-formed XML",
        found=reason,
    )


def _measure(root: etree._Element, limits: Limits, topic: str, *, wrapped: int = 0) -> None:
    depth = elements = -wrapped
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        elements += 1
        # keys() is linear; items() is quadratic in libxml2 and would hand a stranger seconds of our time.
        attributes = len(element.keys())
        line = (element.sourceline or 1) - wrapped
        if depth > limits.max_depth:
            raise _beyond(topic, "too-deep", "nesting levels", limits.max_depth, line, element)
        if elements > limits.max_elements:
            raise _beyond(topic, "too-many-elements", "elements", limits.max_elements, line, element)
        if attributes > limits.max_attributes:
            raise _beyond(topic, "too-many-attributes", "attributes at a time", limits.max_attributes, line, element)


def _beyond(topic: str, code: str, unit: str, limit: int, line: int, element: etree._Element) -> DecodeError:
    return DecodeError(
        f"{topic}.{code}",
        f"more than {limit} {unit} at line {line}, element {local_name(element)}",
        expected=f"at most {limit} {unit}",
        found="more",
    )


class _Numbers(threading.local):
    """The numbers of siblings of the same name in the document that was asked about last.

    Counted once for all children of an element, or very many siblings would cost the square of their number. Of one
    document only, because a kept element keeps its document in memory.
    """

    def __init__(self) -> None:
        self._root: etree._Element | None = None
        self._known: dict[etree._Element, tuple[etree._Element, dict[etree._Element, int]]] = {}
        """Element -> its last child, and the number of each child among those of its name."""

    def begin(self, root: etree._Element) -> None:
        """Forget what belongs to another document."""
        if root is not self._root:
            self._root, self._known = root, {}

    def of(self, element: etree._Element, parent: etree._Element) -> int:
        """Its number, from 1; 0 where it is the only one of its name."""
        last, numbers = self._known.get(parent, (None, {}))
        if last is not parent[-1] or element not in numbers:
            numbers = _numbered(parent)
            self._known[parent] = (parent[-1], numbers)
        return numbers.get(element, 0)


def _numbered(parent: etree._Element) -> dict[etree._Element, int]:
    counts: Counter[str] = Counter()
    numbers: dict[etree._Element, int] = {}
    for child in parent:
        counts[str(child.tag)] += 1
        numbers[child] = counts[str(child.tag)]
    return {child: number if counts[str(child.tag)] > 1 else 0 for child, number in numbers.items()}


_numbers = _Numbers()


def _attribute_name(name: str) -> str:
    return _readable(name, nameless="")


@lru_cache(maxsize=1024)
def _readable(name: str, *, nameless: str) -> str:
    qualified = etree.QName(name)
    if qualified.namespace is None:
        return nameless + qualified.localname
    prefix = _PREFIXES.get(qualified.namespace)
    return name if prefix is None else prefix + qualified.localname
