"""All of a database as plain values, with names for what was created.

Ids of records that both databases had before stay; each new record is named by what it
belongs to. So two databases in which the same was done give the same dump, whatever
came first.
"""

import json
import re
from collections import defaultdict

from dev import postgres

# Odoo's own registers, which change when an addon is installed, what is vacuumed, and
# what the overriding addon remembers.
IGNORED = re.compile(
    r"(ir|base|bus|report|res_config|web|wizard|reset|fetchmail|digest|iap)_(?!attachment)"
    r"|crm_(lead2opportunity|convert_lead|merge|lead_lost|lead_pls)"
    r"|.*_wizard|rel_modules|res_groups|res_users_(log|settings|apikeys|deletion)"
    r"|mail_compose|mail_(activity_schedule|template|presence|push)|signaling"
    r"|.*_view_rel|decimal|module|crm_lead_crm_lead2|crm_lead_crm_lead_lost"
    r"|crm_merge|merge_opportunity|discuss|res_partner_crm_lead2|overriding"
)
# Columns whose values are made of chance or time: only whether there is one counts.
BY_CHANCE = {"message_id", "references", "access_token", "signup_token", "token"}
# What says which record a row belongs to, by table: model, id.
BELONGS = {
    "mail_message": ("model", "res_id"),
    "mail_followers": ("res_model", "res_id"),
    "mail_activity": ("res_model", "res_id"),
    "ir_attachment": ("res_model", "res_id"),
    "calendar_event": ("res_model", "res_id"),
}
REFERENCES = """
    SELECT json_agg(json_build_array(c.conrelid::regclass, a.attname,
                                     c.confrelid::regclass))
      FROM pg_constraint c
      JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
     WHERE c.contype = 'f'
"""
# What a tracked change is about: the table of a link.
TRACKED = """
    SELECT json_object_agg(id, replace(relation, '.', '_')) FROM ir_model_fields
     WHERE ttype = 'many2one'
"""
COLUMNS = """
    SELECT json_object_agg(table_name, columns) FROM (
        SELECT t.table_name, json_object_agg(c.column_name, c.data_type) AS columns
          FROM information_schema.tables t JOIN information_schema.columns c
               USING (table_schema, table_name)
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
         GROUP BY 1
    ) AS found
"""


class Schema:
    """Tables, columns and references of the stock database: what is compared."""

    def __init__(self, database):
        self.columns = {
            table: columns
            for table, columns in _read(COLUMNS, database).items()
            if not IGNORED.match(table)
        }
        self.references = {
            (table, column): target
            for table, column, target in _read(REFERENCES, database)
        }
        self.tracked = {int(i): t for i, t in _read(TRACKED, database).items()}


def read_rows(database, schema):
    """All rows of the tables of a schema, and the time.

    :returns: ``{table: [{column: value}]}``
    """
    parts = [
        f"'{table}', (SELECT json_agg(t) FROM (SELECT "
        + ", ".join(f'"{column}"' for column in columns)
        + f' FROM "{table}") AS t)'
        for table, columns in schema.columns.items()
    ]
    rows = {}
    # a function takes 100 arguments at most
    for first in range(0, len(parts), 40):
        some = ", ".join(parts[first : first + 40])
        rows |= _read(f"SELECT json_build_object({some})", database)
    return {table: found or [] for table, found in rows.items()}


def read_time(database):
    """The time as the database stores it."""
    return _read("SELECT to_json(now() AT TIME ZONE 'UTC')", database)


def read_calls(database):
    """What was called of the overriding addon: ``[(method, ids of leads)]``."""
    calls = "SELECT json_agg(json_build_array(method, leads)) FROM overriding_call"
    return _read(f"SELECT COALESCE(({calls}), '[]')", database)


def _read(query, database):
    return json.loads(postgres.sql(query, database))


