"""A source of evidence: how its records are read, in SQL.

All evidence has the same columns, so that one query reads it, for a few leads or for
the whole history: whom it is about (of ``party``), the direction, when, the message
and the meeting that prove it, and whether it is only inferred. What the SQL reads is
written before.
"""

from odoo import fields, models
from odoo.tools import SQL

CALLS = """
    SELECT party_id,
           CASE WHEN phone.state = 'held' THEN 'reached'
                WHEN phone.direction = 'in' THEN 'inbound'
                ELSE 'tried'
           END, LEAST(phone.date, %s), NULL, NULL, FALSE
      FROM party
      JOIN crm_phonecall phone ON phone.lead_id = party.lead_id
     WHERE phone.state IN ('held', 'missed')
"""


class CrmContactEvidence(models.AbstractModel):
    _inherit = "crm.contact.evidence"

    def _get_sources(self):
        return [*super()._get_sources(), SQL(CALLS, fields.Datetime.now())]

    def _flush(self):
        super()._flush()
        self.env["crm.phonecall"].flush_model(["lead_id", "date", "direction", "state"])
