from odoo import fields, models
from odoo.exceptions import UserError

from ..base.calls import browse_ids, check_ids, find_existing, notify, on_some
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
        """Done as Odoo does; calls, of which each is asked what it came to, stay open.

        :return: as Odoo's, or a message that names these calls
        """
        activities = find_existing(check_ids(self))
        calls = activities.filtered(
            lambda a: (
                a.active
                and a.activity_category == "phonecall"
                and a.res_model in CONTACT_MODELS
            )
        )
        done = super(MailActivity, activities - calls).action_done()
        if not calls:
            return done
        names = [f"{call.display_name} ({call.res_name})" for call in calls]
        text = self.env._(
            "Calls stay open until each says whether you reached somebody, or nobody "
            "answered: %s.",
            ", ".join(names),
        )
        return notify(text, sticky=True)

    @on_some
    def action_call_reached(self, feedback=False, attachment_ids=None):
        """Mark calls as done in which both sides talked; see ``_call_done``."""
        return self._call_done("reached", feedback, attachment_ids)

    @on_some
    def action_call_no_answer(self, feedback=False, attachment_ids=None):
        """Mark calls as done that nobody answered; see ``_call_done``."""
        return self._call_done("no_answer", feedback, attachment_ids)

    def _call_done(self, outcome, feedback, attachment_ids):
        """Mark calls as done and keep what they came to, as proof of contact.

        :param str outcome: "reached" or "no_answer"
        :param str feedback: what was said
        :param list attachment_ids: ids of ``ir.attachment``
        :return: id of the first message that was posted, or False
        :raise UserError: an activity is no call, or an attachment none
        """
        if attachment_ids:
            attachments = browse_ids(self.env["ir.attachment"], attachment_ids)
            attachment_ids = attachments.exists().ids
        if self.activity_type_id.filtered(lambda kind: kind.category != "phonecall"):
            raise UserError(self.env._("Only calls are reached or not answered."))
        messages, _activities = self._action_done(
            feedback=feedback, attachment_ids=attachment_ids
        )
        # sudo: the outcome is evidence, clients can't write it on any message
        messages.sudo().write({"contact_outcome": outcome})
        return messages[:1].id

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
