"""Runs in Odoo's shell, for ``test_three_values.py``: ``env`` is there.

Leads are drawn at random, as plain dictionaries and in Odoo; then filters, whose
answers are worked out from the dictionaries.
"""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo import Command
from odoo.fields import Domain

from odoo.addons.sales_nemo.models.base.qualification_domain import (
    parse_domain,
    split_domain,
)

env = globals()["env"]
chance = random.Random(5)
DAYS = ["2026-01-01", "2026-02-01"]
CITIES = ["Ghent", "Antwerp"]
tags = env["crm.tag"].create([{"name": name} for name in ("Red", "Green")])
be, fr = env.ref("base.be"), env.ref("base.fr")
team = env["crm.team"].create(
    {
        "name": "South",
        "lead_properties_definition": [
            {"name": "plan", "string": "Plan", "type": "char"},
        ],
    }
)


def make_partner(parent=None):
    row = {
        "city": chance.choice([None, *CITIES]),
        "is_company": chance.random() < 0.5,
        "country_id": chance.choice([None, "BE", "FR"]),
        "category": chance.choice([None, "Old"]),
        "children": [],
    }
    values = {
        "name": "Partner",
        # with an address of its own
        "type": "other",
        "city": row["city"],
        "is_company": row["is_company"],
        "country_id": {None: False, "BE": be.id, "FR": fr.id}[row["country_id"]],
        "function": row["category"],
    }
    partner = env["res.partner"].create(values | {"parent_id": parent})
    for _child in range(chance.choice([0, 0, 1, 2]) if parent is None else 0):
        row["children"].append(make_partner(partner.id))
    return row | {"id": partner.id, "country": row["country_id"]}


def make_lead():
    row = {
        "city": chance.choice([None, *CITIES]),
        "expected_revenue": chance.choice([0, 5, 10]),
        "date_deadline": chance.choice([None, *DAYS]),
        "priority": chance.choice(["0", "3"]),
        "tags": chance.sample(range(2), chance.randint(0, 2)),
        "plan": chance.choice([None, "Gold", "Silver"]),
        "partner": chance.choice([None, *partners]),
    }
    values = {
        "name": "Lead",
        "type": "lead",
        "team_id": team.id,
        "user_id": False,
        "city": row["city"],
        "expected_revenue": row["expected_revenue"],
        "date_deadline": row["date_deadline"],
        "priority": row["priority"],
        "tag_ids": [Command.set([tags[number].id for number in row["tags"]])],
        "lead_properties": {"plan": row["plan"] or False},
        "partner_id": row["partner"] and row["partner"]["id"],
    }
    lead = env["crm.lead"].create(values)
    # Odoo takes an address over from the contact
    lead.city = row["city"]
    return row | {"id": lead.id}


partners = [make_partner() for _number in range(12)]
rows = [make_lead() for _number in range(60)]
env.flush_all()
env.invalidate_all()
leads = env["crm.lead"].browse([row["id"] for row in rows])

# A condition as it is written, and what it says of a dictionary: True, False or None.
NEGATIVE = {"=": "!=", "in": "not in", "ilike": "not ilike", "any": "not any"}


def negate(value):
    return None if value is None else not value


def either(values):
    """Kleene's or."""
    values = list(values)
    return True if True in values else (None if None in values else False)


def say(test, value):
    """What a condition says of a value; nothing of an empty one."""
    return None if value in (None, 0, [], "") else test(value)


def texts(path, get, words):
    """Conditions on a text; each with its test."""
    for word in words:
        yield (path, "=", word), lambda row, w=word: say(lambda v: v == w, get(row))
        yield (
            (path, "in", [word, "Elsewhere"]),
            lambda row, w=word: say(lambda v: v == w, get(row)),
        )
        yield (
            (path, "ilike", word[1:3]),
            lambda row, w=word: say(lambda v: w[1:3].lower() in v.lower(), get(row)),
        )
        yield (
            (path, "in", [False, word]),
            lambda row, w=word: get(row) in (None, w),
        )
    yield (path, "=", False), lambda row: get(row) is None
    yield (path, "in", [False]), lambda row: get(row) is None


def compare(path, get, bounds):
    """Conditions on what has an order."""
    tests = {
        "<": lambda v, b: v < b,
        "<=": lambda v, b: v <= b,
        ">": lambda v, b: v > b,
        ">=": lambda v, b: v >= b,
    }
    for bound in bounds:
        for operator, test in tests.items():
            yield (
                (path, operator, bound),
                lambda row, t=test, b=bound: say(lambda v: t(v, b), get(row)),
            )
        yield (path, "=", bound), lambda row, b=bound: say(lambda v: v == b, get(row))


def through(name, get, conditions):
    """Conditions behind a path, and inside of ``any``."""
    for (path, operator, value), test in conditions:

        def on_any(row, test=test):
            return either(map(test, found)) if (found := get(row)) else None

        def as_odoo(row, test=test):
            return any(map(test, get(row)))

        is_nothing = value is False and path != "is_company"
        asks = is_nothing or (operator == "in" and False in value)
        yield (f"{name}.{path}", operator, value), as_odoo if asks else on_any
        yield (name, "any", [(path, operator, value)]), on_any


