"""The hardened parse: every attack that is known is refused with its own code, harmless variety is not."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.cpix.errors import DecodeError
from conformance.cpix.xml import (
    CPIX,
    DOCUMENT_LIMITS,
    PSKC,
    interrupted_values,
    local_name,
    parse,
    parse_fragment,
    read_over,
    where,
)

PEOPLE = '<?xml version="1.0" encoding="{0}"?><a>\u00e9</a>'


def refusal(body: bytes) -> DecodeError:
    with pytest.raises(DecodeError) as caught:
        parse(body)
    return caught.value


ATTACKS = {
    "external entity": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>', "xml.doctype"),
    "external http entity": (b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]><a>&x;</a>', "xml.doctype"),
    "external DTD": (b'<!DOCTYPE a SYSTEM "file:///etc/hostname"><a/>', "xml.doctype"),
    "entity in text": (b'<!DOCTYPE a [<!ENTITY x "boo">]><a>&x;</a>', "xml.doctype"),
    "entity in an attribute": (b'<!DOCTYPE a [<!ENTITY x "boo">]><a b="&x;"/>', "xml.doctype"),
    "default attribute": (b'<!DOCTYPE a [<!ATTLIST a b CDATA "boo">]><a/>', "xml.doctype"),
    "billion laughs": (
        b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>',
        "xml.doctype",
    ),
    "DOCTYPE after a comment and an instruction": (b"<!-- > --><?x <!-- ?>\n<!DOCTYPE a><a/>", "xml.doctype"),
    "undefined entity": (b"<a>&x;</a>", "xml.malformed"),
    "nesting 33": (b"<a>" * 33 + b"</a>" * 33, "xml.too-deep"),
    "nesting 300": (b"<a>" * 300 + b"</a>" * 300, "xml.too-deep"),
    "nesting 100 000": (b"<a>" * 100_000 + b"</a>" * 100_000, "xml.too-deep"),
    "huge text": (b"<a>" + b"x" * (12 << 20) + b"</a>", "xml.too-large"),
    "huge attribute": (b'<a b="' + b"x" * (12 << 20) + b'"/>', "xml.too-large"),
    "many siblings": (b"<a>" + b"<b/>" * 20_000 + b"</a>", "xml.too-many-elements"),
    "many attributes": (
        b"<a " + b" ".join(b'a%d=""' % n for n in range(50_000)) + b"/>",
        "xml.too-many-attributes",
    ),
    "duplicate attribute": (b'<a b="1" b="2"/>', "xml.malformed"),
    "duplicate attribute by two prefixes": (b'<a xmlns:p="u:x" xmlns:q="u:x" p:b="1" q:b="2"/>', "xml.malformed"),
    "unbound prefix": (b"<a><p:b/></a>", "xml.unbound-prefix"),
    "unbound attribute prefix": (b'<a p:b=""/>', "xml.unbound-prefix"),
    "UTF-16": (PEOPLE.format("UTF-16").encode("utf-16"), "xml.not-utf8"),
    "UTF-16 that declares UTF-8": ("<a>x</a>".encode("utf-16-le"), "xml.wrong-bytes"),
    "UTF-32": (PEOPLE.format("UTF-32").encode("utf-32-be"), "xml.not-utf8"),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-', "xml.declared-encoding"),
    "Latin-1": (PEOPLE.format("ISO-8859-1").encode("latin-1"), "xml.not-utf8"),
    "Latin-1 declared over ASCII": (b"<?xml version='1.0' encoding='latin-1'?><a/>", "xml.declared-encoding"),
    "UTF-16LE without a mark, declared": (
        "<?xml version='1.0' encoding='UTF-16LE'?><a/>".encode("utf-16-le"),
        "xml.not-utf8",
    ),
    "UTF-16 with a mark, undeclared": ("<a>x</a>".encode("utf-16"), "xml.not-utf8"),
    "windows-1252": ("<?xml version='1.0' encoding='windows-1252'?><a>\u20ac</a>".encode("cp1252"), "xml.not-utf8"),
    "an encoding that nobody knows": (b"<?xml version='1.0' encoding='x-mine'?><a>\xff</a>", "xml.not-utf8"),
    "overlong UTF-8": (b"<a>\xc0\xbc</a>", "xml.wrong-bytes"),
    "overlong UTF-8, declared": (b"<?xml version='1.0' encoding='UTF-8'?><a>\xe0\x80\xbc</a>", "xml.wrong-bytes"),
    "a surrogate in UTF-8": (b"<a>\xed\xa0\x80</a>", "xml.wrong-bytes"),
    "UTF-8 cut inside a character": (b"<a>\xc3</a>", "xml.wrong-bytes"),
    "Latin-1 undeclared": (PEOPLE.format("UTF-8").encode("latin-1"), "xml.wrong-bytes"),
    "ASCII declared, more sent": (PEOPLE.format("US-ASCII").encode(), "xml.wrong-bytes"),
    "UTF-16 only in the declaration": (b"<?xml version='1.0' encoding='utf-16'?><a/>", "xml.wrong-bytes"),
    "UTF-16 only in the declaration, with a mark of UTF-8": (
        b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-16'?><a/>",
        "xml.wrong-bytes",
    ),
    "UTF-16 that declares UTF-8, with a mark": (
        "<?xml version='1.0' encoding='UTF-8'?><a/>".encode("utf-16"),
        "xml.wrong-bytes",
    ),
    "UTF-16 of odd length": ("<a>x</a>".encode("utf-16") + b"\x00", "xml.wrong-bytes"),
    "Shift JIS that is none": (b"<?xml version='1.0' encoding='Shift_JIS'?><a>\x81\xff</a>", "xml.wrong-bytes"),
    "a coding of Python that is no encoding": (b"<?xml version='1.0' encoding='rot13'?><a>\xff</a>", "xml.not-utf8"),
    "NUL": (b"<a>\x00</a>", "xml.nul"),
    "NUL as a reference": (b"<a>&#0;</a>", "xml.malformed"),
    "XML 1.1 control character": (b'<?xml version="1.1"?><a>&#1;</a>', "xml.malformed"),
    "trailing junk": (b"<a/>junk", "xml.malformed"),
    "blank before the declaration": (b' <?xml version="1.0"?><a/>', "xml.malformed"),
    "two roots": (b"<a/><b/>", "xml.malformed"),
    "cut in the middle": (b"<a><b>", "xml.malformed"),
    "duplicate xml:id": (b'<a><b xml:id="x"/><b xml:id="x"/></a>', "xml.parser-peculiarity"),
    "xml:id that is no name": (b'<a xml:id="1"/>', "xml.parser-peculiarity"),
    "namespace that is no URI": (b'<a xmlns="not a uri"/>', "xml.parser-peculiarity"),
    "a URL": (b"http://127.0.0.1:9/", "xml.malformed"),
    "a path": (b"/etc/hostname", "xml.malformed"),
    "nothing": (b"", "xml.empty"),
    "blanks only": (b" \r\n", "xml.empty"),
    "a byte order mark only": (b"\xef\xbb\xbf", "xml.empty"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack_is_refused(name: str) -> None:
    body, code = ATTACKS[name]
    error = refusal(body)
    assert error.code == code
    assert error.message and error.expected and error.found and len(error.message) < 400


def test_place_of_a_mistake_is_told() -> None:
    assert "line 3, column" in refusal(b"<a>\n <b>\n </c>\n</a>").message
    assert "line 2, column 3" in refusal(b"<!-- -->\n  <!DOCTYPE a><a/>").message
    assert refusal(b"<a>\xff</a>").offset == 3


def test_doctype_as_text_is_text() -> None:
    body = b"<!-- <!DOCTYPE x> --><a><![CDATA[<!DOCTYPE y>]]><?p <!DOCTYPE z>?></a>"
    assert parse(body).root.text == "<!DOCTYPE y>"


@pytest.mark.parametrize("opener", [b"<!--", b"<![CDATA[", b"<?", b"<!DOCTYPE", b"<!-- -->"])
def test_openers_without_end_cost_linear_time(opener: bytes) -> None:
    body = b"<a>" + opener * ((DOCUMENT_LIMITS.max_bytes - 100) // len(opener)) + b"<!DOCTYPE"
    started = time.process_time()
    with pytest.raises(DecodeError):
        parse(body)
    with pytest.raises(DecodeError):
        parse_fragment(body[: 1 << 18])
    assert time.process_time() - started < 5


def test_no_file_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.dtd"
    secret.write_text('<!ATTLIST a b CDATA "stolen">')
    assert refusal(f'<!DOCTYPE a SYSTEM "{secret.as_uri()}"><a/>'.encode()).code == "xml.doctype"


def test_comments_and_instructions_do_not_split_values() -> None:
    assert parse(b"<a>AA<!-- x -->BB<?y z?>CC<![CDATA[DD]]></a>").root.text == "AABBCCDD"


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (b"<a><b>QU<!-- x -->FB</b></a>", 1),
        (b"<a><b><!-- x -->QUFB</b></a>", 1),
        (b"<a><b>QUFB<?x y?></b></a>", 1),
        (b"<a><b>QUFB<?x y?><!-- z --></b><b>QQ<!-- w --></b></a>", 2),
        (b"<a><!-- x --><b>QUFB</b><!-- y --></a>", 0),
        (b"<?xml version='1.0'?><!-- x --><a><b>QUFB</b></a><!-- y -->", 0),
        (b"<a><b><!-- nothing else --></b></a>", 0),
        (b"<a>text <!-- beside elements --><b>QUFB</b></a>", 0),
        (b"<a><b><![CDATA[QU<!-- no comment -->]]></b></a>", 0),
    ],
)
def test_what_stands_inside_a_value_is_told(body: bytes, places: int) -> None:
    assert len(interrupted_values(body)) == places


def test_comments_and_instructions_are_told_wherever_they_stand() -> None:
    body = b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><a>t<!--y--><b><![CDATA[<!-- no -->]]></b></a><?z w?>"
    assert list(read_over(body)) == [
        ("processing-instruction()", "xml version='1.0'"),
        ("comment()", " x "),
        ("comment()", "y"),
        ("processing-instruction()", "z w"),
    ]


def test_many_comments_cost_linear_time() -> None:
    started = time.perf_counter()
    assert len(interrupted_values(b"<a><b>" + b"Q<!---->" * 60_000 + b"</b></a>")) == 1
    assert time.perf_counter() - started < 5


def test_byte_order_mark_is_accepted_and_noted() -> None:
    assert parse(b"\xef\xbb\xbf<?xml version='1.0' encoding='utf-8'?><a/>").bom
    assert not parse(b"<a/>").bom


def test_names_are_expanded_whatever_the_prefix() -> None:
    assert parse(f'<x:CPIX xmlns:x="{CPIX}"/>'.encode()).root.tag == f"{{{CPIX}}}CPIX"


def test_limits_are_inclusive() -> None:
    assert parse(b"<a>" * 32 + b"</a>" * 32).root.tag == "a"
    assert parse(b"<a/>", max_bytes=4).root.tag == "a"
    with pytest.raises(DecodeError, match="5 bytes"):
        parse(b"<ab/>", max_bytes=4)


@given(st.binary(max_size=200) | st.text(alphabet="<>/ab:=\"'&;!-[]?x \n\u00e9DOCTYPE", max_size=60).map(str.encode))
@settings(deadline=None, max_examples=150)
def test_arbitrary_bytes_raise_decode_errors_only(body: bytes) -> None:
    for reader in (parse, parse_fragment):
        try:
            reader(body)
        except DecodeError as error:
            assert error.code.partition(".")[0] in {"xml", "fragment"}


# Fragments


def fragment_refusal(data: bytes) -> str:
    with pytest.raises(DecodeError) as caught:
        parse_fragment(data)
    return caught.value.code


def test_fragment_with_several_roots() -> None:
    fragment = parse_fragment(b'<p:a xmlns:p="u:p">AA</p:a>\n<b xmlns="u:q"/>\n')
    assert [root.tag for root in fragment.roots] == ["{u:p}a", "{u:q}b"]
    assert (fragment.bom, fragment.declaration, fragment.comments, fragment.text) == (False, False, False, "")
    assert where(fragment.roots[0]) == "/{u:p}a"


def test_fragment_oddities_are_flagged() -> None:
    fragment = parse_fragment(b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><a/>stray<b/>")
    assert (fragment.bom, fragment.declaration, fragment.comments, fragment.text) == (True, True, True, "stray")
    assert len(fragment.roots) == 2


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<cenc:pssh>AA</cenc:pssh>", "fragment.unbound-prefix"),
        (b"<!DOCTYPE a><a/>", "fragment.doctype"),
        (b"just text", "fragment.no-element"),
        (b"", "fragment.no-element"),
        (b"</fragment><a/><fragment>", "fragment.malformed"),
        (b"<a>", "fragment.malformed"),
        (b"<a/><!-- ", "fragment.malformed"),
        (b"\xff", "fragment.not-utf8"),
        (b"<a/>\x00", "fragment.nul"),
        (b"<?xml version='1.0' encoding='UTF-16'?><a/>", "fragment.declared-encoding"),
        (b"<a>" * 33 + b"</a>" * 33, "fragment.too-deep"),
        (b"<a/>" * 2_001, "fragment.too-many-elements"),
        (b"<a/>" * (1 << 17), "fragment.too-large"),
    ],
)
def test_fragment_that_cannot_be_read(data: bytes, code: str) -> None:
    assert fragment_refusal(data) == code


def test_fragment_limits_do_not_count_the_wrapper() -> None:
    assert parse_fragment(b"<a>" * 32 + b"</a>" * 32).roots
    assert len(parse_fragment(b"<a/>" * 2_000).roots) == 2_000


def test_fragment_lines_are_its_own() -> None:
    with pytest.raises(DecodeError, match="line 2, "):
        parse_fragment(b"<a>\n</b>")


# Places


def test_where_numbers_only_what_needs_it() -> None:
    root = parse(
        f'<c:CPIX xmlns:c="{CPIX}" xmlns:k="{PSKC}" xmlns:o="u:o"><c:ContentKeyList><c:ContentKey/>'
        f'<c:ContentKey><k:Secret/><o:x/><y o:z="" xml:lang=""/></c:ContentKey></c:ContentKeyList></c:CPIX>'.encode()
    ).root
    key = root[0][1]
    assert where(root) == "/CPIX"
    assert where(key, "explicitIV") == "/CPIX/ContentKeyList/ContentKey[2]/@explicitIV"
    assert where(key[0]) == "/CPIX/ContentKeyList/ContentKey[2]/pskc:Secret"
    assert where(key[1]) == "/CPIX/ContentKeyList/ContentKey[2]/{u:o}x"
    assert where(key[2], "{u:o}z").endswith("/no-namespace:y/@{u:o}z")
    assert where(key[2], "{http://www.w3.org/XML/1998/namespace}lang").endswith("/@xml:lang")
    assert local_name(key[0]) == "pskc:Secret"
