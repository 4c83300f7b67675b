"""Indexes that nothing reads by: each costs every conversion, message and import."""

from odoo.tools.sql import drop_index

UNUSED = (
    "crm_lead__qualification_profile_id_index",
    "crm_lead__qualification_question_id_index",
    "crm_lead__recycled_from_id_index",
)


def migrate(cr, version):
    """Drop them: Odoo keeps the indexes that a field no longer asks for."""
    for name in UNUSED:
        drop_index(cr, name, "crm_lead")
