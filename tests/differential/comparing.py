"""What differs between two dumps, and what may."""

import re

# How many of the differing values of one record are told.
TOLD = 400
# Tables in which the addon keeps facts.
KEPT = ("res_partner", "crm_lead")
TOUCHED = re.compile(r"write_date: stock 'before', ours 'now'|write_uid: ")


def compare(stock, ours):
    """Differences of two dumps, one text a value.

    :returns: ``{(table, name): [texts]}``
    """
    found = {}
    for key in sorted(stock.rows.keys() | ours.rows.keys()):
        texts = list(_compare_rows(stock.rows.get(key), ours.rows.get(key)))
        if texts:
            found[key] = texts
    return found


def _compare_rows(stock, ours):
    if stock is None or ours is None:
        yield f"only {'ours' if stock is None else 'stock'}: {_tell(stock or ours)}"
        return
    for column in stock.keys() | ours.keys():
        if stock.get(column) != ours.get(column):
            told = _tell(stock.get(column)), _tell(ours.get(column))
            yield f"{column}: stock {told[0]}, ours {told[1]}"


def _tell(value):
    if isinstance(value, dict):
        value = {name: one for name, one in value.items() if one not in (None, False)}
    text = repr(value)
    return text if len(text) <= TOLD else f"{text[:TOLD]}…"


def take_out(schema, rows, messages):
    """Rows without some messages, and without all that hangs on them.

    :param messages: ids
    """
    gone = {"mail_message": set(messages)}
    for _depth in range(2):
        for (table, column), target in schema.references.items():
            if target in gone and table.startswith("mail_") and table in rows:
                gone[table] = gone.get(table, set()) | {
                    row["id"]
                    for row in rows[table]
                    if "id" in row and row[column] in gone[target]
                }
    links = [
        (table, column, target)
        for (table, column), target in schema.references.items()
        if target in gone and table in rows
    ]
    return {
        table: [
            row
            for row in found
            if row.get("id") not in gone.get(table, ())
            and not any(
                row[column] in gone[target]
                for linked, column, target in links
                if linked == table and "id" not in row
            )
        ]
        for table, found in rows.items()
    }


def drop_allowed(found):
    """Differences that may not be.

    What may: the addon keeps facts in columns of its own, and Odoo notes on a record
    when and by whom any of its columns was last written. Stock doesn't touch some of
    the customers and duplicates whose facts a conversion changes.
    """
    left = {
        key: [text for text in texts if not TOUCHED.match(text) or key[0] not in KEPT]
        for key, texts in found.items()
    }
    return {key: texts for key, texts in left.items() if texts}


def sort_by_case(found, cases):
    """Differences by the case to whose records they belong; the rest by None.

    :param cases: as ``mixes.fill`` describes them
    """
    owners = {
        f"{table} {record}": case["name"]
        for case in cases
        for table, ids in case["records"].items()
        for record in ids
    }
    by_case = {}
    for key, texts in found.items():
        named = re.findall(r"(?:crm_lead|res_partner) \d+", key[1])
        owner = next((owners[name] for name in named if name in owners), None)
        by_case.setdefault(owner, {})[key] = texts
    return by_case
