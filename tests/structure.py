"""What a database is made of, apart from the records that people make."""

from dev import postgres

QUESTIONS = {
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable, column_default
          FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "constraints": """
        SELECT conrelid::regclass, conname, pg_get_constraintdef(oid)
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    """,
    "sequences": "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'",
    # Without the list of addons that are at hand.
    "names": """
        SELECT module, name, model FROM ir_model_data
         WHERE model != 'ir.module.module'
    """,
    "fields": "SELECT model, name FROM ir_model_fields",
    # What Odoo notes of constraints, indexes and tables, to remove them with an addon.
    "noted constraints": """
        SELECT m.name, c.name, c.type, o.model
          FROM ir_model_constraint c
          JOIN ir_module_module m ON m.id = c.module
     LEFT JOIN ir_model o ON o.id = c.model
    """,
    "noted tables": """
        SELECT m.name, r.name, o.model
          FROM ir_model_relation r
          JOIN ir_module_module m ON m.id = r.module
     LEFT JOIN ir_model o ON o.id = r.model
    """,
    "rules": """
        SELECT r.name, o.model, r.active, r.domain_force
          FROM ir_rule r JOIN ir_model o ON o.id = r.model_id
    """,
    "parameters": "SELECT key FROM ir_config_parameter",
    "scoring": "SELECT DISTINCT variable FROM crm_lead_scoring_frequency",
    "scored": "SELECT value FROM ir_config_parameter WHERE key = 'crm.pls_fields'",
    "jobs": "SELECT cron_name, interval_number, interval_type FROM ir_cron",
}


def of(database):
    """All of a database's tables, columns, names and so on: {kind: set of lines}."""
    return {
        kind: set(postgres.sql(question, database).splitlines())
        for kind, question in QUESTIONS.items()
    }


def beyond(found, known):
    """What of one structure isn't in another: {kind: set of lines}, kinds without any
    left out."""
    more = {kind: found[kind] - known[kind] for kind in QUESTIONS}
    return {kind: lines for kind, lines in more.items() if lines}
