from odoo import fields, models
from odoo.fields import Domain

from ..decision.crm_lead import FACTS, NOT_WITHDRAWN

# What says to which account somebody belongs.
ACCOUNT_FIELDS = {"parent_id", "is_company", "commercial_partner_id"}
# What says whose messages count for the leads of an account.
CONTACT_FIELDS = ACCOUNT_FIELDS | {"email", "email_normalized"}


class ResPartner(models.Model):
    """What is known about contacts and accounts, and how it stays together."""

    _inherit = "res.partner"

    qualification_answer_ids = fields.One2many(
        "crm.qualification.answer",
        "partner_id",
        string="Qualification Answers",
        help="What is known about this account; serves all of its leads.",
        **FACTS,
    )
    qualification_role_ids = fields.One2many(
        "crm.lead.role",
        "partner_id",
        string="Roles in Decisions",
        help="The parts that this person plays in decisions, by lead.",
        **FACTS,
    )

    def write(self, vals):
        if CONTACT_FIELDS.isdisjoint(vals):
            return super().write(vals)
        before = [partner._get_contact_keys() for partner in self]
        res = super().write(vals)
        if ACCOUNT_FIELDS & vals.keys():
            self._gather_answers()
        moved = [
            old[0] | partner.commercial_partner_id
            for partner, old in zip(self, before, strict=True)
            if partner._get_contact_keys() != old
        ]
        self.concat(*moved)._account_people_changed()
        return res

    def unlink(self):
        accounts = self.commercial_partner_id
        # sudo: whoever deletes a contact may not see all of the meetings
        invitations = self.env["calendar.attendee"].sudo()
        meetings = invitations.search([("partner_id", "in", self.ids)]).event_id
        res = super().unlink()
        # PostgreSQL deletes the invitations, and tells nobody
        meetings._evidence_changed()
        accounts.exists()._account_people_changed()
        return res

    def _get_contact_keys(self):
        """By what messages are known to be of an account's people."""
        self.ensure_one()
        return self.commercial_partner_id, self.email_normalized

    def _gather_answers(self):
        """Give answers about who is no account any more to the account.

        What companies know for which the user doesn't work stays with the contact:
        of two answers one goes, and moving the contact back wouldn't bring it back.
        """
        # sudo: rules look at the companies that are selected now
        answers = self.env["crm.qualification.answer"].sudo()
        domain = Domain("partner_id", "child_of", self.ids) & Domain(NOT_WITHDRAWN)
        if not self.env.su:
            domain &= Domain("company_id", "in", self.env.user.company_ids.ids)
        stray = answers.search(domain).filtered(
            lambda answer: answer.partner_id != answer.partner_id.commercial_partner_id
        )
        for account, theirs in stray.grouped(
            lambda answer: answer.partner_id.commercial_partner_id
        ).items():
            theirs._move_to(account)

    def _account_people_changed(self):
        """People of these accounts came or went, and what they said with them."""
        if self:
            self._get_account_leads()._contact_changed()

    def _merged(self, touched):
        """Odoo merged contacts into these, in SQL: have all that is stored follow.

        :param touched: contacts and accounts that lost or won something
        """
        people = self.with_context(active_test=False).search(
            [("id", "child_of", self.ids)]
        )
        people._compute_again("commercial_partner_id")
        # sudo: the merged contacts are gone, for all companies
        self.sudo()._gather_answers()
        accounts = people.commercial_partner_id
        (people | accounts | touched)._compute_again("crm_lifecycle")
        moved = (accounts | touched)._get_account_leads()
        moved._contact_changed()
        moved._review_qualification()
