"""Many more leads of the same kind: copies by SQL of what Odoo made.

Odoo makes about 100 leads a second. So it makes some, and each of their copies gets
their accounts, messages and facts again, with other ids, names and addresses.
"""

from dev import postgres

# Copy n of a record has its id plus n times this.
STEP = 1_000_000
# Which rows of a table are copied, in an order in which each finds what it refers to.
# The last ones are there with the addon only.
TABLES = {
    "res_partner": "id NOT IN (SELECT partner_id FROM res_users "
    "UNION SELECT partner_id FROM res_company)",
    "mail_message": "model = 'crm.lead'",
    "crm_lead": "TRUE",
    "crm_qualification_answer": "TRUE",
    "crm_lead_need": "TRUE",
    "crm_lead_commitment": "TRUE",
}
# What tells contacts and leads apart. Numbers in names and addresses get a part more:
# "Lead 7" becomes "Lead 7.1", with its domain in e-mails.
NUMBERED = {
    "name",
    "complete_name",
    "commercial_company_name",
    "contact_name",
    "partner_name",
    "email",
    "email_from",
    "email_normalized",
    "email_domain_criterion",
}
PHONES = {"phone", "phone_sanitized"}


def multiply(database, times):
    """Have a database hold so many times what was generated.

    :param database: name of a database as ``data.py`` fills it
    :param times: how often everything is there in the end
    """
    for table, copied in TABLES.items():
        columns = postgres.sql(COLUMNS.format(table=table), database).split()
        if not columns:
            continue
        references = dict(
            line.split("|")
            for line in postgres.sql(
                REFERENCES.format(table=table), database
            ).splitlines()
        )
        if table == "mail_message":
            references["res_id"] = "crm_lead"
        statements = COPY.format(
            table=table,
            columns=", ".join(columns),
            values=", ".join(_get_copy(name, references) for name in columns),
            copied=copied,
            step=STEP,
            times=times,
        )
        postgres.sql(statements, database)


def _get_copy(column, references):
    """SQL of what copy ``n`` has in a column.

    :param references: table that a column refers to, by column
    """
    moved = f"{column} + n * {STEP}"
    if column == "id":
        return moved
    if table := references.get(column):
        is_copied = f"{column} IN (SELECT id FROM {table} WHERE {TABLES[table]})"
        return f"CASE WHEN {is_copied} THEN {moved} ELSE {column} END"
    if column in NUMBERED:
        return rf"regexp_replace({column}, '(\d+)', '\1.' || n, 'g')"
    if column in PHONES:
        return f"{column} || '0' || n"
    return column


COLUMNS = """
SELECT column_name
  FROM information_schema.columns
 WHERE table_schema = 'public' AND table_name = '{table}'
"""

REFERENCES = """
SELECT attname, confrelid::regclass
  FROM pg_constraint
  JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
 WHERE contype = 'f' AND conrelid = '{table}'::regclass
       AND confrelid::regclass::text IN ('res_partner', 'mail_message', 'crm_lead')
"""

COPY = """
INSERT INTO {table} ({columns})
SELECT {values}
  FROM {table}, generate_series(1, {times} - 1) n
 WHERE {copied};

SELECT setval(pg_get_serial_sequence('{table}', 'id'), {times} * {step});
"""
