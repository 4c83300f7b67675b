"""The measures: one function each.

A measure gets an environment of a salesperson, in a transaction that is rolled back,
and a clock. What it does while the clock runs is counted; the clock starts with an
empty cache, as every request does, and stops when all is written. The context is the
web client's: nothing that would spare Odoo work. Views are opened, and messages posted,
by the web client's own requests (``client.py``).
"""

import contextlib
import gc
import statistics
import time
from ast import literal_eval
from unittest.mock import patch

from . import by_sql
from .client import WebClient
from .results import OURS, Goal, Measure
from .views import COUNT_LIMIT, get_list_options, get_pivot, get_progress_bar, get_spec
from .world import (
    ANSWERS,
    KNOWN,
    LEADER,
    LOGIN,
    MASS,
    MEMBER,
    PROFILE,
    READY,
    add_hierarchies,
)

PIPELINE = "crm.crm_case_kanban_view_leads"
LIST = "crm.crm_case_tree_view_leads"
CONTACTS = "base.view_partner_tree"
TEAMS = "sales_team.crm_team_view_kanban_dashboard"
EXPLORE = "sales_nemo.res_partner_view_list_explore"
EXPLORE_ACTION = "sales_nemo.res_partner_action_explore"
LIFT = "sales_nemo.crm_qualification_lift_view_list"
COVERAGE = (
    "territory_count",
    "territory_unworked_count",
    "territory_prospect_count",
    "territory_lead_count",
    "territory_opportunity_count",
    "territory_customer_count",
    "territory_lost_count",
    "territory_overlap_count",
    "territory_graph",
)
# The setting that brings back Odoo's notification for each partner that is created.
NOTIFY_EACH = "sales_nemo.notify_each_customer"
# Turns in each round of what takes a few seconds: the machine's speed changes within.
TURNS = 6
# What takes long is done a tenth in each turn: 500 leads at once, of up to 2,000 rows
# that the web client sends when it imports a file.
PARTS = 10
# How often a report is opened in a turn.
REPORTS = 5
# The goals that several have in common.
QUICK = Goal(ratio=1.15)
REPORT = Goal(ratio=1.50)

MEASURES = {}


def measure(label, **options):
    """Decorator that adds a function to the measures."""

    def add(function):
        MEASURES[function.__name__] = Measure(label, function, **options)
        return function

    return add


class Clock:
    """Time and SQL queries of the operations of a measure.

    :param many: the most leads that are made, imported in a round, or judged at once
    :param mass: the most leads that are converted in mass
    :param singles: records or views that are treated one after the other. The first
        one warms up, as the measure before may have emptied caches; the mean of the
        others counts as one result
    """

    def __init__(self, many, mass, singles):
        self.many = many
        self.mass = mass
        self.singles = singles
        self.operations = []
        self.items = 1
        self.queries_of_few = None

    @contextlib.contextmanager
    def running(self, env, items=1):
        """Count one operation.

        :param items: how many records it takes
        """
        env.flush_all()
        env.invalidate_all()
        queries, start = _count_queries(), time.perf_counter()
        yield
        env.flush_all()
        seconds = time.perf_counter() - start
        self.operations.append((seconds, _count_queries() - queries))
        self.items = items

    @contextlib.contextmanager
    def counting_few(self, env):
        """Count the queries of the same with a tenth of the records, without time."""
        env.flush_all()
        env.invalidate_all()
        queries = _count_queries()
        yield
        env.flush_all()
        self.queries_of_few = _count_queries() - queries

    def get_means(self):
        """Seconds and queries of one operation."""
        counted = self.operations[1:] or self.operations
        return [statistics.mean(figures) for figures in zip(*counted, strict=True)]


def _count_queries():
    """All SQL queries of this process until now, those of requests included."""
    from odoo import sql_db

    return sql_db.sql_counter


