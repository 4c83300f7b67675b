"""The measures: one function each.

A measure gets an environment of a salesperson, in a transaction that is rolled back,
and a clock. What it does while the clock runs is counted; the clock starts with an
empty cache, as every request does, and stops when all is written.
"""

import contextlib
import gc
import time
from ast import literal_eval
from collections.abc import Callable
from dataclasses import dataclass

from .data import LOGIN, READY
from .views import get_list_options, get_progress_bar, get_spec

STOCK, OURS = SIDES = ("stock", "ours")
PIPELINE = "crm.crm_case_kanban_view_leads"
LIST = "crm.crm_case_tree_view_leads"
CONTACTS = "base.view_partner_tree"
TEAMS = "sales_team.crm_team_view_kanban_dashboard"
EXPLORE = "sales_nemo.res_partner_view_list_explore"
EXPLORE_ACTION = "sales_nemo.res_partner_action_explore"
COVERAGE = (
    "territory_count",
    "territory_sea_count",
    "territory_prospect_count",
    "territory_lead_count",
    "territory_opportunity_count",
    "territory_customer_count",
    "territory_lost_count",
    "territory_overlap_count",
    "territory_graph",
)
# Records that are treated one after the other; their mean counts as one result.
SINGLES = 20
# Share of all leads that the measures of many leads take: 5,000 of 20,000.
MANY = 4
CREATED_AT_ONCE = 1000
WARM_UP = 100


@dataclass(frozen=True)
class Measure:
    """A measure; ``label`` is its line in the table, with ``items`` it took.

    ``data`` names the databases that it measures in.
    """

    function: Callable
    label: str
    data: str = "leads"
    sides: tuple = SIDES
    is_rate: bool = False


MEASURES = {}


def measure(label, **options):
    """Decorator that adds a function to the measures."""

    def add(function):
        MEASURES[function.__name__] = Measure(function, label, **options)
        return function

    return add


class Clock:
    """Adds up time and SQL queries of the operations of a measure.

    :param most: the most records that an operation should take
    """

    def __init__(self, most):
        self.most = most
        self.seconds = 0.0
        self.queries = 0
        self.operations = 0
        self.items = 1

    @contextlib.contextmanager
    def running(self, env, items=1):
        """Count one operation.

        :param items: how many records it takes
        """
        env.flush_all()
        env.invalidate_all()
        queries, start = env.cr.sql_log_count, time.perf_counter()
        yield
        env.flush_all()
        self.seconds += time.perf_counter() - start
        self.queries += env.cr.sql_log_count - queries
        self.operations += 1
        self.items = items


