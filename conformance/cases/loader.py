"""Reads one file of cases: entries of kind case or family, written out over versions and matrices."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from conformance.cases.broken_rules import RULES
from conformance.cases.combinations import ArrayOptions, definite, merged, read_dimensions, variants
from conformance.cases.defect_rules import read_defects
from conformance.cases.expectations import read_expectation
from conformance.cases.features import check_need
from conformance.cases.plans import default_plan, read_plan, substituted
from conformance.cases.scalars import list_at
from conformance.cases.values import Choice, choices_of
from conformance.catalogue import UnknownName, load_catalogue
from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    Seq,
    expect_fields,
    expect_list,
    expect_map,
    expect_text,
    expect_texts,
    expect_word,
    load,
    nearest,
)
from conformance.model import VERSIONS, WHOLE_RUN, Case, Expectation, Place, Plan, Step


class KnownCheck(Protocol):
    """What a case has to know of a check: which expectations bring it by themselves."""

    @property
    def expects(self) -> frozenset[str]:
        """Kinds of expectation."""


CASE_REQUIRED = ("id", "title", "why", "steps")
CASE_OPTIONAL = ("versions", "needs", "tags", "for-each", "moment", "shared-content")
FAMILY_REQUIRED = ("family", "title", "why", "control", "cases")
FAMILY_OPTIONAL = ("versions", "needs", "tags")
MEMBER_REQUIRED = ("id", "title", "expect")
STEP_FIELDS = ("request", "defect", "expect", "requirement", "checks", "except", "also-breaks")
OF_STEPS = ("at-once",)
"""What only a step of a case may say."""
MOMENTS = ("start", "half", "end")
MEMBER_OPTIONAL = ("why", "needs", "tags", "versions", "for-each", *(name for name in STEP_FIELDS if name != "expect"))

TAGS = ("repetition", "optional", "stretch")
"""Words for cases that are left out where every case is repeated many times."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VARIABLE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True, slots=True)
class CaseFile:
    """One file of cases, relative to the folder it was found in."""

    path: Path
    shown: str
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class _Reader:
    path: str
    folder: Path
    home: Path
    shown: str
    area: str
    checks: Mapping[str, KnownCheck]
    options: ArrayOptions

    def case(self, entry: Map) -> list[Case]:
        expect_fields(entry, required=CASE_REQUIRED, optional=CASE_OPTIONAL, what="a case")
        cases = []
        names, choices = matrix_of(entry)
        for version in self.versions(entry):
            for chosen in itertools.product(*choices):
                texts = {name: text for name, (_, text) in zip(names, chosen, strict=True)}
                filled = substituted(entry, texts) if names else entry
                variant = "-".join((version, *(shown for shown, _ in chosen)))
                cases.append(self.one_case(filled, version, variant))
        if cases and cases[0].sends_nothing:
            # What stands for the whole run is there once, whatever versions the run is about.
            return [self.one_case(entry, VERSIONS[0], "")]
        return cases

    def one_case(self, entry: Map, version: str, variant: str) -> Case:
        shared = entry.get("shared-content") is True
        identity = f"{entry['id']}-{version if shared else variant}"
        steps: list[Step] = []
        raw_steps = expect_list(entry["steps"], entry.at("steps"), "steps")
        for raw, at in zip(raw_steps, raw_steps.places, strict=True):
            mapping = expect_map(raw, at, "a step")
            expect_fields(mapping, required=("id",), optional=(*STEP_FIELDS, *OF_STEPS), what="a step")
            step = self.step(mapping, version, steps)
            if step.id in (one.id for one in steps):
                raise DataError(mapping.at("id"), f"two steps of this case are named {step.id!r}")
            steps.append(step)
        if not steps:
            raise DataError(entry.at("steps"), "this case has no step, so nothing would ever be sent")
        if len({step.expect.kind == WHOLE_RUN for step in steps}) > 1:
            raise DataError(entry.at("steps"), f"a case of the {WHOLE_RUN} sends nothing, so all its steps are of it")
        case = self.made(entry, version, variant, tuple(steps), identity=identity)
        if "moment" not in entry:
            return case
        return replace(case, moment=expect_word(entry["moment"], MOMENTS, entry.at("moment"), "moment"))

    def combinations(self, entry: Map) -> list[Case]:
        """The rows of a covering array, each a case with one step."""

        def plan(request: Map, version: str) -> Plan:
            return read_plan(request, request.place, default_plan(version), self.folder, self.home)

        dimensions = read_dimensions(entry, self.options, plan)
        name = name_of(entry, "combinations")
        named = Map({**entry, "id": name})
        named.place, named.places = entry.place, entry.places
        rows, cases = dimensions.rows(), []
        for row, variant in zip(rows, variants(rows), strict=True):
            version = row["version"]
            raw = merged(list(dimensions.parts(row)))
            raw["id"] = "ask"
            step = self.step(raw, version, [])
            step = replace(step, plan=definite(step.plan, self.options))
            identity = f"{name}-shared" if dimensions.shares_content(row) else f"{name}-{variant}"
            case = self.made(named, version, variant, (step,), identity=identity)
            needs = (need for one, value in row.items() for need in dimensions.values[one][value].needs)
            unusual = (f"{one} {value}" for one, value in row.items() if value != next(iter(dimensions.values[one])))
            title = f"{case.title}: {', '.join(unusual) or 'the usual request'}"
            cases.append(replace(case, title=title, needs=tuple(dict.fromkeys(needs)), combination=tuple(row.items())))
        return cases

    def made(
        self, entry: Map, version: str, variant: str, steps: tuple[Step, ...], *, identity: str, group: str = ""
    ) -> Case:
        return Case(
            id=name_of(entry, "id"),
            title=expect_text(entry["title"], entry.at("title"), "title"),
            why=str(entry.get("why", "")),
            version=version,
            steps=steps,
            needs=tuple(check_need(need, entry.at("needs")) for need in _texts(entry, "needs")),
            area=self.area,
            variant=variant,
            group=group or f"{entry['id']}[{variant}]",
            identity=identity,
            tags=tuple(expect_word(tag, TAGS, entry.at("tags"), "tag") for tag in _texts(entry, "tags")),
            place=entry.place,
            path=self.path,
        )

    def versions(self, entry: Map) -> tuple[str, ...]:
        if "versions" not in entry:
            return VERSIONS
        at = entry.at("versions")
        found = tuple(expect_word(version, VERSIONS, at, "version") for version in _texts(entry, "versions"))
        if not found:
            raise DataError(at, "versions names no version, so nothing would ever be sent")
        return found

    def step(self, mapping: Map, version: str, earlier: list[Step]) -> Step:
        base, raw = default_plan(version), mapping.get("request", Map())
        known = {step.id: step.plan for step in earlier}
        for field in ("like", "follow"):
            if isinstance(raw, Map) and field in raw:
                name = expect_text(raw[field], raw.at(field), field)
                if name not in known:
                    raise DataError(raw.at(field), f"there is no earlier step {name!r}{nearest(name, known)}")
                base = known[name]
        plan = read_plan(raw, mapping.at("request"), base, self.folder, self.home) if "request" in mapping else base
        expect = read_expectation(mapping["expect"], mapping.at("expect")) if "expect" in mapping else ACCEPTED
        named = self.named(mapping)
        return Step(
            id=name_of(mapping, "id"),
            plan=plan,
            expect=expect,
            checks=named,
            without=self.excluded(mapping, named, expect),
            defects=read_defects(mapping["defect"], mapping.at("defect")) if "defect" in mapping else (),
            requirements=self.requirements(mapping),
            also_breaks=self.also_breaks(mapping),
            at_once=mapping.get("at-once") is True and bool(earlier),
        )

    def named(self, mapping: Map) -> tuple[str, ...]:
        """The checks that a step is there for."""
        if "checks" not in mapping:
            return ()
        items = expect_list(mapping["checks"], mapping.at("checks"), "checks")
        return tuple(dict.fromkeys(self.check(item, at) for item, at in zip(items, items.places, strict=True)))

    def excluded(self, mapping: Map, named: tuple[str, ...], expect: Expectation) -> dict[str, str]:
        """The checks that must not be asked at a step, each with its reason."""
        if "except" not in mapping:
            return {}
        given = expect_map(mapping["except"], mapping.at("except"), "except")
        for name, reason in given.items():
            at = given.at(name)
            self.check(name, at)
            if not isinstance(reason, str) or not reason.strip():
                raise DataError(at, f"except {name}: give the reason why it must not run here, in a sentence")
            if name in named:
                raise DataError(at, f"except {name}: this step exists for that very check, which is in its `checks`")
            if expect.kind in self.checks[name].expects:
                raise DataError(at, f"except {name}: without it nothing would show whether the step is {expect.kind}")
        return dict(given)

    def check(self, item: Any, place: Place) -> str:
        """The id of a check that exists."""
        if isinstance(item, Map):
            raise DataError(place, "an item of checks is the id of a check; all checks that apply run without a list")
        if not isinstance(item, str) or item not in self.checks:
            raise DataError(place, f"check {item!r} is not known{nearest(str(item), self.checks)}")
        return item

    def requirements(self, mapping: Map) -> tuple[str, ...]:
        if "requirement" not in mapping:
            return ()
        at = mapping.at("requirement")
        found = []
        for name in expect_texts(mapping["requirement"], at, "requirement"):
            try:
                found.append(load_catalogue().requirement(name).id)
            except UnknownName as error:
                raise DataError(at, str(error)) from None
        return tuple(found)

    def also_breaks(self, mapping: Map) -> tuple[tuple[str, str], ...]:
        if "also-breaks" not in mapping:
            return ()
        reasons = expect_map(mapping["also-breaks"], mapping.at("also-breaks"), "also-breaks")
        return tuple(
            (expect_word(name, RULES, reasons.at(name), "rule"), expect_text(reasons[name], reasons.at(name), name))
            for name in reasons
        )

    def family(self, entry: Map) -> list[Case]:
        expect_fields(entry, required=FAMILY_REQUIRED, optional=FAMILY_OPTIONAL, what="a family")
        name = name_of(entry, "family")
        cases = []
        for version in self.versions(entry):
            control_name, identity = f"{name}[{version}]", f"{name}-{version}"
            refuse_like(entry, "control")
            plan = read_plan(entry["control"], entry.at("control"), default_plan(version), self.folder, self.home)
            before = Step("before", plan, ACCEPTED)
            after = Step("after", plan, ACCEPTED, last=True)
            control = Map({**entry, "id": name})
            control.place, control.places = entry.place, entry.places
            cases.append(self.made(control, version, version, (before, after), identity=identity, group=control_name))
            members = expect_list(entry["cases"], entry.at("cases"), "cases")
            for raw, at in zip(members, members.places, strict=True):
                member = expect_map(raw, at, "a case of the family")
                expect_fields(member, required=MEMBER_REQUIRED, optional=MEMBER_OPTIONAL, what="a case of the family")
                if version not in self.versions(member):
                    continue
                names, choices = matrix_of(member)
                for chosen in itertools.product(*choices):
                    filled = substituted(member, {one: text for one, (_, text) in zip(names, chosen, strict=True)})
                    variant = "-".join((version, *(shown for shown, _ in chosen)))
                    cases.append(self.member(filled, entry, plan, version, variant, control_name, identity))
        return cases

    def member(
        self, entry: Map, family: Map, plan: Plan, version: str, variant: str, control: str, identity: str
    ) -> Case:
        refuse_like(entry, "request")
        own = plan
        if "request" in entry:
            own = read_plan(entry["request"], entry.at("request"), plan, self.folder, self.home)
        shared = Step("control", plan, ACCEPTED, use=f"{control}::before")
        expect = read_expectation(entry["expect"], entry.at("expect"))
        named = self.named(entry)
        ask = Step(
            id="ask",
            plan=own,
            expect=expect,
            checks=named,
            without=self.excluded(entry, named, expect),
            defects=read_defects(entry["defect"], entry.at("defect")) if "defect" in entry else (),
            requirements=self.requirements(entry),
            also_breaks=self.also_breaks(entry),
            defect_title=str(entry["title"]),
        )
        filled = Map({"why": family["why"], **entry})
        filled.place, filled.places = entry.place, entry.places
        if "needs" in family:
            filled["needs"] = list_at((*_texts(family, "needs"), *_texts(entry, "needs")), entry.at("needs"))
        if "tags" in family and "tags" not in entry:
            filled["tags"] = family["tags"]
        return self.made(filled, version, variant, (shared, ask), identity=identity, group=control)


