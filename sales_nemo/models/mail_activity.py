from odoo import models
from odoo.exceptions import UserError


class MailActivity(models.Model):
    _inherit = "mail.activity"

    def action_call_reached(self, feedback=False, attachment_ids=None):
        """Mark calls as done in which both sides talked; see ``_call_done``."""
        return self._call_done("reached", feedback, attachment_ids)

    def action_call_no_answer(self, feedback=False, attachment_ids=None):
        """Mark calls as done that nobody answered; see ``_call_done``."""
        return self._call_done("no_answer", feedback, attachment_ids)

    def _call_done(self, outcome, feedback, attachment_ids):
        """Mark calls as done and keep what they came to, as proof of contact.

        :param str outcome: "reached" or "no_answer"
        :param str feedback: what was said
        :param list attachment_ids: ids of ``ir.attachment``
        :return: id of the first message that was posted, or False
        :raise UserError: an activity is no call
        """
        if self.activity_type_id.filtered(lambda kind: kind.category != "phonecall"):
            raise UserError(self.env._("Only calls are reached or not answered."))
        messages, _activities = self._action_done(
            feedback=feedback, attachment_ids=attachment_ids
        )
        # sudo: the outcome is evidence, clients can't write it on any message
        messages.sudo().write({"contact_outcome": outcome})
        return messages[:1].id
