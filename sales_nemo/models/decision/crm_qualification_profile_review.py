from odoo import api, fields, models

# Leads judged anew at once after a change of policy; the rest is left to the cron.
REVIEW_NOW = 1000
REVIEW_BATCH = 500


class CrmQualificationProfile(models.Model):
    """After a change of policy the open leads are judged anew."""

    _inherit = "crm.qualification.profile"

    review_after_id = fields.Integer(
        copy=False,
        default=0,
        help="Leads with a higher id still show the state of the policy before its "
        "last change; the scheduled review brings them up to date.",
    )
    review_pending = fields.Boolean(
        copy=False,
        index="btree_not_null",
        help="It changed: a scheduled job judges the open leads anew.",
    )

    @api.model
    def _is_policy(self, names):
        progress = {"review_after_id", "review_pending"}
        return not names <= progress and super()._is_policy(names)

    def _apply(self, content, state=None):
        # nobody is judged by a half of it: of closed ones that would stay
        anyone = self.env["crm.lead"].sudo().with_context(active_test=False)
        leads = anyone.search([("qualification_profile_id", "=", self.id)])
        judged = self.pool.field_computed[anyone._fields["qualification_grade"]]
        with self.env.protecting(judged, leads):
            return super()._apply(content, state)

    def _review_leads(self, leads=None):
        """Judge leads anew: a few at once, all open ones, if many, by the cron."""
        if leads is not None:
            leads._review_qualification()
            return
        # sudo: the policy holds for leads that the manager can't see, too
        # of archived ones that are not lost the probability is one to be judged, too
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        open_leads = leads.search([("won_status", "=", "pending")], limit=REVIEW_NOW)
        if len(open_leads) < REVIEW_NOW:
            open_leads._review_qualification()
        else:
            self._schedule_review()
        asked = leads.search([("qualification_exception_id", "!=", False)])
        asked._end_needless_exceptions()

    def _schedule_review(self):
        """Leave the review of all open leads to the cron, from the first one on."""
        # sudo: only the scheduled review writes its own progress
        profiles = self.sudo().exists()
        profiles.write({"review_pending": True, "review_after_id": 0})
        cron = self.env.ref("sales_nemo.ir_cron_qualification_review")
        cron._trigger()

    @api.model
    def _cron_review(self):
        """Judge open leads anew where a policy changed, batch by batch, resumable."""
        Lead, cron = self.env["crm.lead"], self.env["ir.cron"]
        anyone = Lead.with_context(active_test=False)
        pending = self.with_context(active_test=False).search(
            [("review_pending", "=", True)]
        )
        while pending:
            after = min(pending.mapped("review_after_id"))
            domain = [("id", ">", after), ("won_status", "=", "pending")]
            leads = anyone.search(domain, order="id", limit=REVIEW_BATCH)
            if not leads:
                pending.write({"review_pending": False, "review_after_id": 0})
                break
            leads._review_qualification()
            self.env.flush_all()
            pending.write({"review_after_id": leads[-1].id})
            left = anyone.search_count([*domain, ("id", ">", leads[-1].id)])
            if not cron._commit_progress(len(leads), remaining=left):
                break
        # flags whose facts pass by now, however those came in
        Lead._settle_passing_flags()
        Lead._judge_unjudged()
        Lead._review_exceptions()
