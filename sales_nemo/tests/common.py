"""What tests of the gate share; those of other addons, too.

Inherit ``QualificationCase``, for example to try a check of your own::

    from odoo.tests import tagged

    from odoo.addons.sales_nemo.tests.common import QualificationCase


    @tagged("post_install", "-at_install")
    class TestCheck(QualificationCase):
        def test_who_was_never_called_is_blocked(self):
            lead = self.create_qualified_lead()
            self.assertEqual(lead.qualification_state, "blocked")
            self.env["crm.phonecall"].with_user(self.rep).create(
                {"name": "Hello", "lead_id": lead.id, "state": "held"}
            )
            self.assertEqual(lead.qualification_state, "ready")

One profile enforces, ``profile``, for all leads: it wants a person with an address,
contact in both directions, one confirmed need and one commitment of the buyer. It asks
two questions, ``budget`` and ``size``, and requires none of them. These work with it:

- ``rep`` sees own leads, ``rep_all`` all of them, ``manager`` may change profiles,
  ``approver`` lets through what fails, ``clerk`` is not in sales;
- ``create_lead`` makes a lead that nobody knows anything about, the ``rep``'s unless
  another ``user`` is given, ``create_qualified_lead`` one that passes, and
  ``add_facts`` makes of the one the other;
- ``count_queries`` counts them, with nothing in memory.

Commit nothing: it all goes when the test ends.
"""

from contextlib import contextmanager
from unittest.mock import patch

from odoo import Command
from odoo.tests import TransactionCase, new_test_user

from odoo.addons.crm.models.crm_lead import CrmLead as StockLead

SALES = "sales_team.group_sale_salesman"
SALES_ALL = "sales_team.group_sale_salesman_all_leads"
SALES_MANAGER = "sales_team.group_sale_manager"


# Who works in the tests: groups by login.
USERS = {
    "rep": SALES,
    "rep_all": SALES_ALL,
    "manager": SALES_MANAGER,
    "approver": f"{SALES_ALL},sales_nemo.group_qualification_approver",
    "clerk": "base.group_user",
}
PROFILE = "Strict"


def prepare(env):
    """Make what all tests share: users, and one strict profile for all leads.

    Each class does it for itself, unless its database has them already: ``make test``
    makes them once, in the database that its processes copy.
    """
    env = env(context=dict(env.context, tracking_disable=True))
    for login, groups in USERS.items():
        new_test_user(env, login, groups=groups)
    # asked for only where losing is what is tested
    env["ir.config_parameter"].set_param(
        "sales_nemo.lost_reason_opportunity", "optional"
    )
    profiles = env["crm.qualification.profile"]
    profiles.search([("state", "=", "published")]).active = False
    choices = [
        {"name": "Large", "points": 100},
        {"name": "Medium", "points": 50},
        {"name": "Small", "points": 0},
        {"name": "Competitor", "points": 0, "is_disqualifying": True},
    ]
    criteria = [
        {"name": "Budget?", "weight": 3, "sequence": 1},
        {
            "name": "Size?",
            "sequence": 2,
            "answer_type": "choice",
            "choice_ids": [Command.create(choice) for choice in choices],
        },
    ]
    profiles.create(
        {
            "name": PROFILE,
            "state": "published",
            "sequence": 1,
            "enforcement": "enforce",
            "criterion_ids": [Command.create(criterion) for criterion in criteria],
        }
    )


class QualificationCase(TransactionCase):
    """People, one strict profile for all leads, and leads with and without facts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        users = cls.env["res.users"].search([("login", "in", list(USERS))])
        if not users:
            prepare(cls.env)
            users = users.search([("login", "in", list(USERS))])
        for user in users:
            setattr(cls, user.login, user)
        cls.profile = cls.env["crm.qualification.profile"].search(
            [("name", "=", PROFILE)]
        )
        cls.budget, cls.size = cls.profile.criterion_ids
        cls.leads = cls.env["crm.lead"].with_user(cls.rep)

    @classmethod
    def create_lead(cls, name="Lead", user=None, **values):
        """A lead of the rep's that nobody knows anything about."""
        return (
            cls.env["crm.lead"]
            .with_user(user or cls.rep)
            .create({"name": name, "type": "lead"} | values)
        )

    @classmethod
    def add_facts(cls, leads):
        """All facts that the profile asks for, entered as the leads' own rep does."""
        for lead in leads:
            lead.write({"contact_name": "Ann", "phone": "+32 2 555 12 34"})
            lead._log_contact("We talked", "reached")
        cls.env["crm.lead.need"].with_user(leads.env.user).create(
            [
                {"lead_id": lead.id, "name": "Speed", "state": "confirmed"}
                for lead in leads
            ]
        )
        cls.env["crm.lead.commitment"].with_user(leads.env.user).create(
            [{"lead_id": lead.id, "name": "Demo"} for lead in leads]
        )
        return leads

    @staticmethod
    def finish_call(call, outcome, **values):
        """Mark a planned call as done, as the dialog and the popover do."""
        dialogs = call.env["crm.lead.log.contact"]
        values = {"activity_id": call.id, "outcome": outcome} | values
        dialogs.create(values).action_log()

    @classmethod
    def create_qualified_lead(cls, name="Good lead", user=None, **values):
        """A lead that passes every check."""
        return cls.add_facts(cls.create_lead(name, user, **values))

    def count_queries(self, work):
        """Queries that ``work`` makes with nothing in memory, until all is written."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    @contextmanager
    def watch_writes(self):
        """Collect what is written on leads inside of the block, as Odoo's CRM gets it.

        Gives a list of ``(ids, names of the fields)``, writes of no record included.
        """
        seen, stock = [], StockLead.write

        def write(leads, vals):
            seen.append((leads.ids, set(vals)))
            return stock(leads, vals)

        with patch.object(StockLead, "write", write):
            yield seen
            self.env.flush_all()
