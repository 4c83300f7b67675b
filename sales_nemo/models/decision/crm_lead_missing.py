from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

from ..facts.crm_lead_facts import BLANKS, PHONE_DIGITS


class AskedPolicy(NamedTuple):
    """What a profile that judges asks of its leads, as far as a search can tell.

    :param profile_id: id of the ``crm.qualification.profile``
    :param reachable: a person and a way to reach them
    :param contact: "none", "any" or "two_way"
    :param needs: least number of confirmed needs, 0: none
    :param commitments: least number of open or kept commitments, 0: none
    :param score: least percent of the points, 0: none
    """

    profile_id: int
    reachable: bool
    contact: str
    needs: int
    commitments: int
    score: float


class CrmLead(models.Model):
    """Find the leads that fail a check, among any number, without judging them.

    Verdicts are not stored. What most checks ask is one comparison of stored facts
    with the policy of the lead's profile, which the database makes for all leads at
    once. Required criteria are not among them: which of a lead's and its account's
    answers count is the gate's to say. What is asked next stands for them, stored.
    """

    _inherit = "crm.lead"

    qualification_missing = fields.Char(
        string="Missing",
        store=False,
        search="_search_qualification_missing",
        groups="base.group_user",
        help="To search by, with the key of a check of the gate: reachable, contacted, "
        "needs_known or committed; or score, for too few points.",
    )

    def _search_qualification_missing(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._get_missing_domains()
        return Domain.OR(domains[key] for key in value if key in domains)

    @api.model
    def _get_missing_domains(self):
        """The leads and opportunities that fail a check of their profile.

        :return: ``{key: Domain}``, as ``gate.judge`` finds them one by one
        :rtype: dict
        """
        no_name = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "BTRIM(COALESCE(%s, ''), %s) = ''",
                model._field_to_sql(alias, "contact_name", query),
                BLANKS,
            ),
            predicate=lambda lead: not lead._has_contact_name(),
        )
        no_person = no_name & (
            Domain("partner_id", "=", False)
            | Domain("partner_id", "any!", [("is_company", "=", True)])
        )
        no_phone = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "LENGTH(REGEXP_REPLACE(COALESCE(%s, ''), '[^0-9]', '', 'g')) < %s",
                model._field_to_sql(alias, "phone", query),
                PHONE_DIGITS,
            ),
            predicate=lambda lead: not lead._has_phone(),
        )
        no_address = Domain("email_normalized", "=", False) & no_phone
        two_way = Domain("contact_state", "=", "two_way")
        silent = {
            "any": Domain("contact_state", "=", "none"),
            "two_way": ~two_way,
        }
        return {
            "reachable": self._get_asked_domain(
                "reachable", lambda _asked: no_person | no_address
            ),
            "contacted": self._get_asked_domain(
                "contact", lambda asked: silent.get(asked, Domain.FALSE)
            ),
            "needs_known": self._get_asked_domain(
                "needs",
                lambda asked: self._get_few_domain(
                    "crm.lead.need", asked, ["confirmed"]
                ),
            ),
            "committed": self._get_asked_domain(
                "commitments",
                lambda asked: self._get_few_domain(
                    "crm.lead.commitment", asked, ["open", "kept"]
                ),
            ),
            "score": self._get_asked_domain(
                "score", lambda asked: Domain("qualification_score", "<", asked)
            ),
        }

    @api.model
    def _get_asked_domain(self, name, get_failing):
        """The leads that fail what their profiles ask in one respect.

        :param str name: field of ``AskedPolicy``
        :param get_failing: function from its value to the Domain of those that fail
        :rtype: Domain
        """
        ids_by_asked = defaultdict(list)
        for policy in self._get_asked_policies():
            ids_by_asked[getattr(policy, name)].append(policy.profile_id)
        return Domain.OR(
            Domain("qualification_profile_id", "in", ids) & get_failing(asked)
            for asked, ids in ids_by_asked.items()
            if asked
        )

    @api.model
    @tools.ormcache("self.env['res.company']._get_policy_stamp()")
    def _get_asked_policies(self):
        """What each profile asks that judges; forgotten when a policy changes.

        :return: of ``AskedPolicy``
        :rtype: tuple
        """
        # sudo: a rep is judged by profiles of companies that aren't selected now, too
        profiles = self.env["crm.qualification.profile"].sudo()
        profiles = profiles.with_context(active_test=False).search(
            [("enforcement", "!=", "off")]
        )
        asking = profiles.filtered(lambda p: p.check_criteria and p.criterion_ids)
        return tuple(
            AskedPolicy(
                profile.id,
                profile.check_reachable,
                profile.contact_required,
                profile.needs_required,
                profile.commitments_required,
                profile.score_min if profile in asking else 0,
            )
            for profile in profiles
        )

    @api.model
    def _get_few_domain(self, model, required, states):
        """The leads with fewer facts of some kind than are asked for.

        :param str model: of the facts, each with a ``lead_id`` and a ``state``
        :param int required: how many are asked for
        :param list states: of the facts that count
        :rtype: Domain
        """
        facts = self.env[model]
        facts.flush_model(["lead_id", "state"])
        enough = SQL(
            "SELECT lead_id FROM %s WHERE state = ANY(%s)",
            SQL.identifier(facts._table),
            states,
        )
        if required > 1:
            enough = SQL("%s GROUP BY lead_id HAVING COUNT(*) >= %s", enough, required)
        return Domain("id", "not in", enough)
