from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...policy import REQUIREMENTS
from ..accounts.crm_team_territory import COVERAGE, TERRITORY_FIELDS
from ..base.batches import WITHOUT_JIT
from ..decision.reasons import get_missing_name

# Leads and opportunities that somebody works on.
OPEN = Domain("active", "=", True) & Domain("won_status", "=", "pending")
OPEN_LEADS = OPEN & Domain("type", "=", "lead")
BLOCKED = OPEN_LEADS & Domain("qualification_state", "in", ["blocked", "disqualified"])
READY = OPEN_LEADS & Domain("qualification_state", "=", "ready")

# The funnel shows what came in within so many months.
FUNNEL_MONTHS = 12
# The next questions and the teams that are shown.
MOST_QUESTIONS = 5
MOST_TEAMS = 8
# The records that are shown with their next step, those first that wait for us.
MOST_NEXT = 5
WAITING_FIRST = "contact_waiting_since, priority desc, id desc"
NEXT = ("name", "qualification_step", "qualification_next_step")

# The views that a number opens.
LEADS = "crm.crm_lead_all_leads"
DEALS = "crm.crm_lead_opportunities"
BOARD = "sales_nemo.crm_lead_action_board"
WON = "sales_nemo.crm_lead_action_won"
LOST = "sales_nemo.crm_lead_action_lost"
POOL = "sales_nemo.crm_lead_action_pool"
FUNNEL = "sales_nemo.crm_qualification_funnel_action"
EXPLORE = "sales_nemo.res_partner_action_explore"
PROFILES = "sales_nemo.crm_qualification_profile_action"
CRITERIA = "sales_nemo.crm_qualification_criterion_action"
CHECK = "sales_nemo.crm_qualification_check_action"


