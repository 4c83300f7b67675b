from odoo import fields, models
from odoo.exceptions import UserError

from ..base.calls import check_ids, find_existing, notify
from .evidence_sql import CONTACT_MODELS


class MailActivity(models.Model):
    """A done call says what it came to, and proves contact where it is planned."""

    _inherit = "mail.activity"

    def write(self, vals):
        res = super().write(vals)
        if not vals.keys().isdisjoint({"res_id", "res_model_id", "res_model"}):
            # Odoo asks where it was before: nobody reaches a hidden lead
            for model, moved in self.grouped("res_model").items():
                if model in CONTACT_MODELS:
                    self.env[model].browse(moved.mapped("res_id")).check_access("read")
        return res

    def action_done(self):
        """Done as Odoo does; of a call ask what it came to.

        :return: as Odoo's, the dialog that asks, or a message: among others calls stay
            open, and are named
        """
        activities = find_existing(check_ids(self))
        calls = activities._filter_calls()
        if len(calls) == len(activities) == 1:
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "sales_nemo.crm_lead_log_contact_action"
            )
            name = self.env._("What did the call come to?")
            context = {"default_activity_id": calls.id, "default_outcome": False}
            return action | {"name": name, "context": context}
        done = super(MailActivity, activities - calls).action_done()
        if not calls:
            return done
        names = [f"{call.display_name} ({call.res_name})" for call in calls]
        text = self.env._(
            "Calls stay open until each says what it came to: %s.", ", ".join(names)
        )
        return notify(text, sticky=True)

    def _filter_calls(self):
        """The open calls of leads and contacts among these."""
        return self.filtered(
            lambda a: (
                a.active
                and a.activity_category == "phonecall"
                and a.res_model in CONTACT_MODELS
            )
        )

    def _call_done(self, outcome, feedback):
        """Mark a call as done and keep what it came to, as proof of contact.

        :param str outcome: one of ``OUTCOMES``
        :param str feedback: what was said
        :raise UserError: it is no open call
        """
        if not self._filter_calls():
            raise UserError(self.env._("Only open calls come to something."))
        messages, _activities = self._action_done(feedback=feedback)
        # sudo: the outcome is evidence, clients can't write it on any message
        messages.sudo().write({"contact_outcome": outcome})

    def _action_done(self, feedback=False, attachment_ids=None):
        """A done activity proves nothing where its meeting in the calendar does."""
        planned = self.filtered(lambda a: a._is_proven_by_meeting())
        messages, activities = super(MailActivity, self - planned)._action_done(
            feedback=feedback, attachment_ids=attachment_ids
        )
        if planned:
            # the mark only ever takes evidence away
            planned = planned.with_context(qualification_no_proof=True)
            done = super(MailActivity, planned)._action_done(
                feedback=feedback, attachment_ids=attachment_ids
            )
            messages, activities = messages | done[0], activities | done[1]
        return messages, activities

    def _is_proven_by_meeting(self):
        """True when the calendar knows better whether both sides met.

        That is, when the meeting is still to come, or invites anybody from outside.
        """
        self.ensure_one()
        # sudo: also meetings that are hidden from the user
        meeting = self.sudo().calendar_event_id
        return bool(meeting) and (
            meeting.stop > fields.Datetime.now()
            or any(meeting.attendee_ids.mapped("partner_id.partner_share"))
        )
