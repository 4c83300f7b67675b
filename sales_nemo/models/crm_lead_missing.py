from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .crm_lead import PHONE_DIGITS


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
        profiles = self.env["crm.qualification.profile"]
        profiles.flush_model(["needs_required", "commitments_required", "score_min"])
        no_person = Domain("contact_name", "=", False) & (
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
        enough_needs = self._get_enough_sql(
            "crm.lead.need", "needs_required", ("confirmed",)
        )
        enough_commitments = self._get_enough_sql(
            "crm.lead.commitment", "commitments_required", ("open", "kept")
        )
        return {
            "reachable": self._judged_by([("check_reachable", "=", True)])
            & (no_person | no_address),
            "contacted": (
                self._judged_by([("contact_required", "=", "two_way")])
                & Domain("contact_state", "!=", "two_way")
            )
            | (
                self._judged_by([("contact_required", "=", "any")])
                & Domain("contact_state", "=", "none")
            ),
            "needs_known": self._judged_by([("needs_required", ">", 0)])
            & Domain("id", "not in", enough_needs),
            "committed": self._judged_by([("commitments_required", ">", 0)])
            & Domain("id", "not in", enough_commitments),
            "score": self._judged_by(
                [("check_criteria", "=", True), ("criterion_ids", "!=", False)]
            )
            & Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "%s < (SELECT p.score_min FROM crm_qualification_profile p"
                    " WHERE p.id = %s)",
                    model._field_to_sql(alias, "qualification_score", query),
                    model._field_to_sql(alias, "qualification_profile_id", query),
                ),
                predicate=lambda lead: (
                    lead.qualification_score
                    < lead.sudo().qualification_profile_id.score_min
                ),
            ),
        }

    @api.model
    def _judged_by(self, conditions):
        """The leads whose profile judges, and has a policy of some kind.

        :param list conditions: on ``crm.qualification.profile``
        """
        # any!: a rep is judged by profiles of companies that aren't selected now, too
        return Domain(
            "qualification_profile_id",
            "any!",
            [
                ("active", "in", [True, False]),
                ("enforcement", "!=", "off"),
                *conditions,
            ],
        )

    @api.model
    def _get_enough_sql(self, model, required, states):
        """Ids of the leads that have as many facts as their profile asks for.

        :param str model: of the facts, each with a ``lead_id`` and a ``state``
        :param str required: field of the profile that says how many
        :param tuple states: of the facts that count
        :rtype: SQL
        """
        facts = self.env[model]
        facts.flush_model(["lead_id", "state"])
        return SQL(
            """
            (SELECT fact.lead_id
               FROM %(facts)s fact
               JOIN crm_lead l ON l.id = fact.lead_id
               JOIN crm_qualification_profile p ON p.id = l.qualification_profile_id
              WHERE fact.state = ANY(%(states)s)
           GROUP BY fact.lead_id, p.%(required)s
             HAVING COUNT(*) >= p.%(required)s)
            """,
            facts=SQL.identifier(facts._table),
            states=list(states),
            required=SQL.identifier(required),
            to_flush=self._fields["qualification_profile_id"],
        )
