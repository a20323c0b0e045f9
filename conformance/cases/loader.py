"""Reads one file of cases: entries of kind case or family, written out over versions and matrices."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.cases.bundles import Bundles
from conformance.cases.defects import OPERATIONS
from conformance.cases.expectations import read_expectation
from conformance.cases.plans import default_plan, read_plan, substituted
from conformance.catalogue import UnknownName, load_catalogue
from conformance.catalogue.yamlfile import (
    DataError,
    Map,
    expect_fields,
    expect_list,
    expect_map,
    expect_text,
    expect_texts,
    expect_word,
    load,
    nearest,
)
from conformance.model import VERSIONS, Case, Expectation, Place, Plan, Step

CASE_REQUIRED = ("id", "title", "why", "steps")
CASE_OPTIONAL = ("versions", "needs", "tags", "for-each")
FAMILY_REQUIRED = ("family", "title", "why", "control", "cases")
MEMBER_REQUIRED = ("id", "title", "expect")
MEMBER_OPTIONAL = ("why", "needs", "tags", "defect", "request", "requirement", "checks", "versions")
STEP_FIELDS = ("request", "defect", "expect", "requirement", "checks")

CONTROL_BUNDLE, AFTER_BUNDLE, REFUSED_BUNDLE = "accepted.control", "accepted.after", "refused"


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
    shown: str
    area: str
    bundles: Bundles
    checks: Collection[str]

    def case(self, entry: Map) -> list[Case]:
        expect_fields(entry, required=CASE_REQUIRED, optional=CASE_OPTIONAL, what="a case")
        cases = []
        matrix = expect_map(entry["for-each"], entry.at("for-each"), "for-each") if "for-each" in entry else {}
        names = list(matrix)
        choices = [expect_texts(matrix[name], matrix.at(name), name) for name in names]  # type: ignore[attr-defined]
        for version in self.versions(entry):
            for chosen in itertools.product(*choices):
                values = dict(zip(names, chosen, strict=True))
                filled = substituted(entry, values) if values else entry
                variant = "-".join((version, *(value.replace(" ", "+") for value in chosen)))
                cases.append(self.one_case(filled, version, variant))
        return cases

    def one_case(self, entry: Map, version: str, variant: str) -> Case:
        identity = f"{entry['id']}-{variant}"
        steps: list[Step] = []
        raw_steps = expect_list(entry["steps"], entry.at("steps"), "steps")
        for raw, at in zip(raw_steps, raw_steps.places, strict=True):
            mapping = expect_map(raw, at, "a step")
            expect_fields(mapping, required=("id",), optional=STEP_FIELDS, what="a step")
            steps.append(self.step(mapping, version, steps))
        return self.made(entry, version, variant, tuple(steps), identity=identity)

    def made(
        self, entry: Map, version: str, variant: str, steps: tuple[Step, ...], *, identity: str, group: str = ""
    ) -> Case:
        return Case(
            id=expect_text(entry.get("id"), entry.place, "id"),
            title=expect_text(entry["title"], entry.at("title"), "title"),
            why=str(entry.get("why", "")),
            version=version,
            steps=steps,
            needs=expect_texts(entry["needs"], entry.at("needs"), "needs") if "needs" in entry else (),
            area=self.area,
            variant=variant,
            group=group or f"{entry['id']}[{variant}]",
            identity=identity,
            tags=expect_texts(entry["tags"], entry.at("tags"), "tags") if "tags" in entry else (),
            place=entry.place,
            path=self.path,
        )

    def versions(self, entry: Map) -> tuple[str, ...]:
        if "versions" not in entry:
            return VERSIONS
        at = entry.at("versions")
        return tuple(
            expect_word(version, VERSIONS, at, "version") for version in expect_texts(entry["versions"], at, "versions")
        )

    def step(self, mapping: Map, version: str, earlier: list[Step]) -> Step:
        base, raw = default_plan(version), mapping.get("request", Map())
        if isinstance(raw, Map) and "like" in raw:
            known = {step.id: step.plan for step in earlier}
            name = raw["like"]
            if name not in known:
                raise DataError(raw.at("like"), f"there is no earlier step {name!r}{nearest(str(name), known)}")
            base = known[name]
        plan = read_plan(raw, mapping.at("request"), base, self.folder) if "request" in mapping else base
        return Step(
            id=expect_text(mapping["id"], mapping.at("id"), "the step's id"),
            plan=plan,
            expect=read_expectation(mapping["expect"], mapping.at("expect")) if "expect" in mapping else ACCEPTED,
            checks=self.asked(mapping),
            defects=self.defects(mapping),
            requirements=self.requirements(mapping),
        )

    def asked(self, mapping: Map, default: str = "") -> tuple[str, ...]:
        if "checks" in mapping:
            return self.bundles.expand(mapping["checks"], mapping.at("checks"), self.checks)
        return self.bundle(default, mapping.place) if default else ()

    def bundle(self, name: str, place: Place) -> tuple[str, ...]:
        if name not in self.bundles.lists:
            raise DataError(place, f"the bundle {name!r} that families need is not defined in bundles.yaml")
        return self.bundles.lists[name]

    def defects(self, mapping: Map) -> tuple[Mapping[str, object], ...]:
        if "defect" not in mapping:
            return ()
        found: list[Mapping[str, object]] = []
        items = expect_list(mapping["defect"], mapping.at("defect"), "defect")
        for item, at in zip(items, items.places, strict=True):
            one = expect_map(item, at, "a defect")
            for name, argument in one.items():
                expect_word(name, OPERATIONS, one.at(name), "operation")
                fields = OPERATIONS[name]
                if fields is not None:
                    given = expect_map(argument, one.at(name), f"the operation {name}")
                    for field in fields:
                        if field not in given:
                            raise DataError(one.at(name), f"the operation {name} lacks the field {field!r}")
            found.append(one)
        return tuple(found)

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

    def family(self, entry: Map) -> list[Case]:
        expect_fields(entry, required=FAMILY_REQUIRED, optional=("versions", "needs", "tags"), what="a family")
        name = expect_text(entry["family"], entry.at("family"), "family")
        cases = []
        for version in self.versions(entry):
            control_name, identity = f"{name}[{version}]", f"{name}-{version}"
            plan = read_plan(entry["control"], entry.at("control"), default_plan(version), self.folder)
            before = Step("before", plan, ACCEPTED, self.bundle(CONTROL_BUNDLE, entry.place))
            after = Step("after", plan, ACCEPTED, self.bundle(AFTER_BUNDLE, entry.place), last=True)
            control = Map({**entry, "id": name})
            control.place, control.places = entry.place, entry.places
            cases.append(self.made(control, version, version, (before, after), identity=identity, group=control_name))
            members = expect_list(entry["cases"], entry.at("cases"), "cases")
            for raw, at in zip(members, members.places, strict=True):
                member = expect_map(raw, at, "a case of the family")
                expect_fields(member, required=MEMBER_REQUIRED, optional=MEMBER_OPTIONAL, what="a case of the family")
                if version in self.versions(member):
                    cases.append(self.member(member, entry, plan, version, control_name, identity))
        return cases

    def member(self, entry: Map, family: Map, plan: Plan, version: str, control: str, identity: str) -> Case:
        own = read_plan(entry["request"], entry.at("request"), plan, self.folder) if "request" in entry else plan
        shared = Step("control", plan, ACCEPTED, (), use=f"{control}::before")
        ask = Step(
            id="ask",
            plan=own,
            expect=read_expectation(entry["expect"], entry.at("expect")),
            checks=self.asked(entry, REFUSED_BUNDLE),
            defects=self.defects(entry),
            requirements=self.requirements(entry),
            defect_title=str(entry["title"]),
        )
        filled = Map({"why": family["why"], **entry})
        filled.place, filled.places = entry.place, entry.places
        if "needs" in family:
            shared_needs = expect_texts(family["needs"], family.at("needs"), "needs")
            own_needs = expect_texts(entry["needs"], entry.at("needs"), "needs") if "needs" in entry else ()
            filled["needs"] = _listed((*shared_needs, *own_needs), entry)
        if "tags" in family and "tags" not in entry:
            filled["tags"] = family["tags"]
        return self.made(filled, version, version, (shared, ask), identity=identity, group=control)


ACCEPTED = Expectation("accepted")


def _listed(words: tuple[str, ...], entry: Map) -> Any:
    from conformance.catalogue.yamlfile import Seq

    items = Seq(words)
    items.place, items.places = entry.place, [entry.place] * len(words)
    return items


def read_case_file(path: Path, home: Path, bundles: Bundles, known_checks: Collection[str]) -> CaseFile:
    """The cases of one file; DataError with file and line for whatever is wrong."""
    shown = str(path.relative_to(home.parent)) if path.is_relative_to(home.parent) else str(path)
    entries = expect_list(load(path, shown), Place(shown, 1), "a file of cases")
    area = path.relative_to(home).parts[0] if path.is_relative_to(home) and path.parent != home else path.stem
    reader = _Reader(str(path), path.parent, shown, area, bundles, known_checks)
    cases: list[Case] = []
    for entry, at in zip(entries, entries.places, strict=True):
        mapping = expect_map(entry, at, "an entry")
        if "family" in mapping:
            cases.extend(reader.family(mapping))
        elif "id" in mapping:
            cases.extend(reader.case(mapping))
        else:
            raise DataError(at, "an entry is a case (it has an id) or a family (it has the field family)")
    return CaseFile(path, shown, tuple(cases))
