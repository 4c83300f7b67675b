"""The pages for people: what they point to is there."""

import re

import pytest

from dev.paths import ADDON, ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
PAGES += sorted(ADDON.glob("readme/*.md"))
LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
CODE = re.compile(r"```.*?```", re.DOTALL)


def get_anchors(page):
    """The headings of a page, as links name them."""
    headings = HEADING.findall(CODE.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for address, anchor in LINK.findall(CODE.sub("", page.read_text())):
        target = page.parent / address if address else page
        assert target.exists(), address
        assert not anchor or anchor in get_anchors(target), f"{address}#{anchor}"


def test_each_picture_is_shown():
    texts = "".join(page.read_text() for page in PAGES)
    texts += (ADDON / "__manifest__.py").read_text()
    pictures = {path.name for path in ADDON.glob("static/description/*.png")}
    assert {name for name in pictures if name not in texts} == {"icon.png"}
