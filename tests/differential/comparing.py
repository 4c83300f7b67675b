"""What differs between two dumps, and what may."""

import re

# How many of the differing values of one record are told.
TOLD = 400
WRITTEN, WRITER = "write_date: stock 'before', ours 'now'", "write_uid: stock "


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

    What may: the addon keeps on a contact what it is to us, and a conversion changes
    that. So Odoo notes who wrote last on customers that stock doesn't touch.
    """
    left = {}
    for key, texts in found.items():
        if key[0] == "res_partner" and WRITTEN in texts:
            texts = [t for t in texts if t != WRITTEN and not t.startswith(WRITER)]
        if texts:
            left[key] = texts
    return left


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
