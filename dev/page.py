"""The pages of the addon in Apps and in package indexes, made of ``readme/``.

It runs in the environment's Python: ``python3 -m dev page`` and ``lint`` call it.
"""

import re
import sys
from ast import literal_eval

import m2r2
import mistune

from .console import say
from .paths import ADDON

README = ADDON / "readme"
# Where the pages of readme/ see pictures, and one another.
PICTURES = "../static/description/"
PAGE_LINK = re.compile(r"\]\((\w+\.md)")
FRAGMENTS = ("DESCRIPTION", "CONTEXT", "README")
# Odoo's store knows these classes.
SECTION = """\
<section class="oe_container{dark}">
<div class="oe_row oe_spaced">
{html}</div>
</section>
"""


def make():
    """What is written into which file.

    :returns: dictionary of paths and texts
    """
    manifest = literal_eval((ADDON / "__manifest__.py").read_text())
    return {
        ADDON / "README.rst": _make_readme(manifest),
        ADDON / "static/description/index.html": _make_index(manifest),
    }


def _make_readme(manifest):
    parts = [f"# {manifest['name']}", f"*{manifest['summary']}*"]
    parts += [(README / f"{name}.md").read_text().strip() for name in FRAGMENTS]
    text = "\n\n".join(parts).replace(PICTURES, "static/description/")
    text = m2r2.convert(PAGE_LINK.sub(r"](readme/\1", text))
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join([".. made of readme/ by “make page”", "", *lines, ""])


def _make_index(manifest):
    """The page that Apps shows: a section for each heading, each second one darker."""
    first, *others = (README / "DESCRIPTION.md").read_text().split("\n## ")
    head = (
        f"![{manifest['name']}]({PICTURES}banner.png)\n\n"
        f"## {manifest['summary']}\n\n{first}"
    )
    made = ["<!-- made of readme/ by “make page” -->\n"]
    for number, text in enumerate([head, *(f"### {other}" for other in others)]):
        html = mistune.html(text.replace(PICTURES, ""))
        html = html.replace("<img ", '<img class="img-fluid" ')
        made.append(SECTION.format(dark=" oe_dark" * (number % 2), html=html))
    return "".join(made)


def main():
    """Write the files, or with --check say which ones are not current.

    :returns: the exit code
    """
    asked_only, found = "--check" in sys.argv, 0
    for path, text in make().items():
        if path.exists() and path.read_text() == text:
            continue
        if asked_only:
            found = 1
            say(f"{path.name} is not what readme/ makes: call “make page”")
        else:
            path.write_text(text)
    return found


if __name__ == "__main__":
    sys.exit(main())
