"""Filters hold plain values since 19.0.1.6.7; before, dates in them were computed."""

import ast
import logging

from odoo.tools import SQL, sql

_logger = logging.getLogger(__name__)

FILTERS = (
    ("crm_team", "territory_domain"),
    ("crm_qualification_criterion", "domain"),
    ("crm_qualification_profile", "lead_domain"),
)
# What was computed, in the words that Odoo's own domains have for dates.
NOW = {
    "context_today()": "today",
    "datetime.date.today()": "today",
    "datetime.datetime.now()": "now",
    "datetime.datetime.today()": "now",
}
UNITS = {
    "years": "y",
    "months": "m",
    "weeks": "w",
    "days": "d",
    "hours": "H",
    "minutes": "M",
    "seconds": "S",
}
FORMATS = {
    "%Y-%m-%d": ("today", ""),
    "%Y-%m-%d 00:00:00": ("today", ""),
    "%Y-%m-01": ("today", " =1d"),
    "%Y-01-01": ("today", " =1m =1d"),
    "%Y-%m-%d %H:%M:%S": ("now", ""),
}


def migrate(cr, version):
    """Write dates that were computed as words; note which filters can't be kept."""
    for table, column in FILTERS:
        if not sql.column_exists(cr, table, column):
            continue
        names = {"table": SQL.identifier(table), "column": SQL.identifier(column)}
        cr.execute(SQL("SELECT id, %(column)s FROM %(table)s", **names))
        for record_id, text in cr.fetchall():
            try:
                written = rewrite(text or "[]")
            except (MemoryError, RecursionError, SyntaxError, TypeError, ValueError):
                message = "%s %s: this filter selects nothing any more: %s"
                _logger.warning(message, table, record_id, text)
                continue
            if text and written != text:
                query = "UPDATE %(table)s SET %(column)s = %(text)s WHERE id = %(id)s"
                cr.execute(SQL(query, text=written, id=record_id, **names))


def rewrite(text):
    """A filter's text, without anything to compute.

    :raise ValueError: it computes what there are no words for
    """
    tree = ast.parse(text.strip(), mode="eval")
    dates = Dates()
    written = ast.unparse(dates.visit(tree))
    ast.literal_eval(written)
    return written if dates.found else text


class Dates(ast.NodeTransformer):
    """Puts words such as ``'today -7d'`` where a date is computed."""

    found = False

    def visit(self, node):
        """Replace a node that is a date as a whole; look into any other."""
        if words := get_date(node):
            self.found = True
            return ast.Constant(words)
        return self.generic_visit(node)


def get_date(node):
    """The words for what computes a date; empty for anything else."""
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=ast.Call() as right):
            date, offset = get_date(left), get_offset(node.op, right)
            if offset.strip("+-0123456789 dwmy"):
                # a day has no hours
                date = date.replace("today", "now")
            return date and offset and date + offset
        case ast.Call(func=ast.Attribute(value=inner, attr="date"), args=[]):
            return get_date(inner).replace("now", "today")
        case ast.Call(
            func=ast.Attribute(value=inner, attr="strftime"),
            args=[ast.Constant(value=form)],
        ) if form in FORMATS:
            start, end = FORMATS[form]
            date = get_date(inner)
            return date and date.replace("today", start).replace("now", start) + end
        case ast.Call():
            return NOW.get(ast.unparse(node), "")
    return ""


def get_offset(operator, call):
    """Words such as ``" -7d"`` for a period that is added or taken off."""
    name = ast.unparse(call.func).rpartition(".")[2]
    if name not in ("timedelta", "relativedelta"):
        return ""
    periods = dict(zip(("days", "seconds"), call.args, strict=False))
    periods |= {keyword.arg: keyword.value for keyword in call.keywords}
    sign = 1 if isinstance(operator, ast.Add) else -1
    words = ""
    for unit, value in periods.items():
        number = ast.literal_eval(value)
        if unit not in UNITS or not isinstance(number, int):
            return ""
        words += f" {sign * number:+}{UNITS[unit]}"
    return words
