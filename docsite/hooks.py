"""What MkDocs does to our pages when it builds the site.

`docs/*.md` stay readable on a forge. The site differs in three ways: the two generated pages are split by topic,
pages from outside `docs/` are included, and other files that a page links to are copied.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = ("ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "examples/vendor/README.md")
SPLIT = {"checks": r"^## (?P<name>.+)$", "coverage": r"^## (?P<name>.+)$"}
"""Generated pages (`docs/NAME.md`), and the headings at which each is split."""

_LINK = re.compile(r"(?P<before>\]\()(?P<path>(?!\w+:|\./)[^)#\s]+)(?P<after>#[^)\s]*)?(?=\))")
_CODE = re.compile(r"^ *```.*?^ *```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the parts of the generated pages into the menu."""
    for name in SPLIT:
        menu = _menu(config.nav, f"{name}/index.md")
        menu += [{title: f"{name}/{slug}.md"} for slug, title, _ in _parts(name)]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Replace the generated pages by their parts; add pages and files from outside `docs/`."""
    for name in SPLIT:
        if whole := files.get_file_from_path(f"{name}.md"):
            files.remove(whole)
        files.append(File.generated(config, f"{name}/index.md", content=_index(name)))
        for slug, _, text in _parts(name):
            files.append(File.generated(config, f"{name}/{slug}.md", content=text))
    for name in OUTSIDE:
        files.append(File.generated(config, name, content=(ROOT / name).read_text(encoding="utf-8")))
    for page in files.documentation_pages():
        for link in _LINK.finditer(_CODE.sub("", page.content_string)):
            target = _target(page.src_uri, link["path"])
            if target and files.get_file_from_path(_place(target)) is None:
                files.append(File.generated(config, _place(target), abs_src_path=str(ROOT / target)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point the links of a page to where their targets are on the site."""
    here = posixpath.dirname(page.file.src_uri) or "."

    def moved(link: re.Match[str]) -> str:
        target = _target(page.file.src_uri, link["path"])
        path = link["path"] if target is None else posixpath.relpath(_place(target), here)
        return f"{link['before']}{path}{link['after'] or ''}"

    return _outside_code(markdown, lambda text: _LINK.sub(moved, text))


def _whole(name: str) -> tuple[str, list[re.Match[str]]]:
    """A generated page, and the headings at which it is split."""
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    return text, list(re.finditer(SPLIT[name], text, re.MULTILINE))


def _parts(name: str) -> list[tuple[str, str, str]]:
    """(slug, title, text) for each part of a generated page, with its headings one level up."""
    text, headings = _whole(name)
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    found = []
    for heading, end in zip(headings, ends, strict=True):
        slug = re.sub(r"[^a-z0-9]+", "-", heading["name"].partition(":")[0].lower()).strip("-")
        part = re.sub(r"^#(#+ )", r"\1", text[heading.start() : end], flags=re.MULTILINE)
        found.append((slug, heading["name"], part))
    return found


def _index(name: str) -> str:
    """What stands before the first part, with a list of the parts in place of links within the page."""
    text, headings = _whole(name)
    opening = re.sub(r"^\[[\w-]+\]\(#.*$", "", text[: headings[0].start()], flags=re.MULTILINE)
    # `./` marks a link from part to part: a page of the same name may exist in docs/.
    listed = "".join(f"- [{title}](./{slug}.md)\n" for slug, title, _ in _parts(name))
    return f"{opening.rstrip()}\n\n{listed}"


def _target(page: str, link: str) -> str | None:
    """The file of the repository to which a page links; None if there is none, and MkDocs reports the link."""
    folder = posixpath.dirname(page)
    if page not in OUTSIDE:
        folder = "docs" if folder in SPLIT else posixpath.join("docs", folder)
    target = posixpath.normpath(posixpath.join(folder, link))
    if (ROOT / target).is_dir():
        target = posixpath.join(target, "README.md")
    return target if (ROOT / target).is_file() and not target.startswith("..") else None


def _place(target: str) -> str:
    """Where a file of the repository is on the site."""
    if target == "README.md":
        return "index.md"
    if not target.startswith("docs/"):
        return target if target in OUTSIDE else f"files/{target}"
    inside = target.removeprefix("docs/")
    return f"{inside[:-3]}/index.md" if inside[:-3] in SPLIT else inside


def _outside_code(markdown: str, change: Callable[[str], str]) -> str:
    pieces, at = [], 0
    for code in _CODE.finditer(markdown):
        pieces += [change(markdown[at : code.start()]), code[0]]
        at = code.end()
    return "".join([*pieces, change(markdown[at:])])


def _menu(entries: Any, first: str) -> list[Any]:
    """The list within the menu that begins with a page."""
    if isinstance(entries, list):
        if entries and entries[0] == first:
            return entries
        return next((found for entry in entries if (found := _menu(entry, first))), [])
    return _menu(list(entries.values()), first) if isinstance(entries, dict) else []