def measure_once(root, name, effort, is_by_sql=False):
    """One side's turn of a measure.

    :param root: environment of the superuser
    :param effort: values of the :class:`Clock`, by name
    :param is_by_sql: the statement that it is compared with, instead
    :returns: as a side of :class:`results.Result`
    """
    measured = MEASURES[name]
    clock = Clock(**effort)
    gc.collect()
    env = _get_client_env(root, measured.user or LOGIN)
    if is_by_sql:
        _read_by_sql(env, clock, measured.by_sql)
    else:
        measured.function(env, clock)
    seconds, queries = clock.get_means()
    return {
        "value": seconds,
        "queries": queries,
        "queries_of_few": clock.queries_of_few,
        "items": clock.items,
    }


def _get_client_env(root, login):
    """A user's environment, with the context of the web client."""
    user = root["res.users"].search([("login", "=", login)])
    env = root(user=user, su=False)
    companies = {"allowed_company_ids": env.user.company_ids.ids}
    return env(context={**env["res.users"].context_get(), **companies})


def _find_single(env, clock, mark):
    """Leads that are treated one after the other, as requests of their own: none of
    them reads another one along."""
    leads = env["crm.lead"].search([("referred", "=", mark)], limit=clock.singles)
    return [leads.browse(lead_id) for lead_id in leads.ids]


@contextlib.contextmanager
def _transaction_of_its_own(record):
    """The record as a request finds it: alone in its transaction, which is taken back.

    In one that goes on, Odoo keeps the environments of all that was done before, and
    looks through them at every ``sudo`` and ``with_context``.
    """
    with record.env.registry.cursor() as cr:
        yield record.with_env(record.env(cr=cr))
        cr.rollback()


def _act_on(leads):
    """Context of the web client when something is done with leads of a list."""
    return {
        "active_model": "crm.lead",
        "active_id": leads[0].id,
        "active_ids": leads.ids,
    }


# ------------------------------------------------------------ writing


@measure("Create leads, {items:,} at a time", goal=Goal(ratio=1.10), turns=PARTS)
def create_leads(env, clock):
    """Leads with a name, an address and a phone, in batches as large files come in."""
    country = {"country_id": env.ref("base.be").id}
    number = clock.many // PARTS
    values = [_get_new_lead(index) | country for index in range(number)]
    with clock.running(env, number):
        env["crm.lead"].create(values)


@measure("Import leads, {items:,} at a time", goal=Goal(ratio=1.10), turns=PARTS)
def import_leads(env, clock):
    """The same from a file. Unless it is told otherwise, the web client has the import
    not write the history of changes."""
    leads = env["crm.lead"].with_context(import_file=True, tracking_disable=True)
    columns = [*_get_new_lead(0), "country_id"]
    number = clock.many // PARTS
    rows = [[*_get_new_lead(index).values(), "Belgium"] for index in range(number)]
    with clock.running(env, number):
        result = leads.load(columns, rows)
    if len(result["ids"] or []) != number:
        raise AssertionError(f"not all leads were imported: {result['messages']}")


def _get_new_lead(index):
    """Values of a lead that comes in; as text, so that a file may have them, too."""
    return {
        "name": f"New lead {index}",
        "type": "lead",
        "contact_name": f"Person {index}",
        "partner_name": f"New company {index}",
        "email_from": f"person{index}@new{index}.example.com",
        "phone": f"+32 2 555 {index:04}",
    }


@measure(
    "Convert one lead in the wizard",
    goal=Goal(ratio=1.20, more_queries=12),
    turns=TURNS,
)
def convert_one(env, clock):
    """The wizard with its defaults; all that the gate asks for is there."""
    for found in _find_single(env, clock, READY):
        with _transaction_of_its_own(found) as lead:
            wizard = lead.env["crm.lead2opportunity.partner"]
            with clock.running(lead.env):
                wizard.with_context(_act_on(lead)).create({}).action_apply()
            if lead.type != "opportunity":
                raise AssertionError("a lead with all facts was not converted")


@measure("Convert {items:,} leads in mass", goal=Goal(ratio=0.30))
def mass_convert(env, clock):
    """The mass wizard without deduplication, on leads of two other salespeople."""
    _convert_in_mass(env, clock, deduplicate=False)


@measure(
    "Convert {items:,} leads in mass, with deduplication",
    goal=Goal(ratio=0.30),
)
def mass_convert_deduplicate(env, clock):
    """The mass wizard as it opens. There are no duplicates."""
    _convert_in_mass(env, clock, deduplicate=True)


