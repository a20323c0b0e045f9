"""Cases and requests for tests: written as YAML, read and built as a run does."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from lxml import etree

from conformance.cases import Seed, build_request, resolve_plan
from conformance.cases.certificates import KeyRing
from conformance.cases.features import FEATURES
from conformance.cases.loader import read_case_file
from conformance.checks import load_checks
from conformance.cpix.xml import CPIX, DS
from conformance.model import Case, Claims, HttpRequest, Step

NS = {"cpix": CPIX, "ds": DS}
RING = KeyRing()
"""One ring for all tests: making RSA keys takes longer than everything else."""

ALL = Claims(
    frozenset({"2.0", "2.1"}),
    frozenset(
        {
            ("widevine", "cenc"),
            ("widevine", "cbcs"),
            ("playready", "cenc"),
            ("playready", "cbcs"),
            ("fairplay", "cbcs"),
            ("clearkey-aes-128", "cbc1"),
        }
    ),
    FEATURES | {"key-encryption"},
)


def read(folder: Path, text: str, name: str = "topic/file.yaml") -> tuple[Case, ...]:
    """The cases of a file with that text."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return read_case_file(path, folder, load_checks()).cases


def one(folder: Path, step: str, *, version: str = "2.0") -> Step:
    """The step of a case of one step; `step` is the YAML of its fields."""
    fields = "\n".join(f"      {line}" for line in dedent(step).strip().splitlines())
    head = f'- id: A-CASE\n  title: a title\n  why: a reason\n  versions: ["{version}"]\n  steps:\n    - id: ask\n'
    (case,) = read(folder, head + fields + "\n")
    return case.steps[0]


def built(step: Step, *, claims: Claims = ALL, seed: Seed | None = None, name: str = "A-CASE-2.0") -> HttpRequest:
    """The step's request, as it would be sent."""
    plan = resolve_plan(step.plan, claims)
    certificates = RING.certificate_texts(recipient.name for recipient in plan.recipients)
    return build_request(step, plan, name, seed or Seed("tests"), "http://127.0.0.1/speke", certificates).http


def tree(request: HttpRequest) -> etree._Element:
    """The request's body, parsed."""
    return etree.fromstring(request.body)


def texts(root: etree._Element, path: str) -> list[str]:
    """What an XPath finds, as texts: attribute values, or element names."""
    found = root.xpath(path, namespaces=NS)
    assert isinstance(found, list)
    return [str(etree.QName(item).localname) if isinstance(item, etree._Element) else str(item) for item in found]
