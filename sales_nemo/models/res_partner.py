from odoo import fields, models


class ResPartner(models.Model):
    """What is known about contacts and accounts, and how it stays together."""

    _inherit = "res.partner"

    qualification_answer_ids = fields.One2many(
        "crm.qualification.answer",
        "partner_id",
        string="Qualification Answers",
        help="What is known about this account; serves all of its leads.",
    )
    qualification_role_ids = fields.One2many(
        "crm.lead.role",
        "partner_id",
        string="Roles in Decisions",
        help="The parts that this person plays in decisions, by lead.",
    )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def write(self, vals):
        res = super().write(vals)
        if not {"parent_id", "is_company"}.isdisjoint(vals):
            self._gather_answers()
        return res

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _gather_answers(self):
        """Give answers about who is no account any more to the account."""
        # sudo: an account's answers stay together, of whatever company they are
        answers = self.env["crm.qualification.answer"].sudo()
        stray = answers.search([("partner_id", "child_of", self.ids)]).filtered(
            lambda answer: answer.partner_id != answer.partner_id.commercial_partner_id
        )
        for account, theirs in stray.grouped(
            lambda answer: answer.partner_id.commercial_partner_id
        ).items():
            theirs._move_to(account)

    def _merged(self, touched):
        """Odoo merged contacts into these, in SQL: have all that is stored follow.

        :param touched: contacts and accounts that lost or won something
        """
        people = self.with_context(active_test=False).search(
            [("id", "child_of", self.ids)]
        )
        people._compute_again("commercial_partner_id")
        self._gather_answers()
        accounts = people.commercial_partner_id
        (people | accounts | touched)._compute_again("crm_lifecycle")
        leads = self.env["crm.lead"].with_context(active_test=False)
        moved = leads.search([("partner_id.commercial_partner_id", "in", accounts.ids)])
        moved._contact_changed()
        moved._review_qualification()

    def _get_answer_owner(self, company):
        """How an answer names this account as its owner.

        :param company: ``res.company`` whose answer it is
        """
        self.ensure_one()
        return {"partner_id": self.id, "company_id": company.id, "lead_id": False}

    def _get_account_answers(self, company):
        """What a company knows about these accounts.

        :return: ``{account id: {criterion: answer}}``
        :rtype: dict
        """
        known = {account.id: {} for account in self}
        for answer in self.qualification_answer_ids:
            if answer.company_id == company:
                known[answer.partner_id.id][answer.criterion_id] = answer
        return known
