from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    qualification_answer_ids = fields.One2many(
        "crm.qualification.answer",
        "partner_id",
        string="Qualification Answers",
        help="What is known about this account; serves all of its leads.",
    )
