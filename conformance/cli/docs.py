"""`docs`: the pages and schemas that are generated from the code, and whether the committed ones are fresh."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from conformance.authoring.schemas import SCHEMAS, file_name, schema_text
from conformance.cli.command import Command
from conformance.cli.common import checkout
from conformance.faultmatrix.baseline import set_up
from conformance.faultmatrix.checks_page import checks_page
from conformance.results.reader import schema
from conformance.wire.errors import OptionError


def declare(parser: argparse.ArgumentParser) -> None:
    """Options: what becomes of them."""
    parser.add_argument("--write", action="store_true", help="write them into docs/ of this checkout")
    parser.add_argument("--check", action="store_true", help="fail if one of them is out of date")
    parser.add_argument("--schema", choices=tuple(SCHEMAS), help="print one schema, for an editor")


def run(options: argparse.Namespace) -> int:
    """Name the generated files, or write or check them; 1 where one is out of date."""
    if options.schema:
        print(schema_text(options.schema), end="")
        return 0
    home = checkout()
    if home is None:
        raise OptionError("docs/ belongs to a checkout; only --schema NAME works without one.")
    stale = 0
    for name, text in generated().items():
        path = home / name
        fresh = path.is_file() and path.read_text(encoding="utf-8") == text
        if options.write and not fresh:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        print(f"{name}: {'fresh' if fresh else 'written' if options.write else 'out of date'}")
        stale += not fresh
    if options.check and stale:
        print("run speke-conformance docs --write")
    return 1 if options.check and stale else 0


def generated() -> Mapping[str, str]:
    """Path in the checkout -> what the file holds."""
    pages = {"docs/checks.md": checks_page(set_up())}
    pages["docs/schema/results.schema.json"] = json.dumps(schema(), indent=1) + "\n"
    return pages | {(Path("docs") / "schema" / file_name(name)).as_posix(): schema_text(name) for name in SCHEMAS}


COMMAND = Command("docs", "write the generated pages and the schemas for editors", declare, run)