ACCEPTED = Expectation("accepted")


def name_of(entry: Map, field: str) -> str:
    """The id in that field: it becomes part of node ids and content ids, so only plain characters may be in it."""
    name = expect_text(entry.get(field), entry.at(field), field)
    if not _ID.fullmatch(name):
        raise DataError(entry.at(field), f"the {field} {name!r} may hold only letters, digits, dots, - and _")
    return name


def matrix_of(entry: Map) -> tuple[list[str], list[tuple[Choice, ...]]]:
    """The names and the choices of `for-each`; every `${name}` outside the defects must be one of them."""
    names, choices = choices_of(entry)
    for used, place in variables_in(entry, entry.place):
        if used not in names:
            raise DataError(place, f"the variable ${{{used}}} is not in for-each{nearest(used, names)}")
    return names, choices


def variables_in(value: Any, place: Place) -> Iterator[tuple[str, Place]]:
    """The `${name}` in the texts of an entry with their places; defects have variables of their own."""
    if isinstance(value, str):
        yield from ((name, place) for name in _VARIABLE.findall(value))
    elif isinstance(value, Map):
        for key, item in value.items():
            if key != "defect":
                yield from variables_in(item, value.at(key))
    elif isinstance(value, Seq):
        for item, at in zip(value, value.places, strict=True):
            yield from variables_in(item, at)


