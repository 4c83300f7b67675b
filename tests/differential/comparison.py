"""The cases, converted by Odoo and by the addon in its settings; what came out."""

import contextlib
import copy
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from dev import databases

from . import comparing, dump, worker

OF_CUSTOMER = r"user_notification on (?:customer|company) of crm_lead (\d+)"


@contextlib.contextmanager
def converted(source, cases):
    """The databases with what became of the cases, for the time of the block.

    :param source: the Odoo in use
    :param list cases: as in ``cases``
    :returns: a :class:`Comparison`
    """
    template = databases.crm_template(source, demo=False)
    with contextlib.ExitStack() as stack:
        stock = stack.enter_context(databases.temporary_copy(template, "stock"))
        filled = worker.run(
            stock, ("fill", {"cases": cases}), install=["overriding_crm"]
        )
        each = stack.enter_context(databases.temporary_copy(stock, "each"))
        worker.run(
            each, ("switch_off", {}), install=["sales_nemo", "overriding_sales_nemo"]
        )
        summary = stack.enter_context(databases.temporary_copy(each, "summary"))
        found = Comparison(stock, each, summary, filled)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(found.convert, (each, stock, summary)))
        yield found


class Comparison:
    """What became of a stock database, and of copies of it that have the addon.

    :ivar each: name of the database with Odoo's message for each new customer
    :ivar summary: name of that with the summary that replaces these messages
    :ivar cases: as ``mixes.fill`` describes them
    """

    def __init__(self, stock, each, summary, cases):
        self.stock, self.each, self.summary = stock, each, summary
        self.cases = cases
        self.schema = dump.Schema(stock)
        self.before = dump.read_rows(stock, self.schema)
        self.seen, self.refusals, self.calls = {}, {}, {}
        self.get_dump = cache(self.read_dump)

    def convert(self, database):
        """Convert in one of the databases, and read what came out."""
        calls = [("convert", {"cases": self.cases})]
        if database == self.each:
            calls.insert(0, ("notify_each", {}))
        own_before = dump.read_rows(database, self.schema)
        since = dump.read_time(database)
        self.refusals[database] = worker.run(database, *calls)
        after = dump.read_rows(database, self.schema)
        self.seen[database] = own_before, after, since
        self.calls[database] = dump.read_calls(database)

    def read_dump(self, database, leave_out=None, plant=None):
        """What a conversion left behind; ``get_dump`` reads each once.

        :param leave_out: which messages to leave out, by their names
        :param plant: function that changes the rows before they are read
        """
        own_before, after, since = self.seen[database]
        if plant:
            after = plant(copy.deepcopy(after))
        if leave_out:
            names = self.get_dump(database).names
            taken = [
                record
                for (table, record), name in names.items()
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
        return bool(found) and self.get_case(int(found[1]))["kind"] == "mass"

    def get_calls(self, database, case):
        """How often the case's override was called on which leads."""
        _place, method = case["override"]
        leads = set(case["records"]["crm_lead"])
        return Counter(
            tuple(called)
            for name, called in self.calls[database]
            if name == method and leads & set(called)
        )
