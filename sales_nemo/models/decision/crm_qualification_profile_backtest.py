import json
from dataclasses import replace
from itertools import takewhile

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, json_default

from ... import backtest
from ...gate import OPEN_ANSWERS
from ..base.calls import on_one
from ..policy.policy_content import find_problems, write_down
from .crm_qualification_decision import name_values

# A longer history is cut: the newest deals count.
MOST_DEALS = 10_000
# So many are looked at for the banner, which stands over lists.
MOST_IN_BANNER = 500
# Parameter: somebody tried a profile on history.
TRIED = "sales_nemo.tried_on_history"
BATCH = 2000
# Decisions by which a record came into the pipeline, and the paths of those that are
# about one that was there already.
ENTRY_OUTCOMES = ("passed", "overridden", "flagged", "advised")
LATER_PATHS = ("enter", "restore", "won", "facts", "stage")
# What can be tried without a draft, as the gate calls it: of the profile, of criteria.
TRIED_OF_PROFILE = {
    "check_reachable": "reachable",
    "contact_required": "contact",
    "needs_required": "needs",
    "commitments_required": "commitments",
    "check_criteria": "criteria",
    "score_min": "score_min",
}
TRIED_OF_CRITERIA = ("weight", "requirement")


class CrmQualificationProfile(models.Model):
    """This profile, tried on the opportunities that were won or lost."""

    _inherit = "crm.qualification.profile"

    @on_one
    def action_try_on_history(self):
        """Show what this profile would have refused; enforcing it is one click there.

        :raise AccessError: the user may not change profiles
        """
        self.check_access("write")
        trial = self.env["crm.qualification.backtest"].create({"profile_id": self.id})
        # sudo: only that it happened is kept
        self.env["ir.config_parameter"].sudo().set_param(TRIED, "1")
        return trial._get_records_action(
            name=self.env._("Try on History: %s", self.name),
            target="new",
            context={"dialog_size": "large"},
        )

    @api.model
    @api.readonly
    def get_advise_summary(self):
        """What enforcing would have refused, for the managers' banner.

        :return: ``[{"id", "name", "past", "blocked"}]``, one entry a profile that
            advises: what it would have made of the newest deals, in words, empty where
            none was closed; and how many open leads it would refuse now. Empty for
            users who can't change profiles, or put the banner off.
        """
        # sudo: of the user's own
        put_off = self.env.user.sudo().res_users_settings_id.qualification_banner_from
        today = fields.Date.today()
        if not self.has_access("write") or (put_off and today < put_off):
            return []
        profiles = self.search(
            [("state", "=", "published"), ("enforcement", "=", "advise")]
        )
        blocked = dict(
            self.env["crm.lead"]._read_group(
                [
                    ("qualification_profile_id", "in", profiles.ids),
                    ("type", "=", "lead"),
                    ("won_status", "=", "pending"),
                    ("qualification_state", "in", ("blocked", "disqualified")),
                ],
                ["qualification_profile_id"],
                ["__count"],
            )
        )
        return [
            {
                "id": profile.id,
                "name": profile.name,
                "past": profile._describe_past(today),
                "blocked": blocked.get(profile, 0),
            }
            for profile in profiles
        ]

    def _describe_past(self, today, cost=False):
        """What this profile would have made of the newest deals of the last year.

        :param bool cost: say what that costs, too
        :rtype: str
        """
        days = (fields.Date.subtract(today, years=1), today)
        try:
            history = self._backtest(*days, most=MOST_IN_BANNER)
        except UserError:
            # the trial says why
            return ""
        if not history["deals"]:
            return ""
        values = {"profile_id": self.id, "history": history}
        trial = self.env["crm.qualification.backtest"].new(values)
        if history["is_cut"]:
            counted = self.env._(
                "Looked at: the newest %s deals closed in the last 12 months.",
                MOST_IN_BANNER,
            )
        else:
            counted = self.env._("Looked at: deals closed in the last 12 months.")
        lines = [f"{trial.summary} {counted}", *filter(None, [cost and trial.cost])]
        return "\n".join(lines)

    def _backtest(self, date_from, date_to, most=None):
        """Judge the closed opportunities of a period by this profile as it is now.

        By the facts that the decision log kept when each came into the pipeline; where
        it kept none, by the contact that messages and meetings show of the time before.
        Also when the profile only advises or is off. The user's access to leads counts.
        What is asked from a stage on is not tried.

        :param date date_from: first closing day (UTC)
        :param date date_to: last closing day (UTC)
        :param int most: so many deals are judged; None: ``MOST_DEALS``
        :return: ``{"deals": [(lead id, is won, {check's key: result}), …], "is_cut"}``,
            the last one closed first, results as ``backtest.judge_past`` gives them;
            ``is_cut``: there were more deals, and these are the newest
        :rtype: dict
        :raise UserError: the filters on leads can't be searched by
        """
        return self._judge_pasts(self._collect_pasts(date_from, date_to, most))

    def _collect_pasts(self, date_from, date_to, most=None):
        """What is known of the closed opportunities that ``_backtest`` judges.

        :return: ``{"deals": [(lead id, is won, snapshot), …], "is_cut"}``, plain JSON
        :rtype: dict
        """
        self.ensure_one()
        most = most or MOST_DEALS
        leads = self._get_past_deals(date_from, date_to, most)
        deals = []
        for start in range(0, min(len(leads), most), BATCH):
            batch = leads[start : min(start + BATCH, most)]
            deals += [
                (lead.id, lead.won_status == "won", snapshot)
                for lead, snapshot in self._get_snapshots(batch).items()
            ]
        return {"deals": deals, "is_cut": len(leads) > most}

    def _judge_pasts(self, pasts, tried=None):
        """Judge by this profile, or by what it would be.

        :param dict pasts: as ``_collect_pasts`` gives it
        :param dict tried: what is other than in the profile; see ``_change_content``
        :return: as ``_backtest``
        """
        # what is asked from a stage on was not asked yet
        policy = self._suppose(tried or {}).reached(())
        checks = self._get_gate_checks()
        # sudo: as in _get_policy
        criteria = self.sudo().criterion_ids
        ruling_out = criteria.filtered(lambda c: c._can_disqualify())
        disqualifiers = frozenset(ruling_out._get_keys().values())
        deals = [
            (lead_id, won, backtest.judge_past(past, policy, checks, disqualifiers))
            for lead_id, won, past in self._read_pasts(pasts["deals"])
        ]
        return {"deals": deals, "is_cut": pasts["is_cut"]}

    def _read_pasts(self, deals):
        """Deals as ``_collect_pasts`` gives them, with answers graded as they are now.

        :return: of each: lead id, is won, ``backtest.Past``
        """
        # sudo: as in _get_policy
        criteria = self.sudo().criterion_ids
        by_key = {key: criterion for criterion, key in criteria._get_keys().items()}
        grades = {}
        for lead_id, is_won, snapshot in deals:
            past = backtest.read_snapshot(snapshot)
            yield lead_id, is_won, criteria._grade_past(past, by_key, grades)

    def _change_content(self, tried):
        """This policy with some of it changed, as JSON.

        :param dict tried: values of TRIED_OF_PROFILE, and ``criteria``: of
            TRIED_OF_CRITERIA, by the criterion's code; anything else is left out
        :raise UserError: what is wrong with them
        """
        content = write_down(self)
        content |= {name: tried[name] for name in TRIED_OF_PROFILE if name in tried}
        for item in content["criteria"]:
            values = tried.get("criteria", {}).get(item["code"], {})
            item.update((n, values[n]) for n in TRIED_OF_CRITERIA if n in values)
        self._refuse_problems(find_problems(self.browse(), content))
        return content

    def _suppose(self, tried):
        """The policy that this would be with some of it changed, as the gate reads it.

        :rtype: Policy
        """
        policy = self._get_policy()
        if not tried:
            return policy
        content = self._change_content(tried)
        items = {item["code"]: item for item in content["criteria"]}
        # sudo: as in _get_policy
        keys = self.sudo().criterion_ids._get_keys()
        by_key = {key: items[criterion.code] for criterion, key in keys.items()}
        return replace(
            policy,
            questions=tuple(
                replace(asked, **{n: by_key[asked.key][n] for n in TRIED_OF_CRITERIA})
                for asked in policy.questions
            ),
            **{ours: content[name] for name, ours in TRIED_OF_PROFILE.items()},
        )

    def _get_past_deals(self, date_from, date_to, most=MOST_DEALS):
        """Opportunities closed in a period that would take this profile now.

        :return: ``crm.lead``, the last one closed first, one more than ``most`` if
            there are more
        """
        ruling = self.draft_of_id or self
        rules = self._get_match_rules() if self.active else ()
        earlier = Domain.OR(
            self._get_match_domain(*scope)
            for _id, *scope in takewhile(lambda rule: rule[0] != ruling.id, rules)
        )
        own = self._get_match_domain(
            self.company_id.id,
            self.with_context(active_test=False).team_ids._ids,
            self.lead_domain,
        )
        is_pinned = Domain("qualification_profile_pinned", "=", True)
        takes = (~is_pinned & own & ~earlier) | (
            is_pinned & Domain("qualification_profile_id", "=", ruling.id)
        )
        closed = Domain("type", "=", "opportunity")
        closed &= Domain("won_status", "in", ("won", "lost"))
        leads = self.env["crm.lead"].with_context(active_test=False)
        closed &= leads._get_closing_domain(">=", date_from)
        closed &= leads._get_closing_domain("<", fields.Date.add(date_to, days=1))
        try:
            query = leads._search(closed & takes, limit=most + 1)
            *moments, number = (
                leads._field_to_sql(query.table, name, query)
                for name in ("create_date", "date_closed", "id")
            )
            closing = leads._get_closing_sql(*moments)
            query.order = SQL("%s DESC, %s DESC", closing, number)
            return leads.browse(query)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "The leads of “%(profile)s” can't be searched, because its filter, "
                    "or that of a profile above it, uses a field that Odoo computes: "
                    "%(problem)s",
                    profile=self.name,
                    problem=error,
                )
            ) from error

    @api.model
    def _get_logged_facts(self, leads, outcomes, part="today", but=()):
        """The facts by which these records came into the pipeline last, as JSON.

        :param leads: records that the user may see
        :param tuple outcomes: of the decisions that count
        :param str part: what the facts must have; each has its day
        :param tuple but: paths whose decisions don't count
        :return: ``{lead id: facts}``, of those that the log has
        :rtype: dict
        """
        self.env["crm.qualification.decision"].flush_model(["lead_id"])
        # the log itself: the facts of a record that the user may see
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (lead_id) lead_id, facts
                  FROM crm_qualification_decision
                 WHERE lead_id = ANY(%s) AND facts ? %s
                   AND outcome IN %s AND path NOT IN %s
              ORDER BY lead_id, date DESC, id DESC
                """,
                leads.ids,
                part,
                outcomes,
                (*LATER_PATHS, *but),
            )
        )
        return dict(rows)

    @api.model
    def _get_snapshots(self, leads):
        """What is known of these records when they became opportunities, as JSON.

        Where the log has nothing, the day and the contact. Imported ones have the
        answers that are known now.

        :return: ``{lead: facts}``
        :rtype: dict
        """
        facts = self._get_logged_facts(leads, ENTRY_OUTCOMES)
        unlogged = leads.browse([lead.id for lead in leads if lead.id not in facts])
        contacts = self.env["crm.contact.evidence"]._get_past_contact(unlogged)
        for lead in unlogged:
            day = (lead.date_conversion or lead.create_date).date()
            known = {"today": day, "contact": name_values(contacts[lead.id])}
            # dates as text, as in the log
            facts[lead.id] = json.loads(json.dumps(known, default=json_default))
        imported = leads._filter_imported()
        decided = self._get_logged_facts(imported, ENTRY_OUTCOMES, but=("create",))
        imported = imported.filtered(lambda lead: lead.id not in decided)
        known = imported._get_answers_by_criterion()
        for lead_id, answers in imported._collect_answers(known, {}).items():
            told = [name_values(a) for a in answers if a.state not in OPEN_ANSWERS]
            facts[lead_id]["answers"] = told
        return {lead: facts[lead.id] for lead in leads}
