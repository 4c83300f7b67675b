"""What is converted: a mix of leads a case, and the override of another addon."""

# Option sets of the mass dialog: what the user sees and chooses, what a client may send
# besides, who converts in which language and companies.
MASS = {
    "as proposed": {},
    "each to three": {
        "shown": {
            "deduplicate": False,
            "user_ids": ["ann", "bob", "cid"],
            "force_assignment": True,
        }
    },
    "merged, new customers, to one": {
        "shown": {"action": "create", "user_ids": ["bob"], "force_assignment": True}
    },
    "new customers": {"shown": {"deduplicate": False, "action": "create"}},
    "one customer for all, to three": {
        "shown": {
            "deduplicate": False,
            "action": "exist",
            "partner_id": "customer",
            "user_ids": ["ann", "bob", "cid"],
        }
    },
    "no customers, to a team": {
        "shown": {"team_id": "South"},
        "sent": {"action": "exist"},
    },
    "merged, to three, free ones only": {
        "shown": {"user_ids": ["cid", "ann", "bob"], "team_id": "North"},
        "lang": "fr_FR",
    },
    "new customers of one company": {
        "shown": {"deduplicate": False, "action": "create"},
        "sent": {"commercial_partner_id": "account"},
    },
    "one customer, asked to create": {
        "shown": {"action": "create"},
        "sent": {"partner_id": "customer", "user_id": "ann"},
    },
    "customers get a salesperson": {
        "shown": {"deduplicate": False},
        "sent": {"user_id": "cid"},
        "user": "bob",
    },
    "in the second company": {
        "companies": ["Second"],
        "shown": {"user_ids": ["ann", "cid"], "force_assignment": True},
    },
    "both companies, not merged": {
        "companies": ["Second", "First"],
        "shown": {"deduplicate": False, "user_ids": ["ann"]},
    },
}
PLAIN = [
    *(
        {"name": name, "seed": seed, "kind": "mass", "options": options}
        for seed, (name, options) in enumerate(MASS.items())
    ),
    {"name": "one by one", "seed": 50, "kind": "single", "leads": 36},
    {
        "name": "one by one, in French",
        "seed": 51,
        "kind": "single",
        "options": {"lang": "fr_FR"},
    },
    {"name": "assigned by Odoo", "seed": 52, "kind": "assign", "leads": 40},
]
# Which method another addon overrides, and in which case.
OVERRIDES = [
    ("_create_customer", "new customers"),
    ("_prepare_customer_values", "as proposed"),
    ("_convert_opportunity_data", "each to three"),
    ("_handle_partner_assignment", "merged, to three, free ones only"),
    ("convert_opportunity", "customers get a salesperson"),
    ("convert_opportunity", "assigned by Odoo"),
]
# Those that stock calls once a lead. Values are prepared for looking for a customer,
# too, and an opportunity's may be asked for as often as somebody likes.
ALONE = ("_create_customer", "_handle_partner_assignment", "convert_opportunity")
PLACES = ("below", "above")


def override(method, name, place):
    """A case, with a mix of its own, in which another addon overrides a method."""
    number = OVERRIDES.index((method, name))
    (case,) = (case for case in PLAIN if case["name"] == name)
    return case | {
        "name": f"{name}, {method} {place}",
        "seed": 100 + 10 * PLACES.index(place) + number,
        "leads": 18,
        "override": [place, method],
    }


EVERY = PLAIN + [override(*one, place) for place in PLACES for one in OVERRIDES]

# Those that the others are variations of.
SOME_PLAIN = {
    "as proposed",
    "each to three",
    "in the second company",
    "one by one",
    "assigned by Odoo",
}
# In our shortcut for many, in what keeps us from it, and in Odoo's assignment.
SOME_OVERRIDES = (OVERRIDES[1], OVERRIDES[0], OVERRIDES[5])
SOME = [case for case in PLAIN if case["name"] in SOME_PLAIN] + [
    override(*one, place) for place in PLACES for one in SOME_OVERRIDES
]
