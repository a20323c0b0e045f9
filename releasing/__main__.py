"""`make release`: builds, and writes everything that is published to dist/."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from releasing.distributions import build_twice, sha256
from releasing.levels import unnamed_changes
from releasing.page import release_page
from releasing.provenance import provenance
from releasing.refusal import Refusal
from releasing.sbom import bill_of_materials
from releasing.source import read_source

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str] | None = None) -> int:
    """Make a release of this checkout; 1 and one sentence where it cannot be made."""
    parser = argparse.ArgumentParser(prog="make release", description="Build a release of this checkout in dist/.")
    parser.add_argument(
        "--rehearse", action="store_true", help="allow a commit without tag and a changelog without date"
    )
    parser.add_argument("--output", type=Path, default=ROOT / "dist", metavar="DIR", help="where the files go")
    options = parser.parse_args(arguments)
    try:
        names = release(ROOT, options.output, rehearse=options.rehearse)
    except Refusal as refusal:
        print(f"make release: {refusal}", file=sys.stderr)
        return 1
    print("\n".join(f"{options.output / name}" for name in names))
    return 0


def release(root: Path, output: Path, *, rehearse: bool) -> list[str]:
    """Write the release; the names of its files. Nothing is written before everything is made."""
    if output.is_dir() and any(output.iterdir()):
        raise Refusal(f"{output} is not empty; remove what is in it.")
    source = read_source(root, rehearse=rehearse)
    unnamed = unnamed_changes(source)
    if unnamed:
        raise Refusal(
            f"CHANGELOG.md does not name these rules, which are new, gone or of another level since {source.previous}: "
            f"{', '.join(unnamed)}; add them with the sentence relied on."
        )
    built = build_twice(source)
    wheel = next(content for name, content in built.items() if name.endswith(".whl"))
    files = built | {"sbom.cdx.json": bill_of_materials(source, wheel)}
    files |= {"provenance.json": provenance(source, files)}
    page = release_page(source, files)
    files |= {"SHA256SUMS": "".join(f"{sha256(files[name])}  {name}\n" for name in sorted(files)).encode()}
    files |= {"RELEASE.md": page}
    output.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (output / name).write_bytes(content)
    return sorted(files)


if __name__ == "__main__":
    sys.exit(main())