def refuse_like(entry: Map, field: str) -> None:
    """Refuse `like` where there are no earlier steps."""
    raw = entry.get(field)
    for word in ("like", "follow"):
        if isinstance(raw, Map) and word in raw:
            raise DataError(raw.at(word), f"{word} names an earlier step of a case; a family has none")


def _texts(entry: Map, field: str) -> tuple[str, ...]:
    return expect_texts(entry[field], entry.at(field), field) if field in entry else ()


def read_case_file(
    path: Path, home: Path, known_checks: Mapping[str, KnownCheck], options: ArrayOptions | None = None
) -> CaseFile:
    """The cases of one file; DataError with file and line for whatever is wrong."""
    shown = str(path.relative_to(home.parent)) if path.is_relative_to(home.parent) else str(path)
    entries = expect_list(load(path, shown), Place(shown, 1), "a file of cases")
    area = path.relative_to(home).parts[0] if path.is_relative_to(home) and path.parent != home else path.stem
    root = home if path.is_relative_to(home) else path.parent
    reader = _Reader(str(path), path.parent, root, shown, area, known_checks, options or ArrayOptions())
    cases: list[Case] = []
    for entry, at in zip(entries, entries.places, strict=True):
        mapping = expect_map(entry, at, "an entry")
        if "family" in mapping:
            cases.extend(reader.family(mapping))
        elif "combinations" in mapping:
            cases.extend(reader.combinations(mapping))
        elif "id" in mapping:
            cases.extend(reader.case(mapping))
        else:
            raise DataError(at, "an entry has the field id (a case), family or combinations")
    return CaseFile(path, shown, tuple(cases))
