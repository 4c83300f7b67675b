"""Loads the leads into a fresh database and tells the story in numbers.

Called by ``make real-leads``, which has PostgreSQL running; ``FILE=`` names another
file.
"""

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dev.console import Failure, say, step, warn  # noqa: E402
from examples import lift  # noqa: E402
from examples.running import fresh_database, odoo  # noqa: E402
from examples.x_education import importing, meaning  # noqa: E402
from examples.x_education.shape import shape  # noqa: E402

REAL = ROOT.parent / "shared" / "data" / "x_education_leads.csv"
SAMPLE = Path(__file__).with_name("sample.csv")
# Problems that are shown line by line; the others are only counted.
SHOWN = 20
# Tags by which passed and refused leads are split up.
TAGS_SHOWN = 4


def load(env, leads, close=False):
    """Import leads, log contacts, convert all.

    :param leads: shaped leads
    :param close: win and lose them afterwards, as the file says
    :returns: the figures of the story
    """
    profile = importing.make_profile(env, leads)
    importing.make_sources(env, leads)
    with step(f"importing {len(leads)} leads with Odoo's import"):
        imported, dropped = importing.import_leads(env, leads)
    with step("logging contacts"):
        contacts = importing.add_contacts(env, imported)
    records = env["crm.lead"].concat(*imported.values())
    with step(f"converting {len(records)} leads"):
        importing.convert(env, records)
    passed, refused = importing.judged(env, imported)
    reasons = Counter(name for names in refused.values() for name in names)
    figures = {
        "dropped": {f"line {lead.line}": text for lead, text in dropped.items()},
        "unread": {
            f"line {lead.line}": lead.country
            for lead, record in imported.items()
            if lead.country and not record.country_id
        },
        "imported": {
            "leads": len(records),
            "answers": len(records.qualification_answer_ids),
            "needs": len(records.qualification_need_ids),
            "contacts": dict(contacts),
        },
        "contact_states": dict(Counter(records.mapped("contact_state"))),
        "passed": judgement(passed),
        "refused": judgement(list(refused)),
        "reasons": dict(reasons.most_common()),
    }
    if close:
        with step(f"closing {len(records)} leads"):
            importing.close(env, profile, imported)
        figures["lift"] = lift.get_figures(env, profile)
    return figures


def judgement(leads):
    """What became of leads, all together and by tag, the most frequent tags first."""
    tags = Counter(lead.tag or "no tag" for lead in leads)
    by_tag = {
        tag: outcome([lead for lead in leads if (lead.tag or "no tag") == tag])
        for tag, _count in tags.most_common()
    }
    return {**outcome(leads), "by_tag": by_tag}


def outcome(leads):
    """How many leads there are, and what became of those of which it is known."""
    known = [lead.converted for lead in leads if lead.converted is not None]
    rate = round(100 * sum(known) / len(known), 1) if known else None
    return {"leads": len(leads), "known": len(known), "won": sum(known), "rate": rate}


def shaping(shaped):
    """Figures of the file itself."""
    repairs = Counter(text for lead in shaped.leads for text in lead.repairs)
    set_aside = Counter(text for lead in shaped.leads for text in lead.set_aside)
    problems = Counter(problem.reason for problem in shaped.problems)
    return {
        "leads": len(shaped.leads),
        "repaired": sum(bool(lead.repairs) for lead in shaped.leads),
        "repairs": dict(repairs.most_common()),
        "set_aside": dict(set_aside.most_common()),
        "problems": dict(problems.most_common()),
    }


# ------------------------------------------------------------ telling


def tell(shaped, figures):
    """Print the story."""
    file = figures["file"]
    say(f"\nThe file: {file['leads']} leads, {file['repaired']} of them repaired")
    tell_counts("repaired", file["repairs"])
    tell_counts("values set aside as unknown", file["set_aside"])
    tell_counts("entries without a lead", file["problems"])
    for problem in shaped.problems[:SHOWN]:
        say(f"      line {problem.line}: {problem.reason}  {problem.detail}")
    say(f"\nOdoo's import: {len(figures['dropped'])} leads dropped")
    for line, message in list(figures["dropped"].items())[:SHOWN]:
        say(f"      {line}: {message}")
    unread = figures["unread"]
    say(f"   countries that Odoo doesn't know, set to unknown: {len(unread)}")
    for line, country in list(unread.items())[:SHOWN]:
        say(f"      {line}: {country}")
    tell_imported(figures)
    say("\nThe gate, and what really became of the leads")
    for name in ("passed", "refused"):
        tell_outcome(f"   {name}", figures[name])
        for tag, group in list(figures[name]["by_tag"].items())[:TAGS_SHOWN]:
            tell_outcome(f"      {tag}", group)
    tell_counts("refused because of (a lead may have several)", figures["reasons"])
    if "lift" in figures:
        lift.tell(figures["lift"])


def tell_imported(figures):
    """Print what is in the database."""
    imported = figures["imported"]
    kinds = Counter(imported["contacts"])
    unlogged = kinds.pop(meaning.WROTE_TO_US, 0)
    say(
        f"   imported: {imported['leads']} leads, {imported['answers']} answers, "
        f"{imported['needs']} needs, {sum(kinds.values())} contacts"
    )
    tell_counts("contacts", kinds)
    say(f"      {unlogged:6}  they wrote to us: not logged, no address proves it")
    tell_counts("leads by contact", figures["contact_states"])


def tell_counts(title, counts):
    """Print counts, a line each; nothing when there are none."""
    if counts:
        say(f"   {title}:")
    for name, count in counts.items():
        say(f"      {count:6}  {name}")


def tell_outcome(name, group):
    """Print how many leads of a group were really won."""
    rate = "" if group["rate"] is None else f" = {group['rate']} %"
    say(
        f"{name}: {group['leads']} leads, "
        f"really converted {group['won']} of {group['known']}{rate}"
    )


def main(arguments=None):
    """Load a file; 0 when that worked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default=os.environ.get("FILE") or REAL)
    parser.add_argument("--json", help="write the figures to this file, too")
    parser.add_argument("--temporary", action="store_true", help="keep no database")
    parser.add_argument(
        "--close",
        action="store_true",
        help="win and lose the leads as the file says, and tell what criteria were "
        "worth",
    )
    options = parser.parse_args(arguments)
    try:
        shaped = shape(Path(options.file).read_bytes())
    except OSError as error:
        raise Failure(f"{error}\nName a file: make real-leads FILE=...") from None
    if not shaped.leads:
        reasons = ", ".join({problem.reason for problem in shaped.problems})
        raise Failure(f"No lead can be read from {options.file}: {reasons or 'empty'}.")
    figures = {"file": shaping(shaped)}
    with fresh_database("real_leads", options.temporary) as database:
        with odoo(database) as env:
            figures |= load(env, shaped.leads, options.close)
        tell(shaped, figures)
        if not options.temporary:
            say(f"\nTo look at it: python3 -m dev odoo -d {database}")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Failure, importing.ImportFailed) as problem:
        warn(problem)
        sys.exit(1)
