"""Stock's conversion and ours do the same, the gate being off: field by field.

A database with CRM alone is filled with generated mixes of leads and copied. On one
copy Odoo's dialogs and its automatic assignment convert them, on the others the
addon's: once with Odoo's message for each new customer, once with the summary that
replaces it.
"""

import copy
import re
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from differential import comparing, dump, mixes, worker

from dev import databases, odoo_command

ADDONS = Path(__file__).parent / "addons"
CASES = [
    *(
        {"name": name, "seed": seed, "kind": "mass", "options": options}
        for seed, (name, options) in enumerate(mixes.MASS_CASES.items())
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
    ("create_customer", "new customers"),
    ("prepare_customer_values", "as proposed"),
    ("convert_opportunity_data", "each to three"),
    ("handle_partner_assignment", "merged, to three, free ones only"),
    ("convert_opportunity", "customers get a salesperson"),
    ("convert_opportunity", "assigned by Odoo"),
]
# Those that stock calls once a lead. Values are prepared for looking for a customer,
# too, and an opportunity's may be asked for as often as somebody likes.
ALONE = ("create_customer", "handle_partner_assignment", "convert_opportunity")
NAMES = [case["name"] for case in CASES]
MASS = {case["name"] for case in CASES if case["kind"] == "mass"}
OF_CUSTOMER = r"user_notification on (?:customer|company) of crm_lead (\d+)"


class Comparison:
    """What became of a stock database, and of copies of it that have the addon."""

    def __init__(self, database, cases):
        self.database, self.cases = database, cases
        self.schema = dump.Schema(database)
        self.before = dump.read_rows(database, self.schema)
        self.seen = {}
        self.refusals = {}

    def convert(self, database, runs):
        """Convert in one of the databases, and read what came out.

        :param runs: ``[(cases, further options of the process)]``
        """
        own_before = dump.read_rows(database, self.schema)
        since = dump.read_time(database)
        for cases, options in runs:
            told = worker.run(database, "convert", cases=cases, **options)
            self.refusals.setdefault(database, {}).update(told)
        after = dump.read_rows(database, self.schema)
        self.seen[database] = own_before, after, since

    def get_dump(self, database, leave_out=None, plant=None):
        """What a conversion left behind.

        :param leave_out: which messages to leave out, by their names
        :param plant: function that changes the rows before they are read
        """
        own_before, after, since = self.seen[database]
        if plant:
            after = plant(copy.deepcopy(after))
        found = dump.Dump(self.schema, self.before, own_before, after, since)
        if not leave_out:
            return found
        taken = [
            record
            for (table, record), name in found.names.items()
            if table == "mail_message" and leave_out(name)
        ]
        after = comparing.take_out(self.schema, after, taken)
        return dump.Dump(self.schema, self.before, own_before, after, since)

    def compare(self, stock, ours):
        """What differs and may not, by case; None: of no case."""
        found = comparing.drop_allowed(comparing.compare(stock, ours))
        return comparing.sort_by_case(found, self.cases)

    def get_case(self, lead):
        """The case that a lead belongs to."""
        return next(c for c in self.cases if lead in c["records"]["crm_lead"])

    def get_salespeople(self, ours, case):
        """Who got an opportunity or customer, except for who converts."""
        users = {row["id"]: row["partner_id"] for row in ours.tables["res_users"]}
        leads = {row["id"]: row for row in ours.tables["crm_lead"]}
        customers = {row["id"]: row["user_id"] for row in ours.tables["res_partner"]}
        got = set()
        for row in self.before["crm_lead"]:
            now = leads.get(row["id"])
            is_new = now and (row["type"], now["type"]) == ("lead", "opportunity")
            if is_new and row["id"] in case["records"]["crm_lead"]:
                got.add(now["user_id"])
                if not row["partner_id"]:
                    got.add(customers.get(now["partner_id"]))
        return {f"res_partner {users[user]}" for user in got - {None, case["user"]}}

    def is_of_mass_customer(self, name):
        """Whether a message tells of a new customer of a mass conversion."""
        found = re.match(OF_CUSTOMER, name)
        return bool(found) and self.get_case(int(found[1]))["name"] in MASS


@pytest.fixture(scope="module")
def filled(source):
    """Name of a database with CRM and the mixes, and the cases."""
    template = databases.crm_template(source, demo=False)
    with databases.temporary_copy(template, "mixes") as database:
        yield database, worker.run(database, "fill", cases=CASES)


@pytest.fixture(scope="module")
def switched_off(filled):
    """Name of a copy with the addon, its gate being off."""
    with databases.temporary_copy(filled[0], "off") as database:
        databases.install_addon(database)
        worker.run(database, "switch_off")
        yield database


@pytest.fixture(scope="module")
def comparison(filled, switched_off):
    """The mixes, converted by stock, and by the addon with each setting."""
    with (
        databases.temporary_copy(filled[0], "stock") as stock,
        databases.temporary_copy(switched_off, "each") as each,
        databases.temporary_copy(switched_off, "summary") as summary,
    ):
        worker.run(each, "notify_each")
        found = Comparison(*filled)
        run_each(found, {name: [(found.cases, {})] for name in (stock, each, summary)})
        found.stock, found.each, found.summary = stock, each, summary
        yield found


def run_each(comparison, runs_by_database):
    """Convert in several databases, in two at a time."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(comparison.convert, *zip(*runs_by_database.items(), strict=True)))


@pytest.fixture(scope="module")
def with_messages(comparison):
    """What differs where Odoo's messages are wanted, by case."""
    stock, ours = map(comparison.get_dump, (comparison.stock, comparison.each))
    return comparison.compare(stock, ours)


@pytest.fixture(scope="module")
def with_summaries(comparison):
    """What differs where summaries replace messages: besides these, by case."""
    stock = comparison.get_dump(comparison.stock, comparison.is_of_mass_customer)
    ours = comparison.get_dump(comparison.summary, is_summary)
    return comparison.compare(stock, ours)


def is_summary(name):
    """Whether a message is about no record."""
    return name.startswith("user_notification on no thread")


def tell(found):
    """Differences as a text."""
    return "\n".join(
        f"{table}: {name}\n    " + "\n    ".join(texts)
        for (table, name), texts in (found or {}).items()
    )


def test_stock_converts_every_case(comparison):
    """Where it refused, nothing would be compared."""
    assert comparison.refusals[comparison.stock] == {}
    stock = comparison.get_dump(comparison.stock)
    now = {row["id"]: row["type"] for row in stock.tables["crm_lead"]}
    converted = Counter(
        comparison.get_case(row["id"])["name"]
        for row in comparison.before["crm_lead"]
        if (row["type"], now.get(row["id"])) == ("lead", "opportunity")
    )
    assert min(converted[name] for name in NAMES) > 5, converted
    created = stock.created
    assert len(created["res_partner"]) > 100
    assert len(created["mail_message"]) > 400
    assert len(created["mail_tracking_value"]) > 400
    assert len(created["mail_notification"]) > 100
    assert len(created["mail_mail"]) > 40


@pytest.mark.parametrize("case", NAMES)
def test_same_leads_partners_followers_messages(with_messages, case):
    """All fields of stock, where Odoo's messages are wanted."""
    assert not with_messages.get(case), tell(with_messages[case])


@pytest.mark.parametrize("case", NAMES)
def test_same_with_summaries(with_summaries, case):
    """All fields of stock, but for the messages that a summary replaces."""
    assert not with_summaries.get(case), tell(with_summaries[case])


def test_nothing_of_no_case_differs(with_messages, with_summaries):
    assert not with_messages.get(None), tell(with_messages[None])
    assert not with_summaries.get(None), tell(with_summaries[None])


def test_nothing_of_ours_is_in_the_chatter(comparison):
    """Where the gate is off, it leaves no note and no activity."""
    stock, ours = map(comparison.get_dump, (comparison.stock, comparison.each))
    for table in ("mail_message", "mail_activity"):
        assert sorted(ours.created[table]) == sorted(stock.created[table])


def test_one_summary_replaces_the_messages_of_new_customers(comparison):
    """Each salesperson gets one a conversion, and no message of a customer."""
    ours = comparison.get_dump(comparison.summary)
    expected = Counter()
    for case in comparison.cases:
        if case["name"] in MASS:
            expected.update(comparison.get_salespeople(ours, case))
    told = [
        name
        for table, name in ours.rows
        if table == "mail_message" and name in ours.created[table] and is_summary(name)
    ]
    got = Counter(
        row["res_partner_id"]
        for (table, _name), row in ours.rows.items()
        if table == "mail_message_res_partner_rel" and row["mail_message_id"] in told
    )
    assert got == expected
    assert not [
        n for n in ours.created["mail_message"] if comparison.is_of_mass_customer(n)
    ]


# ------------------------------------------------------------ the comparer itself

PLANTED = {
    "crm_lead": {"phone": "+32 2 1"},
    "res_partner": {"lang": "xx_XX"},
    "mail_message": {"body": "<p>other</p>"},
    "mail_tracking_value": {"new_value_char": "other"},
    "mail_notification": {"notification_type": "sms"},
    "mail_mail": {"email_to": "other@us.example"},
    "mail_activity": {"summary": "other"},
    "ir_attachment": {"name": "other"},
    "mail_followers": {"partner_id": 1},
    "crm_tag_rel": {"tag_id": 0},
    "calendar_event": {"res_id": 0},
}


@pytest.mark.parametrize("table", PLANTED)
def test_a_planted_difference_is_found(comparison, table):
    """In the last record of each kind, which as a rule is a new one."""

    def plant(rows):
        rows[table][-1].update(PLANTED[table])
        return rows

    stock = comparison.get_dump(comparison.stock)
    other = comparison.get_dump(comparison.stock, plant=plant)
    found = comparison.compare(stock, other)
    assert table in {key[0] for keys in found.values() for key in keys}


@pytest.mark.parametrize("table", ["res_partner", "mail_message", "mail_followers"])
def test_a_missing_record_is_found(comparison, table):
    def plant(rows):
        rows[table].sort(key=lambda row: row["id"])
        rows[table].pop()
        return rows

    stock = comparison.get_dump(comparison.stock)
    other = comparison.get_dump(comparison.stock, plant=plant)
    assert comparison.compare(stock, other)


# ------------------------------------------------------------ other addons


@pytest.fixture(scope="module")
def overridden(filled, switched_off, tmp_path_factory):
    """Some mixes, each converted with one override: by stock, and by the addon.

    The overriding addon depends on CRM alone, so that ours overrides it, or on ours.
    """
    later = tmp_path_factory.mktemp("addons")
    make_later(later)
    base, cases = filled
    by_name = {case["name"]: case for case in cases}
    with (
        databases.temporary_copy(base, "stock_overridden") as stock,
        databases.temporary_copy(switched_off, "below") as below,
        databases.temporary_copy(switched_off, "above") as above,
    ):
        install(stock, ADDONS, "overriding_crm")
        install(below, ADDONS, "overriding_crm")
        install(above, later, "overriding_sales_nemo")
        found = Comparison(stock, cases)
        folders = {stock: ADDONS, below: ADDONS, above: later}
        for database in (below, above):
            worker.run(database, "notify_each", addons=[str(folders[database])])
        run_each(
            found,
            {
                database: [
                    (
                        [by_name[case]],
                        {
                            "addons": [str(folder)],
                            "environment": {"OVERRIDE": override},
                        },
                    )
                    for override, case in OVERRIDES
                ]
                for database, folder in folders.items()
            },
        )
        found.stock, found.below, found.above = stock, below, above
        yield found


def make_later(folder):
    """The same addon again, depending on ours."""
    addon = folder / "overriding_sales_nemo"
    shutil.copytree(ADDONS / "overriding_crm", addon)
    manifest = addon / "__manifest__.py"
    manifest.write_text(manifest.read_text().replace('["crm"]', '["sales_nemo"]'))


def install(database, folder, addon):
    """Install one of the test's addons."""
    odoo_command.change_modules(
        database,
        *worker.addons_path([folder]),
        *("-i", addon),
        failure=f"{addon} could not be installed.",
    )


def get_calls(comparison, database, method):
    """How often a method was called on which leads."""
    rows = comparison.seen[database][1]["overriding_call"]
    return Counter(tuple(row["leads"]) for row in rows if row["method"] == method)


@pytest.mark.parametrize("place", ["below", "above"])
@pytest.mark.parametrize(("override", "case"), OVERRIDES)
def test_same_where_another_addon_overrides(overridden, override, case, place):
    """All fields of stock, its own included, with the addon below ours or above."""
    assert overridden.refusals[overridden.stock] == {}
    stock = overridden.get_dump(overridden.stock)
    ours = overridden.get_dump(getattr(overridden, place))
    found = overridden.compare(stock, ours)
    assert not found.get(case), tell(found[case])
    marks = [row for row in stock.rows.values() if has_mark(row)]
    assert len(marks) > 10


def has_mark(row):
    """Whether an override left its mark on a record."""
    text = f"{row.get('ref')} {row.get('referred')}"
    return bool(
        re.search(r"(created|prepared|assigned|converted) (for |to )?\d+", text)
    )


@pytest.mark.parametrize("place", ["below", "above"])
@pytest.mark.parametrize("override", ALONE)
def test_each_lead_goes_through_it_once_as_in_stock(overridden, override, place):
    method = f"_{override}" if override != "convert_opportunity" else override
    expected = get_calls(overridden, overridden.stock, method)
    assert get_calls(overridden, getattr(overridden, place), method) == expected
    assert len(expected) > 5
    assert set(expected.values()) == {1}
    assert {len(leads) for leads in expected} == {1}
