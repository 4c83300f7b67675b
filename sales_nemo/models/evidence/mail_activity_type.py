from odoo import api, fields, models

# What activities of Odoo's categories prove, when they are done.
CATEGORY_EFFECTS = {"phonecall": "outbound", "meeting": "two_way"}


class MailActivityType(models.Model):
    """What a done activity of each type proves about a lead."""

    _inherit = "mail.activity.type"

    contact_effect = fields.Selection(
        [
            ("none", "No contact"),
            ("outbound", "We got in touch"),
            ("two_way", "Both sides talked"),
        ],
        string="Proof of Contact",
        compute="_compute_contact_effect",
        store=True,
        readonly=False,
        help="What a done activity of this type proves about a lead. For calls the "
        "salesperson says whether somebody was reached.",
    )

    @api.depends("category")
    def _compute_contact_effect(self):
        for kind in self:
            kind.contact_effect = CATEGORY_EFFECTS.get(kind.category, "none")

    def write(self, vals):
        """Leads look for contact anew when an administrator changes what counts."""
        before = {kind: kind.contact_effect for kind in self}
        res = super().write(vals)
        changed = any(kind.contact_effect != before[kind] for kind in self)
        if changed:
            # the contact is read by SQL
            self.flush_recordset(["contact_effect"])
        if changed and self.env.registry.ready:
            self.env["crm.contact.evidence"]._read_history()
            self.env["crm.qualification.profile"]._review_leads()
        return res