@measure("Convert {items:,} leads in mass, a notification per customer")
def mass_convert_notify(env, clock):
    """The mass wizard without deduplication; on both sides the leads' salespeople get
    Odoo's message for each partner that is created."""
    env["ir.config_parameter"].sudo().set_param(NOTIFY_EACH, "True")
    _convert_in_mass(env, clock, deduplicate=False)


def _convert_in_mass(env, clock, deduplicate):
    """Convert leads for whom a company and a person are created.

    :raises AssertionError: some are still leads, or without a customer
    """
    leads = env["crm.lead"].search(
        [("referred", "=", MASS)], order="id", limit=clock.mass
    )
    wizard = env["crm.lead2opportunity.partner.mass"].with_context(_act_on(leads))
    with clock.running(env, len(leads)):
        wizard.create({"deduplicate": deduplicate}).action_mass_convert()
    converted = leads.filtered(lambda lead: lead.type == "opportunity")
    if converted.filtered("partner_id") != leads:
        raise AssertionError("leads with all facts were not converted in mass")


@measure("Post a message on a lead", goal=Goal(ratio=1.20), turns=TURNS)
def post_message(env, clock):
    """Write to the lead's contact from its chatter."""
    client = WebClient(env)
    for lead in _find_single(env, clock, KNOWN):
        message = {
            "body": "When shall we meet?",
            "email_add_signature": True,
            "message_type": "comment",
            "partner_ids": lead.partner_id.ids,
            "subtype_xmlid": "mail.mt_comment",
        }
        with clock.running(env):
            client.post(
                "/mail/message/post",
                thread_model=lead._name,
                thread_id=lead.id,
                post_data=message,
                context=client.context,
            )


# ------------------------------------------------------------ reading


@measure("Open a lead's form", goal=QUICK, turns=TURNS)
def open_form(env, clock):
    """Its fields and its chatter: three requests."""
    client, spec = WebClient(env), get_spec(env, "form")
    for lead in _find_single(env, clock, READY):
        with clock.running(env):
            client.open_form(lead, spec)


@measure("Open its Qualification tab alone", sides=(OURS,), turns=TURNS)
def open_qualification_tab(env, clock):
    """Read what the tab loads when it is opened."""
    client = WebClient(env)
    for lead in _find_single(env, clock, READY):
        with clock.running(env):
            client.call(lead, "get_qualification_sheet")


@measure(
    "Open a lead's form with its tab; the form", goal=Goal(ratio=1.40), turns=TURNS
)
def open_form_with_tab(env, clock):
    """The same, then what the tab loads: one request more."""
    client, spec = WebClient(env), get_spec(env, "form")
    has_tab = _has_addon(env)
    for lead in _find_single(env, clock, READY):
        with clock.running(env):
            client.open_form(lead, spec)
            if has_tab:
                client.call(lead, "get_qualification_sheet")


@measure("Open the list of leads (80)", goal=QUICK, turns=TURNS)
def open_list(env, clock):
    """Read the list's first page and count the rest."""
    spec = get_spec(env, "list", LIST)
    options = get_list_options(env, LIST, "crm.lead")
    domain = [("type", "=", "lead")]
    client = WebClient(env)
    for _repetition in range(clock.singles):
        with clock.running(env):
            client.call(
                env["crm.lead"], "web_search_read", domain, spec, limit=80, **options
            )


@measure("Open the pipeline's kanban", goal=QUICK, turns=TURNS)
def open_kanban(env, clock):
    """Read columns, first cards and progress bars."""
    spec = get_spec(env, "kanban", PIPELINE)
    bar = get_progress_bar(env, PIPELINE)
    domain = [("type", "=", "opportunity")]
    pipeline = env["crm.lead"].with_context(read_group_expand=True)
    client = WebClient(env)
    for _repetition in range(clock.singles):
        with clock.running(env):
            client.call(
                pipeline,
                "web_read_group",
                domain,
                ["stage_id"],
                ["expected_revenue:sum", "recurring_revenue_monthly:sum"],
                auto_unfold=True,
                unfold_read_specification=spec,
                unfold_read_default_limit=40,
            )
            client.call(pipeline, "read_progress_bar", domain, "stage_id", bar)


