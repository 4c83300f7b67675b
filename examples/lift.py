"""What the criteria of an example were worth, as the addon's report tells it."""

from dev.console import say

STATES = ("met", "partly", "not_met", "unknown")
FIGURES = ("count", "won_count", "rate", "low", "high")
# What is compared, met with not met, and known with unknown.
DIFFERENCES = ("known_difference", "difference")
# Letters of a question that are printed.
WIDTH = 44


def get_figures(env, profile):
    """The report's rows of one profile.

    :param profile: ``crm.qualification.profile``
    :returns: ``{question: {"closed", "won", "late", "texts", state: figures,
        difference: [difference, lower bound, upper bound]}}``; the figures of each
        state of :data:`STATES` are those of :data:`FIGURES`
    """
    rows = env["crm.qualification.lift"].search([("profile_id", "=", profile.id)])
    return {
        row.criterion_id.name: {
            "closed": row.closed_count,
            "won": row.won_count,
            "late": row.late_count,
            "texts": [row[f"{name}_text"] for name in (*DIFFERENCES, *STATES)],
            **{
                name: [row[f"{name}{bound}"] for bound in ("", "_low", "_high")]
                for name in DIFFERENCES
            },
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
    titles = (
        "known - unknown (95 %)",
        "met - not met (95 %)",
        "met",
        "partly met",
        "not met",
        "unknown",
    )
    say(f"   {'':{WIDTH}}" + "".join(f"{title:>32}" for title in titles))
    for question, row in figures.items():
        cells = "".join(f"{text:>32}" for text in row["texts"])
        say(f"   {question[:WIDTH]:{WIDTH}}{cells}")
