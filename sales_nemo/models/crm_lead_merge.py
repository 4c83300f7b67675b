from odoo import models
from odoo.exceptions import UserError


class CrmLead(models.Model):
    """Merging: facts follow the record that stays, and the gate judges what it is."""

    _inherit = "crm.lead"

    def _merge_opportunity(
        self, user_id=False, team_id=False, auto_unlink=True, max_length=5
    ):
        """Merge as Odoo does; facts follow the record that stays.

        Merging into a running opportunity is allowed. A lead that would come back to
        life inside a lost opportunity is judged like any other, on the merged facts.
        """
        leads = self.filtered(lambda lead: lead.type == "lead")
        opportunities = self - leads
        running = opportunities.filtered(lambda o: o.active and o.won_status != "lost")
        merged = super()._merge_opportunity(
            user_id=user_id,
            team_id=team_id,
            auto_unlink=auto_unlink,
            max_length=max_length,
        )
        if leads and opportunities and not running:
            merged._guard_merged()
        return merged

    def _guard_merged(self):
        """A lead merged into a lost opportunity comes back only if it passes."""
        entries, refused = self._triage()
        if refused:
            raise UserError(self._explain_refusal(refused))
        self._decide(entries, "merge")

    def _merge_dependences(self, opportunities):
        """Facts, roles and decisions follow the record that stays."""
        res = super()._merge_dependences(opportunities)
        # sudo: who may merge the leads may merge their facts; the log is the gate's
        tail, head = opportunities.sudo(), self.sudo()
        tail.qualification_answer_ids._move_to(head)
        tail.qualification_role_ids._move_to(head)
        tail.qualification_need_ids.write({"lead_id": head.id})
        tail.qualification_commitment_ids.write({"lead_id": head.id})
        tail.qualification_decision_ids.write({"lead_id": head.id})
        return res