# ------------------------------------------------------------ the gate


@measure(
    "Verdicts on {items:,} leads with ten answers",
    sides=(OURS,),
    goal=Goal(is_flat=True),
    turns=TURNS,
)
def verdicts(env, clock):
    """Collect all facts and judge."""
    leads = env["crm.lead"].search(
        [("referred", "=", KNOWN)], order="id", limit=clock.many
    )
    few = leads[: len(leads) // 10]
    with clock.running(env, len(leads)):
        found = leads._get_verdicts()
    with clock.counting_few(env):
        few._get_verdicts()
    if len(found) != len(leads):
        raise AssertionError("some leads were not judged")
    if _count_answers(leads) != {ANSWERS}:
        raise AssertionError(f"not all leads have {ANSWERS} answers")


def _count_answers(leads):
    """The different numbers of answers that serve some leads, account's included."""
    answers = leads.env["crm.qualification.answer"].sudo()
    accounts = leads.partner_id.commercial_partner_id
    numbers = dict(
        answers._read_group([("lead_id", "in", leads.ids)], ["lead_id"], ["__count"])
        + answers._read_group(
            [("partner_id", "in", accounts.ids)], ["partner_id"], ["__count"]
        )
    )
    return {
        numbers.get(lead, 0) + numbers.get(lead.partner_id.commercial_partner_id, 0)
        for lead in leads
    }


@measure("Score {items:,} open leads; by Odoo's own scoring", goal=Goal(ratio=1.50))
def scoring(env, clock):
    """Compute the automatic probability of all that is open, ours by a scorecard."""
    leads = env(su=True)["crm.lead"]
    env["ir.config_parameter"].sudo().set_param("crm.pls_start_date", "2000-01-01")
    # Odoo commits each part, except in tests
    with patch("odoo.modules.module.current_test", "bench"):
        leads._rebuild_pls_frequency_table()
        is_open = [("won_status", "=", "pending"), ("stage_id", "!=", False)]
        known = leads.search(is_open, order="id")
        if "qualification_profile_id" in leads._fields:
            _put_scorecard_in_force(leads.env)
            for start in range(0, len(known), 1000):
                part = known[start : start + 1000]
                env.add_to_compute(leads._fields["qualification_chance"], part)
                env.flush_all()
                env.invalidate_all()
            some = known[:1000]
            if 2 * len(some._get_chances()) < len(some):
                raise AssertionError("a scorecard gives few of the probabilities")
        else:
            # a row that was just written costs more to write again: on both sides
            env.cr.execute(
                "UPDATE crm_lead SET write_uid = write_uid WHERE id = ANY(%s)",
                [known.ids],
            )
        with clock.running(env, len(known)):
            leads._update_automated_probabilities()


def _put_scorecard_in_force(env):
    """What could have been learnt: the weights that stand."""
    profile = env["crm.qualification.profile"].search([("name", "=", PROFILE)])
    points = profile._get_points()
    figures = {"auc": 0.8, "brier": 0.2, "log_loss": 0.6, "bins": []}
    profile.scorecard = {
        "points": points,
        "means": {code: max(earned.values()) / 2 for code, earned in points.items()},
        "intercept": -2.0,
        "slope": 0.2,
        "stages": 1.0,
        "bands": [["a", 60], ["b", 30], ["c", 0]],
        "learnt": {"date": "2026-01-01", "deals": 1000, "won": 500},
        "quality": dict.fromkeys(("shown", "new", "hand", "base", "odoo"), figures),
        "gain": 0.1,
        "gain_error": 0.01,
    }
    profile._add_version()
    if not profile._get_scorecard():
        raise AssertionError("the scorecard is not in force")


# ------------------------------------------------------------ contacts


@measure(
    "Open the list of contacts (80)",
    goal=QUICK,
    user=MEMBER,
    turns=TURNS,
)
def contacts_list(env, clock):
    """Read the first page of Odoo's list, and count the rest."""
    _open_contacts(env, clock, CONTACTS, [])


@measure(
    "Explore the sea (80); the list of contacts",
    goal=QUICK,
    user=MEMBER,
    turns=TURNS,
)
def contacts_explore(env, clock):
    """Read the first page of the territory's list, and count the rest."""
    if not _has_addon(env):
        contacts_list(env, clock)
        return
    _open_contacts(env, clock, EXPLORE, _get_sea(env))


@measure("Count the sea; all contacts", user=MEMBER, turns=TURNS)
def contacts_count(env, clock):
    """Count all that a list shows."""
    domain = _get_sea(env) if _has_addon(env) else []
    for _repetition in range(clock.singles):
        with clock.running(env):
            count = env["res.partner"].search_count(domain)
    if not count:
        raise AssertionError("nobody is there")


@measure(
    "Coverage of all teams; the list of contacts",
    goal=QUICK,
    user=MEMBER,
    turns=TURNS,
)
def contacts_coverage(env, clock):
    """Read the numbers of the teams' cards."""
    if not _has_addon(env):
        contacts_list(env, clock)
        return
    teams = env["crm.team"].search([])
    for _repetition in range(clock.singles):
        with clock.running(env):
            teams.read(COVERAGE)


@measure("Open the teams' cards", user=MEMBER, turns=TURNS)
def contacts_teams(env, clock):
    """Read the cards of the sales teams, with their numbers."""
    spec = get_spec(env, "kanban", TEAMS, "crm.team")
    client = WebClient(env)
    for _repetition in range(clock.singles):
        with clock.running(env):
            client.call(
                env["crm.team"],
                "web_search_read",
                [],
                spec,
                limit=40,
                count_limit=COUNT_LIMIT + 1,
            )


def _open_contacts(env, clock, view, domain):
    spec = get_spec(env, "list", view, "res.partner")
    options = get_list_options(env, view, "res.partner")
    partners = env["res.partner"].with_context(bin_size=True)
    client = WebClient(env)
    for _repetition in range(clock.singles):
        with clock.running(env):
            found = client.call(
                partners, "web_search_read", domain, spec, limit=80, **options
            )
    if not found["length"]:
        raise AssertionError("the list is empty")


def _has_addon(env):
    return "crm_lifecycle" in env["res.partner"]._fields


def _get_sea(env):
    """What the action shows when it is opened: the sea of my territory."""
    action = env["ir.actions.act_window"]._for_xml_id(EXPLORE_ACTION)
    return [*literal_eval(action["domain"]), ("is_in_my_territory", "=", True)]


# ------------------------------------------------------------ reports


@measure(
    "Open the funnel of {items:,} leads; the same by SQL",
    goal=REPORT,
    by_sql=by_sql.FUNNEL,
    turns=TURNS,
)
def report_funnel(env, clock):
    """Read what the pivot shows when it is opened."""
    _open_report(env, clock, "crm.qualification.funnel", by_sql.FUNNEL)


@measure(
    "Open the overrides of {items:,} leads; the same by SQL",
    goal=REPORT,
    by_sql=by_sql.OVERRIDES,
    turns=TURNS,
)
def report_overrides(env, clock):
    """Read what the pivot shows when it is opened."""
    _open_report(env, clock, "crm.qualification.override", by_sql.OVERRIDES)


def _open_report(env, clock, model, statement):
    """Open a report's pivot.

    :param statement: SQL of the same figures
    :raises AssertionError: they are not the same
    """
    sets, measures = get_pivot(env, model)
    leads = env["crm.lead"].with_context(active_test=False).search_count([])
    for _repetition in range(REPORTS):
        with clock.running(env, leads):
            report = env[model].formatted_read_grouping_sets([], sets, measures)
    [[total], groups] = report
    found = {None: [total[name] for name in measures]}
    for group in groups:
        key = group[sets[1][0]]
        key = key[0] if isinstance(key, tuple | list) else key
        found[key] = [group[name] for name in measures]
    expected = {key: figures for key, *figures in _execute(env, statement)}
    if found.keys() != expected.keys():
        raise AssertionError(f"other groups: {found.keys()}, {expected.keys()}")
    for key, figures in expected.items():
        pairs = zip(figures, found[key], strict=True)
        if any(abs(float(one or 0) - float(two or 0)) > 1e-6 for one, two in pairs):
            raise AssertionError(f"{model}, {key}: {found[key]}, by SQL {figures}")


def _read_by_sql(env, clock, query):
    leads = env["crm.lead"].with_context(active_test=False).search_count([])
    for _repetition in range(REPORTS):
        with clock.running(env, leads):
            _execute(env, query)


def _execute(env, query):
    env.cr.execute(
        query,
        {
            "companies": env.companies.ids,
            "company": str(env.company.id),
            "user": env.uid,
        },
    )
    return env.cr.fetchall()


@measure(
    "Open the lift of {items:,} closed leads; the same by SQL",
    goal=REPORT,
    by_sql=by_sql.LIFT,
    turns=TURNS,
)
def report_lift(env, clock):
    """Read what the list, and the chart above it, show when they are opened.

    :raises AssertionError: it is not what the SQL finds
    """
    lift = env["crm.qualification.lift"]
    spec = get_spec(env, "list", LIFT, lift._name)
    closed = [("won_status", "in", ("won", "lost"))]
    leads = env["crm.lead"].with_context(active_test=False).search_count(closed)
    for _repetition in range(REPORTS):
        with clock.running(env, leads):
            found = lift.web_search_read([], spec, limit=80)
    rows = {lift.browse(row["id"]).criterion_id.id: row for row in found["records"]}
    least = lift._get_sample_min()
    for criterion_id, state, *figures in _execute(env, by_sql.LIFT):
        row = rows[criterion_id]
        shown = [row[f"{state}_{name}"] for name in ("count", "rate", "low", "high")]
        count, _won, *rates = figures
        expected = [count, *(rates if count >= least else (0, 0, 0))]
        pairs = zip(shown, expected, strict=True)
        if any(abs(one - two) > 1e-5 for one, two in pairs):
            raise AssertionError(f"{criterion_id}, {state}: {shown}, by SQL {expected}")


@measure(
    "Open the home page of {items:,} leads; the same by SQL",
    by_sql=by_sql.HOME,
    user=LEADER,
    turns=TURNS,
)
def home_page(env, clock):
    """Read all that the home page shows.

    :raises AssertionError: it is not what the SQL finds
    """
    add_hierarchies(env(su=True), env.user)
    leads = env["crm.lead"].with_context(active_test=False).search_count([])
    for _repetition in range(REPORTS):
        with clock.running(env, leads):
            page = env["crm.qualification.home"].get_home()
    found, expected = _get_home_figures(page), {}
    for part, key, figure in _execute(env, by_sql.HOME):
        expected[part, key] = figure
    for key in found.keys() | expected.keys():
        one, two = found.get(key) or 0, expected.get(key) or 0
        if abs(float(one) - float(two)) > 1e-6:
            raise AssertionError(f"{key}: {one}, by SQL {two}")


def _get_home_figures(page):
    """The figures of the page, each as the SQL names it.

    :param page: what ``crm.qualification.home.get_home`` gave
    :returns: ``{(part, key): figure}``
    """
    figures = {}
    for step in page["steps"]:
        for number in step["numbers"]:
            part = "sea" if number["key"] in ("sea", "untouched") else "counted"
            figures[part, number["key"]] = number["count"]
    for step in page["funnel"]["steps"]:
        figures["funnel", step["key"]] = step["count"]
        for name in ("rate", "days"):
            figures["funnel", f"{step['key']}_{name}"] = step[name]
    figures["funnel", "unqualified"] = page["funnel"]["parts"][1]["count"]
    for number in page["stuck"]["reasons"]:
        part = "asked" if number["key"].startswith("question_") else "counted"
        figures[part, number["key"]] = number["count"]
    for number in page["today"]:
        mine = "my_ready" if number["key"] == "ready" else number["key"]
        figures["counted", mine] = number["count"]
    for person in page["people"]:
        for number in person["numbers"]:
            figures[f"person_{person['id']}", number["key"]] = number["count"]
    for team in page["territory"]:
        for number in team["numbers"]:
            figures[team["name"], number["key"]] = number["count"]
    return figures