def own(row):
    return row["partner"] and [row["partner"]] or []


def each(name):
    return lambda row: row[name]


parent = next(row for row in partners if row["children"])
family = [parent["id"], *(child["id"] for child in parent["children"])]
of_partner = [
    *texts("city", each("city"), CITIES),
    *through(
        "country_id",
        lambda row: [{"c": row["country"]}] if row["country"] else [],
        texts("code", each("c"), ["BE", "FR"]),
    ),
    (("country_id", "=", be.id), lambda row: say(lambda v: v == "BE", row["country"])),
    (("id", "child_of", family[0]), lambda row: row["id"] in family),
    (("parent_id", "child_of", family[0]), lambda row: row["id"] in family),
    (
        ("country_id", "=", "Belgium"),
        lambda row: say(lambda v: v == "BE", row["country"]),
    ),
    (("is_company", "=", True), each("is_company")),
    (("is_company", "=", False), lambda row: not row["is_company"]),
    *through("child_ids", each("children"), texts("city", each("city"), CITIES)),
    (("child_ids", "=", False), lambda row: not row["children"]),
]
conditions = [
    *texts("city", each("city"), CITIES),
    *texts("lead_properties.plan", each("plan"), ["Gold", "Silver"]),
    *compare("expected_revenue", each("expected_revenue"), [5, 7]),
    (("expected_revenue", "=", 0), lambda row: not row["expected_revenue"]),
    (("expected_revenue", "=", False), lambda row: not row["expected_revenue"]),
    *compare("date_deadline", each("date_deadline"), DAYS),
    (("date_deadline", "=", False), lambda row: not row["date_deadline"]),
    (
        ("date_deadline.month_number", "=", 2),
        lambda row: say(lambda v: v == DAYS[1], row["date_deadline"]),
    ),
    (("priority", "=", "3"), lambda row: row["priority"] == "3"),
    (("active", "=", True), lambda row: True),
    (("type", "=", "opportunity"), lambda row: False),
    (("tag_ids", "in", [tags[0].id]), lambda row: say(lambda v: 0 in v, row["tags"])),
    (("tag_ids", "ilike", "red"), lambda row: say(lambda v: 0 in v, row["tags"])),
    (("tag_ids.name", "=", "Red"), lambda row: say(lambda v: 0 in v, row["tags"])),
    (("tag_ids.name", "!=", "Red"), lambda row: say(lambda v: 1 in v, row["tags"])),
    (("tag_ids", "=", False), lambda row: not row["tags"]),
    (
        ("partner_id", "in", [partners[0]["id"]]),
        lambda row: say(lambda v: v["id"] == partners[0]["id"], row["partner"]),
    ),
    (
        ("partner_id", "child_of", [partners[0]["id"]]),
        lambda row: say(lambda v: v["id"] == partners[0]["id"], row["partner"]),
    ),
    (("partner_id", "=", False), lambda row: row["partner"] is None),
    (("id", "in", leads.ids[:9]), lambda row: row["id"] in leads.ids[:9]),
    ((1, "=", 1), lambda row: True),
    *through("partner_id", own, of_partner),
]


def deny(leaf):
    """The negative operator of a condition, where its path has one field only."""
    (path, operator, value), test = leaf
    if operator not in NEGATIVE or "." in str(path) or path == 1:
        return leaf
    return (path, NEGATIVE[operator], value), lambda row: negate(test(row))


leaves = st.sampled_from(conditions) | st.sampled_from(conditions).map(deny)
leaves = leaves.map(lambda leaf: ([leaf[0]], leaf[1]))


def combine(parts):
    pairs = st.tuples(parts, parts)
    return (
        pairs.map(
            lambda two: (
                ["&", *two[0][0], *two[1][0]],
                lambda row: negate(either(negate(test(row)) for _d, test in two)),
            )
        )
        | pairs.map(
            lambda two: (
                ["|", *two[0][0], *two[1][0]],
                lambda row: either(test(row) for _d, test in two),
            )
        )
        | parts.map(lambda one: (["!", *one[0]], lambda row: negate(one[1](row))))
    )


@settings(max_examples=400, deadline=None, database=None, derandomize=True)
@given(st.recursive(leaves, combine, max_leaves=5))
def check(filter_and_test):
    text, test = repr(filter_and_test[0]), filter_and_test[1]
    expected = {True: set(), False: set(), None: set()}
    for row in rows:
        expected[test(row)].add(row["id"])
    whole = parse_domain(text)
    split = split_domain(leads, whole)
    ours = Domain("id", "in", leads.ids)
    for domain, answer in zip(split, (True, False), strict=True):
        assert set(leads.filtered_domain(domain).ids) == expected[answer], text
        assert set(leads.search(domain & ours).ids) == expected[answer], text
    # of Odoo's own two answers some are not known
    selected = set(leads.filtered_domain(whole).ids)
    assert expected[True] <= selected, text
    assert not expected[False] & selected, text


check()
print("all agree")