def run(root, name, short=False):
    """Run a measure once.

    :param root: environment of the superuser
    :param short: with few records, to warm up
    :returns: seconds and queries of one operation, and how many records it took
    """
    user = root["res.users"].search([("login", "=", LOGIN)])
    leads = root["crm.lead"].search_count([])
    clock = Clock(most=WARM_UP if short else leads // MANY)
    gc.collect()
    MEASURES[name].function(root(user=user, su=False), clock)
    return {
        "seconds": clock.seconds / clock.operations,
        "queries": clock.queries / clock.operations,
        "items": clock.items,
    }


# ------------------------------------------------------------ writing


@measure("Create {items:,} leads")
def create_leads(env, clock):
    """Leads with a name, an address and a phone, in batches as large files come in."""
    country = env.ref("base.be").id
    values = [
        {
            "name": f"New lead {index}",
            "type": "lead",
            "contact_name": f"Person {index}",
            "partner_name": f"New company {index}",
            "email_from": f"person{index}@new{index}.example.com",
            "phone": f"+32 2 555 {index:04}",
            "country_id": country,
        }
        for index in range(clock.most)
    ]
    with clock.running(env, clock.most):
        for start in range(0, clock.most, CREATED_AT_ONCE):
            env["crm.lead"].create(values[start : start + CREATED_AT_ONCE])
            env.flush_all()
            env.invalidate_all()


@measure("Convert one lead in the wizard")
def convert_one(env, clock):
    """The wizard with its defaults; all that the gate asks for is there."""
    leads = env["crm.lead"].search([("referred", "=", READY)], limit=SINGLES)
    for lead in leads:
        active = {"active_id": lead.id, "active_ids": lead.ids}
        wizard = env["crm.lead2opportunity.partner"].with_context(
            active_model="crm.lead", **active
        )
        with clock.running(env):
            wizard.create({}).action_apply()
    if set(leads.mapped("type")) != {"opportunity"}:
        raise AssertionError("leads with all facts were not converted")


# ------------------------------------------------------------ reading


@measure("Open a lead's form")
def open_form(env, clock):
    """Read what the form shows."""
    spec = get_spec(env, "form")
    for lead in env["crm.lead"].search([("referred", "=", READY)], limit=SINGLES):
        with clock.running(env):
            lead.web_read(spec)


@measure("Open its Qualification tab", sides=(OURS,))
def open_qualification_tab(env, clock):
    """Read what the tab loads when it is opened."""
    for lead in env["crm.lead"].search([("referred", "=", READY)], limit=SINGLES):
        with clock.running(env):
            lead.get_qualification_sheet()


@measure("Open the list of leads (80)")
def open_list(env, clock):
    """Read the list's first page and count the rest."""
    spec = get_spec(env, "list", LIST)
    for _repetition in range(SINGLES):
        with clock.running(env):
            env["crm.lead"].web_search_read(
                [("type", "=", "lead")], spec, limit=80, count_limit=10001
            )


@measure("Open the pipeline's kanban")
def open_kanban(env, clock):
    """Read columns, first cards and progress bars."""
    spec = get_spec(env, "kanban", PIPELINE)
    bar = get_progress_bar(env, PIPELINE)
    domain = [("type", "=", "opportunity")]
    pipeline = env["crm.lead"].with_context(read_group_expand=True)
    for _repetition in range(SINGLES):
        with clock.running(env):
            pipeline.web_read_group(
                domain,
                ["stage_id"],
                ["expected_revenue:sum", "recurring_revenue_monthly:sum"],
                auto_unfold=True,
                unfold_read_specification=spec,
                unfold_read_default_limit=40,
            )
            pipeline.read_progress_bar(domain, "stage_id", bar)


# ------------------------------------------------------------ the gate


@measure("Verdicts on {items:,} leads", sides=(OURS,), is_rate=True)
def verdicts(env, clock):
    """Collect all facts and judge."""
    leads = env["crm.lead"].search(
        [("type", "=", "lead")], order="id", limit=clock.most
    )
    with clock.running(env, len(leads)):
        found = leads._get_verdicts()
    if len(found) != len(leads):
        raise AssertionError("some leads were not judged")


# ------------------------------------------------------------ contacts


@measure("Open the list of contacts (80)", data="contacts")
def contacts_list(env, clock):
    """Read the first page of Odoo's list, and count the rest."""
    _open_contacts(env, clock, CONTACTS, [])


@measure("Explore the sea (80); the list of contacts", data="contacts")
def contacts_explore(env, clock):
    """Read the first page of the territory's list, and count the rest."""
    if not _has_addon(env):
        contacts_list(env, clock)
        return
    _open_contacts(env, clock, EXPLORE, _get_sea(env))


@measure("Count the sea; all contacts", data="contacts")
def contacts_count(env, clock):
    """Count all that a list shows."""
    domain = _get_sea(env) if _has_addon(env) else []
    for _repetition in range(SINGLES):
        with clock.running(env):
            count = env["res.partner"].search_count(domain)
    if not count:
        raise AssertionError("nobody is there")


@measure("Coverage of all teams; the list of contacts", data="contacts")
def contacts_coverage(env, clock):
    """Read the numbers of the teams' cards."""
    if not _has_addon(env):
        contacts_list(env, clock)
        return
    teams = env["crm.team"].search([])
    for _repetition in range(SINGLES):
        with clock.running(env):
            teams.read(COVERAGE)


@measure("Open the teams' cards", data="contacts")
def contacts_teams(env, clock):
    """Read the cards of the sales teams, with their numbers."""
    spec = get_spec(env, "kanban", TEAMS, "crm.team")
    for _repetition in range(SINGLES):
        with clock.running(env):
            env["crm.team"].web_search_read([], spec, limit=40, count_limit=10001)


def _open_contacts(env, clock, view, domain):
    spec = get_spec(env, "list", view, "res.partner")
    options = get_list_options(env, view, "res.partner")
    partners = env["res.partner"].with_context(bin_size=True)
    for _repetition in range(SINGLES):
        with clock.running(env):
            found = partners.web_search_read(domain, spec, limit=80, **options)
    if not found["length"]:
        raise AssertionError("the list is empty")


def _has_addon(env):
    return "crm_lifecycle" in env["res.partner"]._fields


def _get_sea(env):
    """What the action shows when it is opened: the sea of my territory."""
    action = env["ir.actions.act_window"]._for_xml_id(EXPLORE_ACTION)
    return [*literal_eval(action["domain"]), ("is_in_my_territory", "=", True)]
