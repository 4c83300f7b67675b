"""Stock's conversion and ours do the same, the gate being off: field by field.

A database without the addon is filled with generated mixes of leads and copied. There
Odoo's dialogs and its automatic assignment convert them, on the copies the addon's:
once with Odoo's message for each new customer, once with the summary that replaces it.
In some of the mixes another addon overrides a step, below ours or above it.
"""

import re
from collections import Counter

import pytest
from differential import cases, comparing
from differential.comparison import converted

pytestmark = pytest.mark.trust(
    "With the gate off, conversion does field by field what Odoo does"
)


def is_summary(name):
    """Whether a message is about no record."""
    return name.startswith("user_notification on no thread")


def has_mark(row):
    """Whether an override left its mark on a record."""
    text = f"{row.get('ref')} {row.get('referred')}"
    return bool(
        re.search(r"(created|prepared|assigned|converted) (for |to )?\d+", text)
    )


def tell(found):
    """Differences as a text."""
    return "\n".join(
        f"{table}: {name}\n    " + "\n    ".join(texts)
        for (table, name), texts in (found or {}).items()
    )


class Conversion:
    """What holds for the cases that a class names."""

    cases = ()

    def pytest_generate_tests(self, metafunc):
        """Called by pytest: a test for each case, or each that has an override."""
        for argument in {"case", "overridden"} & set(metafunc.fixturenames):
            names = [
                case["name"]
                for case in self.cases
                if argument == "case" or case.get("override")
            ]
            metafunc.parametrize(argument, names)

    @pytest.fixture(scope="class")
    @classmethod
    def comparison(cls, source):
        """The mixes, converted by stock, and by the addon with each setting."""
        with converted(source, cls.cases) as found:
            yield found

    @pytest.fixture(scope="class")
    @classmethod
    def with_messages(cls, comparison):
        """What differs where Odoo's messages are wanted, by case."""
        stock, ours = map(comparison.get_dump, (comparison.stock, comparison.each))
        return comparison.compare(stock, ours)

    @pytest.fixture(scope="class")
    @classmethod
    def with_summaries(cls, comparison):
        """What differs where summaries replace messages: besides these, by case."""
        stock = comparison.get_dump(comparison.stock, comparison.is_of_mass_customer)
        ours = comparison.get_dump(comparison.summary, is_summary)
        return comparison.compare(stock, ours)

    def test_stock_converts_every_case(self, comparison):
        """Where it refused, nothing would be compared."""
        assert comparison.refusals[comparison.stock] == {}
        stock = comparison.get_dump(comparison.stock)
        now = {row["id"]: row["type"] for row in stock.tables["crm_lead"]}
        converted = Counter(
            comparison.get_case(row["id"])["name"]
            for row in comparison.before["crm_lead"]
            if (row["type"], now.get(row["id"])) == ("lead", "opportunity")
        )
        names = {case["name"] for case in self.cases}
        assert min(converted[name] for name in names) > 5, converted
        created = {
            table: len(rows) / len(names) for table, rows in stock.created.items()
        }
        assert created["res_partner"] > 7
        assert created["mail_message"] > 27
        assert created["mail_tracking_value"] > 27
        assert created["mail_notification"] > 7
        assert created["mail_mail"] > 3

    def test_same_leads_partners_followers_messages(self, with_messages, case):
        """All fields of stock, where Odoo's messages are wanted."""
        assert not with_messages.get(case), tell(with_messages[case])

    def test_same_with_summaries(self, with_summaries, case):
        """All fields of stock, but for the messages that a summary replaces."""
        assert not with_summaries.get(case), tell(with_summaries[case])

    def test_nothing_of_no_case_differs(self, with_messages, with_summaries):
        assert not with_messages.get(None), tell(with_messages[None])
        assert not with_summaries.get(None), tell(with_summaries[None])

    def test_nothing_of_ours_is_in_the_chatter(self, comparison):
        """Where the gate is off, it leaves no note and no activity."""
        stock, ours = map(comparison.get_dump, (comparison.stock, comparison.each))
        for table in ("mail_message", "mail_activity"):
            assert sorted(ours.created[table]) == sorted(stock.created[table])

    def test_one_summary_replaces_the_messages_of_new_customers(self, comparison):
        """Each salesperson gets one a conversion, and no message of a customer."""
        ours = comparison.get_dump(comparison.summary)
        expected = Counter()
        for case in comparison.cases:
            if case["kind"] == "mass":
                expected.update(comparison.get_salespeople(ours, case))
        created = ours.created["mail_message"]
        told = [name for name in created if is_summary(name)]
        got = Counter(
            row["res_partner_id"]
            for (table, _name), row in ours.rows.items()
            if table == "mail_message_res_partner_rel"
            and row["mail_message_id"] in told
        )
        assert got == expected
        assert not list(filter(comparison.is_of_mass_customer, created))

    def test_another_addon_overrides(self, comparison, overridden):
        """It leaves its marks, and each lead goes through it as in stock."""
        case = next(c for c in comparison.cases if c["name"] == overridden)
        stock = comparison.get_dump(comparison.stock)
        marked = {key: row for key, row in stock.rows.items() if has_mark(row)}
        marks = comparing.sort_by_case(marked, comparison.cases).get(overridden, ())
        assert len(marks) > 2
        expected = comparison.get_calls(comparison.stock, case)
        assert len(expected) > 5
        if case["override"][1] in cases.ALONE:
            assert set(expected.values()) == {1}
            assert {len(called) for called in expected} == {1}
            for database in (comparison.each, comparison.summary):
                assert comparison.get_calls(database, case) == expected


class TestSomeCases(Conversion):
    """What the other cases are variations of; and that what differs is found."""

    cases = cases.SOME

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
    def test_a_planted_difference_is_found(self, comparison, table):
        """In the last record of each kind, which as a rule is a new one."""

        def plant(rows):
            rows[table][-1].update(self.PLANTED[table])
            return rows

        stock = comparison.get_dump(comparison.stock)
        other = comparison.read_dump(comparison.stock, plant=plant)
        found = comparison.compare(stock, other)
        assert table in {key[0] for keys in found.values() for key in keys}

    @pytest.mark.parametrize("table", ["res_partner", "mail_message", "mail_followers"])
    def test_a_missing_record_is_found(self, comparison, table):
        def plant(rows):
            rows[table].sort(key=lambda row: row["id"])
            rows[table].pop()
            return rows

        stock = comparison.get_dump(comparison.stock)
        other = comparison.read_dump(comparison.stock, plant=plant)
        assert comparison.compare(stock, other)


@pytest.mark.verify
class TestEveryCase(Conversion):
    """The whole matrix."""

    cases = cases.EVERY
