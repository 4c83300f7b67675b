"""The addon's translations: the template made anew, and what is checked of each one.

It runs in the environment's Python: ``python3 -m dev words`` and ``lint`` call it.
"""

import csv
import re
import sys
from collections import Counter

import polib

from . import databases, environment, postgres
from .console import say, step
from .paths import ADDON, LAUNCHER
from .processes import run_logged

FOLDER = ADDON / "i18n"
TEMPLATE = FOLDER / "sales_nemo.pot"
# What CRM's words are called, a row a word, a column a language.
GLOSSARY = FOLDER / "glossary.csv"
# What must be the same in every language, in whatever order: places for values, tags.
PLACES = re.compile(r"%(?:\(\w+\))?[sdifg]|%%|\{\w*\}")
TAGS = re.compile(r"</?[a-z][^>]*>")
# Of a tag a person reads, or hears, what these say: it is translated with it.
SAID = re.compile(r' (title|aria-label|alt|placeholder|data-tooltip)="[^"]*"')


def export(source, path):
    """Write the template of what the addon says now."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "words") as database:
        line = [LAUNCHER, "i18n", "export", "-c", environment.CONFIGURATION]
        line += ["-d", database, "-l", "pot", "-o", path, ADDON.name]
        run_logged(line, "words", "The texts could not be exported.")


def update():
    """Make the template anew, and have each language know what is new and what went."""
    source = environment.prepare()
    with postgres.running(), step("reading the texts"):
        export(source, TEMPLATE)
    template = polib.pofile(str(TEMPLATE), wrapwidth=78)
    for path in sorted(FOLDER.glob("*.po")):
        words = polib.pofile(str(path), wrapwidth=78)
        words.merge(template)
        for entry in words.obsolete_entries():
            words.remove(entry)
        words.save()


def check():
    """Say what is wrong with the translations.

    :returns: whether nothing is
    """
    asked = {entry.msgid for entry in polib.pofile(str(TEMPLATE))}
    with GLOSSARY.open() as file:
        rows = list(csv.DictReader(file))
    problems = []
    for path in sorted(FOLDER.glob("*.po")):
        words = {row["word"]: row[path.stem] for row in rows}
        entries = [e for e in polib.pofile(str(path)) if not e.obsolete]
        for msgid in sorted(asked ^ {entry.msgid for entry in entries}):
            problems.append((path, msgid, "is missing, or is not asked for"))
        problems += [
            (path, entry.msgid, problem)
            for entry in entries
            if (problem := find_problem(entry, words.get(entry.msgid)))
        ]
    for path, msgid, problem in problems:
        say(f"{path.name}: “{msgid[:60]}” {problem}")
    return not problems


def find_problem(entry, word=None):
    """What is wrong with one text; None: nothing.

    :param entry: ``polib.POEntry``
    :param word: what the glossary has for it
    """
    said, meant = entry.msgstr, entry.msgid
    if not said.strip() or entry.fuzzy:
        return "is not translated"
    for kind in (PLACES, TAGS):
        had, has = (
            Counter(SAID.sub(r" \1", one) for one in kind.findall(text))
            for text in (meant, said)
        )
        if has != had:
            return f"has other places or tags: “{said[:60]}”"
    if word and said != word:
        return f"is called “{word}”, not “{said}”"
    return None


if __name__ == "__main__":
    sys.exit(update() if "--update" in sys.argv else not check())
