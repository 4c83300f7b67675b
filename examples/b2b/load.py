"""Loads accounts and deals into a fresh database and tells what criteria were worth.

Called by ``make b2b``, which has PostgreSQL running; ``FOLDER=`` names another folder.
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
from examples.b2b import making, reading  # noqa: E402
from examples.running import fresh_database, odoo  # noqa: E402

REAL = ROOT.parent / "shared" / "data"


def load(env, accounts, deals, agents):
    """Make all records, then ask the reports.

    :returns: the figures of the story
    """
    env = env(context={**env.context, **making.QUIET})
    campaign, profile = making.make_profile(env, accounts)
    days = [deal.closed for deal in deals if deal.closed]
    with step(f"making {len(accounts)} accounts and {len(agents)} salespeople"):
        partners = making.make_accounts(env, profile, accounts, min(days))
        people = making.make_teams(env, agents)
    with step(f"making {len(deals)} deals"):
        records = making.make_deals(env, deals, campaign, partners, people)
    with step("asking the reports"):
        trial = env["crm.qualification.backtest"].create(
            {"profile_id": profile.id, "date_from": min(days), "date_to": max(days)}
        )
        return {
            "accounts": len(partners),
            "deals": dict(Counter(records.mapped("won_status"))),
            "lift": lift.get_figures(env, profile),
            "backtest": {"summary": trial.summary, **trial.result},
        }


def tell(figures):
    """Print the story."""
    deals = ", ".join(f"{count} {status}" for status, count in figures["deals"].items())
    say(f"\n{figures['accounts']} accounts; deals: {deals}")
    lift.tell(figures["lift"])
    say(f"\nHad the profile been enforced: {figures['backtest']['summary']}")


def main(arguments=None):
    """Load a folder; 0 when that worked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=os.environ.get("FOLDER") or REAL)
    parser.add_argument("--json", help="write the figures to this file, too")
    parser.add_argument("--temporary", action="store_true", help="keep no database")
    options = parser.parse_args(arguments)
    try:
        accounts, deals, agents = reading.read(options.folder)
    except reading.Unreadable as error:
        raise Failure(f"{error}\nName a folder: make b2b FOLDER=...") from None
    with fresh_database("b2b", options.temporary) as database:
        with odoo(database) as env:
            figures = load(env, accounts, deals, agents)
        tell(figures)
        if not options.temporary:
            say(f"\nTo look at it: python3 -m dev odoo -d {database}")
    if options.json:
        Path(options.json).write_text(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as problem:
        warn(problem)
        sys.exit(1)
