from odoo import api, fields, models
from odoo.tools.misc import babel_locale_parse, get_lang

from ...promise import propose
from ..base.identity import get_words

REMINDER = "mail.mail_activity_data_todo"
# What says that many records come in, not one promise.
LOADING = {"import_file", "install_mode", "_import_current_module"}
# What a reminder follows, by the activity's fields.
FOLLOWED = {"date_deadline": "date_deadline", "lead_id": "res_id"}


class CrmLeadCommitment(models.Model):
    """What the *buyer* of a lead promised to do next, by when, and what became of it.

    Our own to-dos are activities; a commitment is the buyer's. The owner of the lead is
    reminded of it by one activity, which is moved and goes with it.
    """

    _name = "crm.lead.commitment"
    _description = "Buyer's Commitment"
    _inherit = ["crm.lead.fact.mixin"]
    _weakest_state = "open"
    _order = "lead_id, date_deadline, id"

    name = fields.Char(
        string="Commitment", required=True, help="What the buyer will do."
    )
    kind = fields.Selection(
        [
            ("meeting", "Meeting"),
            ("data", "Sharing data"),
            ("decision_maker", "Involving the decision maker"),
            ("trial", "Trial"),
            ("decision", "Making a decision"),
            ("other", "Other"),
        ],
        default="meeting",
        required=True,
        help="What the buyer will do. A policy may ask for certain kinds.",
    )
    date_deadline = fields.Date(
        string="By", help="Until when the buyer wants to do it."
    )
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Broken")],
        default="open",
        required=True,
        help="Open: still to come. Kept: the buyer did it. Broken: they did not, so"
        " that it counts no more.",
    )
    activity_id = fields.Many2one(
        "mail.activity",
        "Reminder",
        copy=False,
        index="btree_not_null",
        help="Reminds the lead's owner; done, it stays here: nobody is reminded twice.",
        written_by="code",
    )

    @api.onchange("name")
    def _onchange_name(self):
        if not self._origin:
            said = self.name, self.kind, self.date_deadline
            self.kind, self.date_deadline = self._propose(*said)

    @api.model_create_multi
    def create(self, vals_list):
        promises = super().create(vals_list)
        promises._remind()
        return promises

    def write(self, vals):
        res = super().write(vals)
        if not vals.keys().isdisjoint({"active", "state", *FOLLOWED}):
            self._remind(
                {name: vals[key] for key, name in FOLLOWED.items() if key in vals}
            )
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_reminders(self):
        # sudo: it is somebody else's activity
        self.sudo().activity_id.filtered("active").unlink()

    def _remind(self, moved=None):
        """Have reminders stand as promises and leads do: nobody is written to.

        New ones are made of a single lead's promises with a day to come.

        :param dict moved: values for the reminders that there are, of ``FOLLOWED``
        """
        # sudo: whoever changes a promise may not write the owner's activity
        promises = self.sudo().with_context(mail_activity_quick_update=True)
        alive = promises.filtered(lambda promise: promise._is_reminded())
        (promises - alive).activity_id.filtered("active").unlink()
        for owner, theirs in alive.grouped(lambda one: one.lead_id.user_id).items():
            values = {"user_id": owner.id} | (moved or {})
            theirs.activity_id.filtered("active").write(values)
        if len(self.lead_id) > 1 or LOADING & {*self.env.context}:
            return
        for promise in alive.filtered(lambda promise: not promise.activity_id.active):
            # done, whatever day it was put off to: only another day reminds again
            if promise.activity_id and "date_deadline" not in (moved or {}):
                continue
            day, lead = promise.date_deadline, promise.lead_id
            is_due = promise.activity_id.date_deadline != day >= lead._get_day()
            if is_due and lead._get_company().remind_of_commitments:
                summary = self.env._("Promised: %s", promise.name)
                owner = {"user_id": lead.user_id.id}
                promise.activity_id = lead.activity_schedule(
                    REMINDER, day, summary, **owner
                )

    def _is_reminded(self):
        lead = self.lead_id
        is_open = lead.active and lead._peek_won_status() == "pending"
        is_open = is_open and self.active and self.state == "open"
        return is_open and self.date_deadline and lead.user_id.active

    @api.model
    def _propose(self, words, kind, day):
        """A promise's kind and day as its words tell, else as they are."""
        locale = babel_locale_parse(get_lang(self.env).code)
        found = propose(words or "", fields.Date.context_today(self), locale)
        return found[0] or kind, found[1] or day

    @api.model
    def _get_kinds(self):
        """What buyers promise, as the values of a selection."""
        return self._fields["kind"]._description_selection(self.env)

    def _get_identity(self):
        """What is equal of commitments that are the same, typed twice."""
        self.ensure_one()
        return get_words(self.name).casefold(), self.kind, self.date_deadline


class CrmLead(models.Model):
    """Its owner is reminded of what was promised."""

    _inherit = "crm.lead"

    def _guard_promises(self, before):
        """Have reminders follow the owner, and end with the record.

        Of other writes they stay as they are, cancelled, too.

        :param dict before: what ``_get_snapshot`` gave before the write
        """
        leads = self.filtered(
            lambda lead: (
                lead.user_id != before[lead.id]["user_id"]
                or lead.active != before[lead.id]["active"]
                or lead._peek_won_status() != before[lead.id]["won_status"]
            )
        )
        if leads:
            # sudo: whoever gives a lead away need not see it any more
            promises = self.env["crm.lead.commitment"].sudo()
            found = [("lead_id", "in", leads.ids), ("state", "=", "open")]
            promises.search(found)._remind()