class Dump:
    """What a conversion left behind.

    :ivar rows: ``{(table, name): {column: value}}``, plain values and names only
    :ivar created: ``{table: [names of its new records]}``
    """

    def __init__(self, schema, before, own_before, after, since):
        """Name all records.

        :param before: rows of the stock database before the conversion
        :param own_before: rows of this one; what else it has, an addon brought
        :param after: rows of this one afterwards
        :param since: when the conversion began: what is later counts as "now"
        """
        self.schema, self.since = schema, since
        self.tables = {
            table: _without(rows, _minus(own_before[table], before[table]))
            for table, rows in after.items()
        }
        self.written = {
            (table, row["id"]): row["write_date"]
            for table, rows in own_before.items()
            for row in rows
            if "id" in row and "write_date" in row
        }
        self.old = {
            table: {row["id"] for row in rows if "id" in row}
            for table, rows in before.items()
        }
        self.names = {}
        self._name_partners()
        self._name_messages()
        self._name_parts()
        self.rows = {}
        self.created = defaultdict(list)
        for table, rows in self.tables.items():
            for row in sorted(rows, key=lambda row: row.get("id") or 0):
                self._add(table, row)

    # ------------------------------------------------------------ names

    def get_name(self, table, record):
        """Name of a record; of an old one it says its id."""
        if record is None or record is False:
            return None
        if table not in self.old or record in self.old[table]:
            return f"{table} {record}"
        return self.names.get((table, record)) or f"new {table}"

    def _new(self, table):
        return [row for row in self.tables[table] if row["id"] not in self.old[table]]

    def _name_partners(self):
        """New customers are named by the first lead whose customer they are."""
        names = {}
        parents = {row["id"]: row["parent_id"] for row in self.tables["res_partner"]}
        for lead in sorted(self.tables["crm_lead"], key=lambda row: row["id"]):
            customer = lead["partner_id"]
            if customer:
                names.setdefault(customer, f"customer of crm_lead {lead['id']}")
                if parent := parents.get(customer):
                    names.setdefault(parent, f"company of crm_lead {lead['id']}")
        known = defaultdict(int)
        for row in sorted(self._new("res_partner"), key=lambda row: row["id"]):
            name = names.get(row["id"])
            if not name:
                belongs = self.get_name("res_partner", row["parent_id"]) or "nobody"
                name = f"partner of {belongs}: {row['name']}"
            known[name] += 1
            self.names["res_partner", row["id"]] = (
                name if known[name] == 1 else f"{name} ({known[name]})"
            )

    def _name_messages(self):
        """New messages are named by their place in their thread."""
        places = defaultdict(int)
        for row in sorted(self._new("mail_message"), key=lambda row: row["id"]):
            thread = self._get_owner(row, "model", "res_id") or "no thread"
            thread = f"{row['message_type']} on {thread}"
            places[thread] += 1
            self.names["mail_message", row["id"]] = f"{thread}, {places[thread]}"

    def _name_parts(self):
        """New followers and mails are named by what they follow and tell."""
        for row in self._new("mail_followers"):
            owner = self._get_owner(row, "res_model", "res_id")
            partner = self.get_name("res_partner", row["partner_id"])
            self.names["mail_followers", row["id"]] = f"{partner} on {owner}"
        places = defaultdict(int)
        for row in sorted(self._new("mail_mail"), key=lambda row: row["id"]):
            message = self.get_name("mail_message", row["mail_message_id"])
            places[message] += 1
            self.names["mail_mail", row["id"]] = f"mail of {message}, {places[message]}"

    def _get_owner(self, row, model, record):
        table = (row[model] or "").replace(".", "_")
        return self.get_name(table, row[record]) if table else None

    # ------------------------------------------------------------ values

    def _add(self, table, row):
        values = {
            column: self._get_value(table, column, row)
            for column in row
            if column != "id"
        }
        known = "id" in row and row["id"] in self.old[table]
        name = (
            f"{table} {row['id']}"
            if known
            else self.names.get((table, row.get("id"))) or self._describe(table, values)
        )
        key = (table, name)
        number = 1
        while key in self.rows:
            number += 1
            key = (table, f"{name} ({number})")
        self.rows[key] = values
        if not known:
            self.created[table].append(key[1])

    def _describe(self, table, values):
        """What identifies a new record of some table: all it refers to, else all."""
        links = [
            str(values[column])
            for column in values
            if values[column] is not None
            and (
                ((table, column) in self.schema.references and column[-4:] != "_uid")
                or column == BELONGS.get(table, ("", ""))[1]
            )
        ]
        return f"new {table}: " + " | ".join(links or [json.dumps(values)])

    def _get_value(self, table, column, row):
        value = row[column]
        if value is None:
            return None
        target = self.schema.references.get((table, column))
        if target:
            return self.get_name(target, value)
        if column == BELONGS.get(table, ("", ""))[1]:
            return self._get_owner(row, *BELONGS[table])
        kind = self.schema.columns[table][column]
        if column == "write_date" and self.written.get((table, row["id"])) == value:
            return "before"
        if kind.startswith("timestamp"):
            return "now" if value >= self.since else value
        if column in BY_CHANCE:
            return "something"
        if table == "mail_tracking_value" and column.endswith("_integer"):
            linked = self.schema.tracked.get(row["field_id"])
            return self.get_name(linked, value) if linked and value else value
        if column == "duration_tracking":
            # seconds since a moment before the conversion
            return sorted(value)
        return self._clean(value) if isinstance(value, str) else value

    def _clean(self, text):
        """Text without ids of new records, tokens and times."""
        for pattern, model in LINKS:
            text = pattern.sub(lambda found, m=model: self._name_link(found, m), text)
        return CHANCE.sub("something", text)

    def _name_link(self, found, model):
        model = found["model"] if model is None else model
        name = self.get_name(model.replace(".", "_"), int(found["id"]))
        return found[0].replace(found["id"], f"<{name}>")


def _key(row):
    return row["id"] if "id" in row else tuple(row.values())


def _minus(rows, others):
    """Keys of rows that are not among the others."""
    return {_key(row) for row in rows} - {_key(row) for row in others}


def _without(rows, keys):
    return [row for row in rows if _key(row) not in keys]


LINKS = (
    (re.compile(r"(?P<model>(crm|res)[.][a-z]+)-(?P<id>\d+)"), None),
    (re.compile(r"model=(?P<model>[\w.]+)&(amp;)?res_id=(?P<id>\d+)"), None),
    (re.compile(r'oe-model="(?P<model>[\w.]+)" data-oe-id="(?P<id>\d+)"'), None),
    (re.compile(r"/odoo/(?P<model>(crm|res|mail)[.]\w+)/(?P<id>\d+)"), None),
)
CHANCE = re.compile(r"(?<=token=)[\w%-]+|<[^<>\s]+-openerp-[^<>\s]+>")