class CrmQualificationHome(models.AbstractModel):
    """The home page: the five steps of the story, and what to do about them today.

    A number is a domain on a model and what it counts is what that domain finds: the
    page opens the records by the domain that they were counted by. All numbers of a
    model are counted in one query, under the access rules of whoever looks.

    Extension point: what ``_get_<step>_numbers`` and ``_get_today_numbers`` return are
    lists of what ``_number`` makes; append your own.
    """

    _name = "crm.qualification.home"
    _description = "Home Page of Qualification"

    @api.model
    @api.readonly
    def get_home(self):
        """All that the home page shows; the queries don't grow with the records.

        A number is ``{"key", "label", "one", "model", "domain", "action", "context",
        "view", "count"}``; ``one`` is the label for a single record; ``action`` is the
        external id of the window action whose views show the records, ``view`` the
        first of them (None: the action's own).

        :return: ``{"steps", "funnel", "territory", "stuck", "today", "next",
            "is_empty"}``: steps ``[{"key", "numbers"}]``; funnel as ``_get_funnel``;
            territory ``[{"id", "name", "numbers"}]`` by team; stuck ``{"total",
            "reasons"}``, the most frequent first; today numbers; next a few of the
            user's records, ``{"id"}`` and what ``NEXT`` names
        :rtype: dict
        """
        teams = self.env["crm.team"]._get_my_teams()
        steps = {
            "explore": self._get_explore_numbers(teams),
            "criteria": self._get_criteria_numbers(),
            "information": self._get_information_numbers(),
            "selection": self._get_selection_numbers(),
            "decide": self._get_decide_numbers(),
        }
        today = self._get_today_numbers()
        total = self._number("blocked", self.env._("Blocked"), BLOCKED)
        everything = self._number("all", "", Domain.TRUE)
        self._count([*sum(steps.values(), []), *today, total, everything])
        reasons = self._get_reasons()
        reasons.sort(key=lambda number: -number["count"])
        return {
            "steps": [{"key": key, "numbers": found} for key, found in steps.items()],
            "funnel": self._get_funnel(),
            "territory": self._get_territory(teams),
            "stuck": {"total": total, "reasons": reasons},
            "today": today,
            "next": self._get_next(),
            "is_empty": not everything["count"],
        }

    # ------------------------------------------------------------
    # NUMBERS
    # ------------------------------------------------------------

    @api.model
    def _number(self, key, name, domain, action=LEADS, **others):
        """One number of the home page, not counted yet.

        :param str key: tells it from the others of its list
        :param str name: the label
        :param Domain domain: what it counts, archived records included
        :param str action: external id of the action whose views show the records
        :param others: ``model`` if it isn't ``crm.lead``, ``context`` and ``view``;
            ``one``: the label for a single record, where it is another one; ``count``
            where it is known
        """
        return {
            "key": key,
            "label": name,
            "one": name,
            "model": "crm.lead",
            "domain": list(Domain(domain)),
            "action": action,
            "view": None,
            **others,
            "context": {"active_test": False} | others.get("context", {}),
        }

    @api.model
    def _count(self, numbers):
        """Set ``count`` of these numbers: one query for all that are of one model.

        :param list numbers: what ``_number`` gave
        """
        # by itself: the queries are shared among processes
        self.env.cr.execute(WITHOUT_JIT)
        by_model = {}
        for number in numbers:
            by_model.setdefault(number["model"], []).append(number)
        for name, theirs in by_model.items():
            model = self.env[name].with_context(active_test=False)
            query = model._search(Domain.TRUE)
            domains = [Domain(number["domain"]) for number in theirs]
            [found] = self.env.execute_query(
                query.select(*self._get_counts_sql(model, query, domains))
            )
            for number, count in zip(theirs, found, strict=True):
                number["count"] = count
                if count == 1:
                    number["label"] = number["one"]

    @api.model
    def _get_counts_sql(self, model, query, domains):
        """How many rows of a query each of these domains selects, as SQL columns."""
        return [
            SQL(
                "COUNT(*) FILTER (WHERE %s)",
                domain.optimize_full(model)._to_sql(model, query.table, query),
            )
            for domain in domains
        ]

    @api.model
    def _get_work(self):
        """Open records by what somebody should act on: ``{key: Domain}``."""
        today = fields.Date.to_string(fields.Date.context_today(self))
        flagged = OPEN & Domain("qualification_state", "=", "flagged")
        overdue = Domain("state", "=", "open") & Domain("date_deadline", "<", today)
        overdue &= Domain("active", "=", True)
        return {
            "waiting": OPEN & Domain("contact_state", "=", "inbound"),
            "silent": OPEN_LEADS & Domain("contact_state", "=", "none"),
            "ready": READY,
            "promised": OPEN & Domain("qualification_commitment_ids", "any", overdue),
            "flagged": flagged,
            "late": flagged & Domain("qualification_deadline", "<", today),
        }

    # ------------------------------------------------------------
    # STEPS
    # ------------------------------------------------------------

    @api.model
    def _get_explore_numbers(self, teams):
        """Who is out there, and what came back.

        :param teams: the ``crm.team`` records of the user's own
        """
        env, number = self.env, self._number
        # as is_in_my_territory finds them, for all numbers at once
        outside = env["res.partner"]._get_outside_domain()
        mine = teams._get_territories() if teams else outside
        sea = Domain("active", "=", True) & mine & Domain("is_unworked", "=", True)
        untouched = sea & Domain("crm_lifecycle", "=", "prospect")
        pool = Domain("is_up_for_grabs", "=", True)
        explore = {"action": EXPLORE, "model": "res.partner"}
        return [
            number("sea", env._("in your part of the sea"), sea, **explore),
            number("untouched", env._("untouched"), untouched, **explore),
            number("pool", env._("came back, up for grabs"), pool, POOL),
        ]

    @api.model
    def _get_criteria_numbers(self):
        """What there is to qualify by, and the leads that it leaves out."""
        env, number = self.env, self._number
        return [
            number(
                "profiles",
                env._("profiles"),
                Domain("active", "=", True) & Domain("state", "=", "published"),
                PROFILES,
                model="crm.qualification.profile",
                one=env._("profile"),
            ),
            number(
                "criteria",
                env._("criteria"),
                Domain("profile_id.active", "=", True)
                & Domain("profile_id.state", "=", "published"),
                CRITERIA,
                model="crm.qualification.criterion",
                one=env._("criterion"),
            ),
            number(
                "unmatched",
                env._("leads without a profile"),
                OPEN_LEADS & Domain("qualification_profile_id", "=", False),
                one=env._("lead without a profile"),
            ),
        ]

    @api.model
    def _get_information_numbers(self):
        """Leads about which something is to be found out."""
        env, number = self.env, self._number
        asked = BLOCKED & Domain("qualification_question_id", "!=", False)
        silent = self._get_work()["silent"]
        one = env._("lead with a next question")
        return [
            number("asked", env._("leads with a next question"), asked, one=one),
            number("silent", env._("never contacted"), silent),
        ]

    @api.model
    def _get_selection_numbers(self):
        """Leads that qualify, and those that don't yet."""
        return [
            self._number("ready", self.env._("ready to convert"), READY),
            self._number("blocked", self.env._("blocked"), BLOCKED),
        ]

    @api.model
    def _get_decide_numbers(self):
        """Opportunities: open, won, lost, and those of the lost that will come back."""
        env, number = self.env, self._number
        deals = OPEN & Domain("type", "=", "opportunity")
        won = Domain("won_status", "=", "won")
        lost = Domain("won_status", "=", "lost")
        returning = (
            lost
            & Domain("recycle_to", "in", ["same", "other", "pool"])
            & Domain("recycle_date", "!=", False)
            & Domain("recycle_outcome", "=", False)
        )
        one = env._("open opportunity")
        return [
            number("open", env._("open opportunities"), deals, DEALS, one=one),
            number("won", env._("won"), won, WON),
            number("lost", env._("lost"), lost, LOST),
            number("returning", env._("of them will come back"), returning, LOST),
        ]

    # ------------------------------------------------------------
    # PARTS
    # ------------------------------------------------------------

    @api.model
    def _get_today_numbers(self):
        """What the user should act on today."""
        env, number, work = self.env, self._number, self._get_work()
        today = fields.Date.to_string(fields.Date.context_today(self))
        own = Domain("user_id", "=", self.env.uid)
        due = OPEN & Domain("my_activity_date_deadline", "<=", today)
        waiting, promised = work["waiting"] & own, work["promised"] & own
        returned = work["silent"] & own & Domain("recycled_from_id", "!=", False)
        flagged, late = work["flagged"], work["late"]
        unanswered = OPEN & own & Domain("answer_status", "=", "late")
        one = env._("waits for my answer")
        numbers = [
            number("activities", env._("with an activity of mine due"), due, BOARD),
            number("waiting", env._("wait for my answer"), waiting, BOARD, one=one),
            number("unanswered", env._("to be answered, late"), unanswered, BOARD),
            number("ready", env._("ready to convert"), READY & own),
            number("promised", env._("with an overdue commitment"), promised, BOARD),
            number("returned", env._("came back to me, not in touch yet"), returned),
            number("flagged", env._("flagged, to qualify"), flagged & own, DEALS),
            number("late", env._("flagged, past their deadline"), late & own, DEALS),
        ]
        if self.env.user.has_group("sales_team.group_sale_manager"):
            label = env._("flagged, past their deadline, of everybody")
            numbers.append(number("late_all", label, late, DEALS))
            off, model = Domain("count", ">", 0), "crm.qualification.check"
            # silent as long as all is right
            if env[model].search_count(off, limit=1):
                label = env._("to repair in stored data")
                numbers.append(number("check", label, off, CHECK, model=model))
        return numbers

    @api.model
    def _get_next(self):
        """The user's records with something to be done next, a few."""
        found = OPEN & Domain("user_id", "=", self.env.uid)
        found &= Domain("qualification_step", "!=", False)
        leads = self.env["crm.lead"]
        return leads.search_read(found, NEXT, limit=MOST_NEXT, order=WAITING_FIRST)

    @api.model
    def _get_funnel(self):
        """What came in lately, and how far it came: the funnel report's own numbers.

        :return: ``{"since": ISO date, "steps": [number, …], "parts": [number, …]}``;
            the steps also with ``rate`` and ``days``, and the parts of the qualified
            ones, as ``crm.qualification.funnel`` gives them, lost last
        """
        today = fields.Date.context_today(self)
        since = fields.Date.to_string(fields.Date.subtract(today, months=FUNNEL_MONTHS))
        report = self.env["crm.qualification.funnel"]
        funnel = report.get_funnel([("created_date", ">=", since)])
        shown = {"action": FUNNEL, "model": report._name, "view": "list"}
        return {
            "since": since,
            "steps": [
                self._number(**step, **shown)
                for step in (*funnel["steps"], funnel["lost"])
            ],
            "parts": [self._number(**part, **shown) for part in funnel["parts"]],
        }

    @api.model
    def _get_reasons(self):
        """Why open leads are blocked; a lead may be blocked for several reasons.

        Also the questions that are the next step with most of them.

        :return: numbers, with their counts
        """
        reasons, questions = Counter(), Counter()
        for code, question, count in self.env["crm.lead"]._read_group(
            BLOCKED, ["qualification_missing", "qualification_question_id"], ["__count"]
        ):
            reasons[code] += count
            # sudo: a lead shows its next question, of whatever company its profile is
            question = question.sudo()
            if question and code == REQUIREMENTS.get(question.requirement, "score"):
                questions[question] += count
        numbers = [
            self._number(
                code,
                get_missing_name(self.env, code),
                BLOCKED & Domain("qualification_missing", "=", code),
                count=count,
            )
            for code, count in reasons.items()
            if code
        ]
        return numbers + [
            self._number(
                f"question_{question.id}",
                self.env._("Open question: %s", question.name),
                BLOCKED & Domain("qualification_question_id", "=", question.id),
                count=count,
            )
            for question, count in questions.most_common(MOST_QUESTIONS)
        ]

    @api.model
    def _get_territory(self, teams):
        """How far the user's teams, or else all teams, came in their territories.

        :param teams: the ``crm.team`` records of the user's own
        :return: ``[{"id", "name", "numbers"}]``, numbers with their counts
        """
        if not teams:
            teams = teams.search_fetch([], TERRITORY_FIELDS, limit=MOST_TEAMS)
        teams = teams[:MOST_TEAMS]
        counts = teams._count_coverage()
        labels = {
            "territory_count": self.env._("contacts and accounts"),
            "territory_prospect_count": self.env._("untouched"),
            "territory_lead_count": self.env._("with a lead"),
            "territory_opportunity_count": self.env._("in the pipeline"),
            "territory_customer_count": self.env._("won"),
            "territory_lost_count": self.env._("lost"),
        }
        rows = []
        for team in teams:
            territory = team._get_territories()
            numbers = [
                self._number(
                    name,
                    label,
                    territory & Domain(COVERAGE[name]),
                    EXPLORE,
                    model="res.partner",
                    # as the coverage is counted, and as the team's card opens it
                    context={"active_test": True, "default_team_id": team.id},
                    count=counts[team.id][name],
                )
                for name, label in labels.items()
            ]
            rows.append({"id": team.id, "name": team.name, "numbers": numbers})
        return rows
