"""What the companies of the demo data are called, want, promise and say."""

FIRST = (
    "Alice", "Amir", "Anja", "Bruno", "Carla", "Chidi", "Clara", "Dmitri", "Elena",
    "Emil", "Farah", "Gita", "Hannah", "Hugo", "Ines", "Ivan", "Jonas", "Kaya", "Leo",
    "Lucia", "Mara", "Milan", "Nora", "Oscar", "Paula", "Ravi", "Sofia", "Theo",
    "Uma", "Viktor", "Wanda", "Yusuf",
)  # fmt: skip
LAST = (
    "Abbott", "Alvarez", "Bakker", "Bauer", "Chandra", "Costa", "Dawson", "Eriksen",
    "Fischer", "Garner", "Haddad", "Hughes", "Ito", "Jansen", "Keller", "Larsen",
    "Marchand", "Meyer", "Novak", "Okafor", "Petrov", "Quinn", "Reyes", "Sharma",
    "Silva", "Tanaka", "Turner", "Varga", "Weber", "Young",
)  # fmt: skip
HOUSES = (
    "Aldermoor", "Ballantree", "Birchfield", "Brightwell", "Calverton", "Castellan",
    "Dunmore", "Eastlake", "Fairholm", "Ferrandine", "Greyford", "Halloway",
    "Ingleby", "Kestrelway", "Langdale", "Lindenau", "Marlow Hill", "Northgate",
    "Oakhurst", "Pellegrin", "Quarrybank", "Redfern", "Stanmere", "Tessaro",
    "Underhill", "Vantore", "Westbrook", "Wolverley", "Yarrow", "Zellner",
)  # fmt: skip
FUNCTIONS = (
    "Office Manager", "Facility Manager", "Head of Operations", "Managing Partner",
    "Head of Purchasing", "Finance Director",
)  # fmt: skip
TRADES = (
    "Architects", "Dental Group", "Energy", "Engineering", "Foods", "Insurance",
    "Laboratories", "Law Office", "Logistics", "Medical", "Print", "Publishing",
    "Software", "Tax Advisers", "Travel",
)  # fmt: skip
CITIES = (
    ("Antwerp", "base.be"), ("Brussels", "base.be"), ("Cologne", "base.de"),
    ("Hamburg", "base.de"), ("Leeds", "base.uk"), ("Bristol", "base.uk"),
    ("Lyon", "base.fr"), ("Lille", "base.fr"), ("Utrecht", "base.nl"),
    ("Rotterdam", "base.nl"),
)  # fmt: skip
WANTED = (
    "new office for {n} people",
    "{n} sit-stand desks",
    "{n} workplaces on the second floor",
    "meeting rooms and {n} desks",
    "replace {n} chairs",
    "open space with {n} desks",
)
NEEDS = (
    "Desks and chairs are in place on the day of the move",
    "Quiet rooms for calls: people telephone in the stairwell",
    "Chairs that hold more than three years",
    "Two teams share one floor, with lockers for everybody",
    "Desks that tall and small colleagues can share",
    "One supplier who also assembles and takes the old desks away",
)
PROMISES = (
    ("Sends the floor plan", "data"),
    ("Comes to the showroom with two colleagues", "meeting"),
    ("Brings the managing director to the next call", "decision_maker"),
    ("Tries five chairs for two weeks", "trial"),
    ("Tells us what the board decided", "decision"),
    ("Counts the workplaces by team", "data"),
)
TALKED = (
    "Called about the layout. They measure the rooms this week.",
    "Long talk: the landlord pays a part, they wait for the letter.",
    "They have bought from a catalogue until now and were not happy with assembly.",
    "Reached them after lunch. Interested, asks for two variants.",
    "They want fewer desks and more places to meet. Sent references.",
    "Talked about delivery by floor, so that nobody has to stop working.",
)
TODAY = (
    "Own desks, ten years old", "Rented with the rooms", "A competitor's, on lease",
    "Mixed, bought one by one", "A catalogue supplier",
)  # fmt: skip
LOST = (
    "lost_reason_competitor",
    "lost_reason_no_budget",
    "lost_reason_no_decision",
    "lost_reason_bad_timing",
)
EXCEPTIONS = (
    "Their lawyer has the contract already, the budget is on paper next week.",
    "We furnished their other office, they never needed a showroom.",
    "The architect orders for them and won't name the director yet.",
)
# Answers by code: how often each is given, and what it adds to the odds of winning.
ANSWERS = {
    "budget": (("Approved", 4, 1.3), ("Planned", 4, 0.1), ("None yet", 3, -1.2)),
    "decider": (("yes", 5, 1.3), ("no", 4, -1.4)),
    "why": (
        ("They move, the date is fixed", 4, 1.2),
        ("They hire", 4, 0.1),
        ("It looks dated", 3, -1.2),
    ),
    "start": (("2", 3, 0.3), ("4", 3, 0.2), ("9", 2, -0.3)),
    "showroom": (("yes", 4, 1.4), ("no", 5, -1.0)),
    "rivals": (
        ("Nobody else", 3, 0.5),
        ("Two or three", 5, 0.0),
        ("It is a tender", 2, -0.7),
    ),
    "labels": (("yes", 4, 0.0), ("no", 5, 0.0)),
}
