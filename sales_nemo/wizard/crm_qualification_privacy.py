import base64
import json

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import json_default, split_every

from ..models.base.calls import notify, on_one
from ..models.base.identity import ERASED, is_personal
from ..models.decision.crm_qualification_decision import erase_texts

BATCH = 500
# What is left where notes are.
NOTES = ("mail.message", "ir.attachment")
# What is exported besides the fields that this addon defines.
ALSO = {
    *("name", "date", "subject", "body", "author_id", "summary", "note", "create_date"),
}


class CrmQualificationPrivacy(models.TransientModel):
    """What qualification knows about one contact: shown, exported, erased.

    For administrators, who may not be salespeople: all is read and written in superuser
    mode. What Odoo itself keeps, contact and leads, is Odoo's to archive or delete.
    """

    _name = "crm.qualification.privacy"
    _description = "Qualification Data of a Contact"

    partner_id = fields.Many2one(
        "res.partner",
        "Contact",
        required=True,
        readonly=True,
        ondelete="cascade",
        help="Whose data it is.",
    )
    is_with_notes = fields.Boolean(
        "Erase Internal Notes, Too",
        default=True,
        help="What was logged of calls, briefs of earlier attempts, and what colleagues"
        " noted on these leads, with the names of the files. E-mails, comments and the"
        " files stay.",
    )
    summary = fields.Text(
        "What Is Kept",
        compute="_compute_summary",
        help="How many records of each kind tell about the contact.",
    )
    data_file = fields.Binary(
        compute="_compute_data_file", help="All of it as JSON, to download."
    )

    def _compute_summary(self):
        for dialog in self:
            kept = [records for records, _names in dialog._find_personal() if records]
            dialog.summary = "\n".join(
                f"{self.env['ir.model']._get(records._name).name}: {len(records)}"
                for records in kept
            )

    def _compute_data_file(self):
        for dialog in self:
            found = {
                records._name: records.read(dialog._get_exported(records))
                for records, _names in dialog._find_personal()
            }
            text = json.dumps(found, default=json_default, ensure_ascii=False, indent=2)
            dialog.data_file = base64.b64encode(text.encode())

    @on_one
    def action_export(self):
        """Download all of it as JSON."""
        self.check_access("read")
        url = f"/web/content/{self._name}/{self.id}/data_file/contact.json"
        return {"type": "ir.actions.act_url", "url": f"{url}?download=true"}

    @on_one
    def action_erase(self):
        """Erase the texts; what is counted stays: states, points, keys, dates.

        The roles of the contact are deleted.
        """
        self.check_access("write")
        found = self._find_personal()
        for records, names in found:
            if records._name in NOTES and not self.is_with_notes:
                continue
            for ids in split_every(BATCH, records.ids):
                for record in records.browse(ids):
                    self._erase(record, names)
                self.env.flush_all()
                self.env.invalidate_all()
        leads = next(x for x, _names in found if x._name == "crm.lead")
        leads._facts_changed()
        done = self.env._("What qualification knew of this contact was erased.")
        # sudo: an administrator need not be allowed to write contacts
        self.partner_id.sudo()._message_log(body=done)
        return notify(done, type="success")

    def _find_personal(self):
        """Everything that is kept of the contact, by the addon or for it.

        Extension point: other addons append theirs.

        :return: ``[(records, names of the fields to erase), …]``, in superuser mode;
            without names the records are deleted
        """
        # sudo: who may use the dialog is an administrator
        env = self.sudo().with_context(active_test=False).env
        partner = env["res.partner"].browse(self.partner_id.id)
        email, own = partner.email_normalized, Domain.FALSE
        # what several write from, or we ourselves, tells nobody apart
        if is_personal(email) and email not in env["res.company"]._filter_ours({email}):
            own = Domain("email_normalized", "=", email)
        leads = env["crm.lead"].search(Domain("partner_id", "=", partner.id) | own)
        theirs = Domain("lead_id", "in", leads.ids)

        def find(model, domain, *names):
            return env[model].search(domain), names

        account, withdrawn = Domain("partner_id", "=", partner.id), "withdrawn_reason"
        promises = find("crm.lead.commitment", theirs, "name", withdrawn)
        exceptions = find(
            *("crm.qualification.exception", theirs | own),
            *("email_normalized", "lead_name", "reason", "answer"),
        )
        reminders = promises[0].activity_id | exceptions[0].activity_id
        notes = self._find_notes(partner, leads)
        line = Domain("selected_id", "in", leads.ids)
        line |= Domain("customer_id", "=", partner.id)
        return [
            (partner, ("wrong_phone",)),
            (leads, ("wrong_phone", "lost_feedback")),
            find("crm.lead.need", theirs, "name", "detail", withdrawn),
            (reminders, ("summary", "note")),
            promises,
            find("crm.lead.role", account),
            find(
                *("crm.qualification.answer", theirs | account),
                *("value_text", "note", "history", withdrawn),
            ),
            exceptions,
            find(
                *("crm.qualification.decision", theirs | own, "email_normalized"),
                *("lead_name", "reason", "facts", "verdict", "signature"),
            ),
            find("crm.lead.conversion.line", theirs | line, "lead_name", "reasons"),
            (notes, ("subject", "body")),
            (notes.attachment_ids, ("name", "description")),
        ]

    def _find_notes(self, partner, leads):
        """What colleagues wrote down about a contact, in the records' environment."""
        noted = Domain("subtype_id.internal", "=", True)
        # there Odoo tells why it was lost
        noted |= Domain("subtype_id", "=", leads.env.ref("crm.mt_lead_lost").id)
        noted &= Domain("model", "=", "crm.lead") & Domain("res_id", "in", leads.ids)
        # calls are planned with contacts, too
        noted |= Domain(
            [
                ("model", "=", "res.partner"),
                ("res_id", "=", partner.id),
                ("mail_activity_type_id", "!=", False),
            ]
        )
        return leads.env["mail.message"].search(noted)

    def _get_exported(self, records):
        return [
            name
            for name, field in records._fields.items()
            if field.column_type
            and field.store
            and ("sales_nemo" in field._modules or name in ALSO)
        ]

    def _erase(self, record, names):
        """Erase the texts of one record, past all that signs, notes or forbids it."""
        if not names:
            record.unlink()
            return
        values = {}
        for name in names:
            if record._fields[name].type in ("char", "text", "html"):
                values[name] = record[name] and ERASED
            else:
                values[name] = erase_texts(record[name])
        models.Model.write(record, values)
