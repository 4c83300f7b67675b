from contextlib import contextmanager

from odoo import models, tools

from ..base.stock_methods import is_stock

# What the cursor notes: notifications that wait, and that one is being prepared.
TOGETHER = "sales_nemo.notifications"
PREPARING = "sales_nemo.preparing_notification"


class ResPartner(models.Model):
    """Who is assigned to many new contacts gets Odoo's notifications of them.

    Odoo prepares and sends each as ever; only their messages are created together.
    """

    _inherit = "res.partner"

    # ------------------------------------------------------------
    # MAIL THREAD
    # ------------------------------------------------------------

    def _message_auto_subscribe_notify(self, partner_ids, template):
        data = self.env.cr.cache
        if TOGETHER not in data:
            return super()._message_auto_subscribe_notify(partner_ids, template)
        data[PREPARING] = True
        try:
            return super()._message_auto_subscribe_notify(partner_ids, template)
        finally:
            del data[PREPARING]

    def _message_create(self, values_list):
        if PREPARING in self.env.cr.cache:
            return self.env["mail.message"]
        # the messages of a contact stay in their order
        self._send_waiting()
        return super()._message_create(values_list)

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        data = self.env.cr.cache
        if PREPARING not in data:
            return super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        data[TOGETHER].append((self, msg_vals, kwargs))
        return []

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @contextmanager
    def _notifying_together(self):
        """Inside of the block, notifications of new contacts wait for one another.

        They are sent before anything else is said on contacts, or at its end.
        """
        data = self.env.cr.cache
        if TOGETHER in data or not self._can_notify_together():
            yield
            return
        data[TOGETHER] = []
        try:
            yield
            self._send_waiting()
        finally:
            del data[TOGETHER]

    @tools.ormcache()
    def _can_notify_together(self):
        """False where another addon changes how a notification is made."""
        return is_stock(
            self,
            "_message_auto_subscribe_notify",
            "_message_create",
            "_notify_thread",
            "message_notify",
        )

    def _send_waiting(self):
        """Create the messages of the notifications that wait, and send them."""
        data = self.env.cr.cache
        if not data.get(TOGETHER):
            return
        waiting, data[TOGETHER] = data[TOGETHER], []
        partners = self.browse(partner.id for partner, *_rest in waiting)
        there = set(partners.exists().ids)
        by_env = {}
        for partner, values, options in waiting:
            # what an error has undone meanwhile is told nobody
            if partner.id in there:
                by_env.setdefault(partner.env, []).append((partner, values, options))
        for env, prepared in by_env.items():
            messages = env["res.partner"]._message_create(
                [values for _partner, values, _options in prepared]
            )
            for message, (partner, values, options) in zip(
                messages, prepared, strict=True
            ):
                partner._notify_thread(message, values, **options)
