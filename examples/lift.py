"""What the criteria of an example were worth, as the addon's report tells it."""

from dev.console import say

STATES = ("met", "partly", "not_met", "unknown")
FIGURES = ("count", "won_count", "rate", "low", "high")
# Letters of a question that are printed.
WIDTH = 44


def get_figures(env, profile):
    """The report's rows of one profile.

    :param profile: ``crm.qualification.profile``
    :returns: ``{question: {"closed", "won", "lift", "texts", state: figures}}``; the
        figures of each state of :data:`STATES` are those of :data:`FIGURES`
    """
    rows = env["crm.qualification.lift"].search([("profile_id", "=", profile.id)])
    return {
        row.criterion_id.name: {
            "closed": row.closed_count,
            "won": row.won_count,
            "lift": row.lift,
            "texts": [row.lift_text] + [row[f"{state}_text"] for state in STATES],
            **{
                state: {name: row[f"{state}_{name}"] for name in FIGURES}
                for state in STATES
            },
        }
        for row in rows
    }


def tell(figures):
    """Print what the criteria were worth, the best one first."""
    for closed, won in {(row["closed"], row["won"]) for row in figures.values()}:
        say(f"\nWhat the criteria were worth: {won} of {closed} closed were won")
    titles = ("lift (95 %)", "met", "partly met", "not met", "unknown")
    say(f"   {'':{WIDTH}}" + "".join(f"{title:>30}" for title in titles))
    for question, row in figures.items():
        cells = "".join(f"{text:>30}" for text in row["texts"])
        say(f"   {question[:WIDTH]:{WIDTH}}{cells}")
