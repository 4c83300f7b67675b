"""Domains that administrators type: checked once, in plain words, and read safely."""

import ast
import logging
from collections.abc import Collection
from textwrap import shorten

from psycopg2 import InterfaceError, OperationalError

from odoo.fields import Domain
from odoo.tools import SQL, mute_logger

_logger = logging.getLogger(__name__)

HIERARCHIES = ("child_of", "parent_of")
LIKE = ("like", "ilike", "=like", "=ilike")
TAGS = "res.partner.category"

# Filters that select everything.
EMPTY = (False, None, "", "[]")
# What a text of plain values consists of.
PLAIN = (
    *(ast.Expression, ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Load),
    *(ast.UnaryOp, ast.UAdd, ast.USub),
)


def parse_domain(text):
    """The domain that a text means: plain values only, nothing is computed.

    :param str text: what the domain editor stores, e.g. ``[("city", "=", "Ghent")]``
    :rtype: Domain
    :raise ValueError: the text is no domain
    """
    if text in EMPTY:
        return Domain.TRUE
    try:
        return Domain(ast.literal_eval(text))
    except Exception as error:
        # The editor's text may fail anywhere between syntax and operators.
        raise ValueError(str(error) or type(error).__name__) from error


def check_domain(model, text, is_stored=False):
    """Why a domain can't be used on a model; an empty text when it can.

    The query is run, without finding anything: PostgreSQL refuses what Odoo lets pass.

    :param model: empty recordset of the model that the domain filters
    :param str text: what the domain editor stores
    :param bool is_stored: it is about to be used: only what would end the transaction
        is looked for, and no record is read
    :rtype: str
    :raise psycopg2.Error: the database can't tell now
    """
    if text in EMPTY:
        return ""
    # sudo: a filter works for everybody, whatever who types it may read
    model = model.sudo().with_context(active_test=False)
    cr = model.env.cr
    if not is_stored:
        # what waits to be written must not be lost with what fails
        model.env.flush_all()
    # outside of "try": a transaction that is over already is no filter's fault
    savepoint = cr.savepoint(flush=False)
    try:
        # Odoo looks up names in queries of its own, and would log theirs as errors
        with savepoint, mute_logger("odoo.sql_db"):
            if expression := _get_computed(text):
                return model.env._(
                    "“%s” would have to be computed. Write plain values: dates as "
                    "“2026-12-31”, “today” or “today -7d”, records by their numbers.",
                    expression,
                )
            domain = parse_domain(text)
            conditions = list(iter_conditions(model, domain))
            for _path, chain, condition in conditions:
                if problem := _get_odd_problem(model, chain[-1], condition):
                    return problem
            # what Odoo computes can only be tried on records
            chains = [chain for _path, chain, _condition in conditions]
            if all(field._description_searchable for c in chains for field in c):
                query = model._search(inline_hierarchies(model, domain))
                cr.execute(
                    SQL("SELECT FROM (%s) found LIMIT 0", query.select()),
                    log_exceptions=False,
                )
            if not is_stored:
                domain.validate(model)
                model.search([], order="id", limit=1).filtered_domain(domain)
    except (InterfaceError, OperationalError):
        raise
    except Exception as error:
        # Odoo answers a wrong domain with errors of many types.
        return (str(error).strip() or type(error).__name__).splitlines()[0]
    return ""


def filter_stored(records, domain):
    """Those of some records that a stored filter selects; none where it can't tell.

    :param Domain domain: on their model; its query is known to work
    """
    try:
        return records.filtered_domain(domain)
    except (ArithmeticError, AssertionError, TypeError, ValueError) as error:
        _logger.warning("Unusable filter, so nothing matches: %s: %s", domain, error)
        return records.browse()


def get_domain_fields(model, domain):
    """Dotted paths of the fields that a domain reads, for ``api.depends``.

    :param model: empty recordset of the model that the domain filters
    :param Domain domain: may hold ``any`` conditions
    :return: ``{"city", "partner_id.country_id", …}``; unknown fields are left out
    :rtype: set[str]
    """
    return {path for path, _chain, _condition in iter_conditions(model, domain)}


def iter_conditions(model, domain, prefix=""):
    """The conditions of a domain on known fields, with those inside of ``any``.

    :param model: empty recordset of the model that the domain filters
    :param Domain domain: as it was parsed
    :param str prefix: for the paths
    :return: of (dotted path of the fields, these fields, condition)
    """
    for condition in domain.iter_conditions():
        chain, comodel = _get_known_fields(model, condition.field_expr)
        path = prefix + ".".join(field.name for field in chain)
        if chain:
            yield path, chain, condition
        if condition.operator in ("any", "not any") and comodel is not None:
            # a list, as it was typed
            inner = Domain(condition.value)
            yield from iter_conditions(comodel, inner, f"{path}." if chain else prefix)


def inline_hierarchies(model, domain):
    """The same domain, with its hierarchies followed in the query that it is part of.

    Odoo follows each ``child_of`` and ``parent_of`` in queries before that one, anew
    wherever the domain is used.

    :param model: recordset of the model that the domain filters
    :param Domain domain: may hold ``any`` conditions and dotted paths
    :rtype: Domain
    :raise ValueError: the model has no such field
    """

    def inline(condition):
        name, operator = condition.field_expr, condition.operator
        value = condition.value
        if operator in HIERARCHIES:
            return _inline_hierarchy(model, condition)
        if model._name == TAGS and name == "display_name" and operator in LIKE:
            # a tag's name stands for the tags below it, too
            named = model._search(Domain("name", operator, value))
            return Domain("id", "any!", _follow(model, "child_of", "parent_id", named))
        if isinstance(value, Domain):
            comodel = model.env[model._fields[name].comodel_name]
            return Domain(name, operator, inline_hierarchies(comodel, value))
        return condition

    # basic: dotted paths and names become ``any`` conditions, nothing is read
    domain = domain.optimize(model)
    inlined = domain.map_conditions(inline)
    # what is as it was need not be optimized again
    return domain if inlined == domain else inlined


def optimize_for_counting(model, domain):
    """The same domain, optimized for a query that tries it on very many records.

    What it asks of a record's tags, activities and the like is found out once for all
    records. PostgreSQL would weigh looking for them record by record, and take the
    query for so expensive that it compiles it first.

    :param model: recordset of the model that the domain filters
    :param Domain domain: as ``inline_hierarchies`` takes it
    :return: fully optimized
    :rtype: Domain
    """

    def ask_once(condition):
        field = model._fields.get(condition.field_expr)
        if not field or field.type not in ("many2many", "one2many"):
            return condition
        found = model._search(condition, active_test=False, bypass_access=True)
        return Domain("id", "any!", found)

    domain = inline_hierarchies(model, domain).optimize_full(model)
    asked = domain.map_conditions(ask_once)
    return domain if asked == domain else asked.optimize_full(model)


def _inline_hierarchy(model, condition):
    """A condition whose hierarchy the database follows; others than usual: as it is.

    It finds what ``_operator_hierarchy`` of Odoo's ``orm/domains.py`` finds.
    """
    field = model._fields.get(condition.field_expr)
    if not field or not field.store:
        return condition
    name, comodel = field.name, model
    if field.type == "many2one":
        comodel = model.env[field.comodel_name].with_context(active_test=False)
    elif field.type == "many2many":
        comodel = model.env[field.comodel_name].with_context(**field.context)
    parent = comodel._parent_name
    if name != "id" and comodel._name == model._name:
        # a link between records of the model is the hierarchy itself
        name, parent = "id", name
    link = comodel._fields.get(parent)
    values = condition.value
    values = [values] if isinstance(values, int | str) else values
    if not (
        link
        and link.type == "many2one"
        and link.store
        and isinstance(values, Collection)
        and all(value and isinstance(value, int | str) for value in values)
    ):
        return condition
    ids = Domain("id", "in", [value for value in values if isinstance(value, int)])
    names = Domain.OR(
        Domain("display_name", "ilike", value)
        for value in values
        if isinstance(value, str)
    )
    # ids are as good as told, where Odoo doesn't search for them
    told = comodel if field.type == "many2many" else _see_all(comodel)
    named = comodel._search(inline_hierarchies(comodel, names))
    found = _follow(comodel, condition.operator, parent, told._search(ids), named)
    return Domain(name, "any!", found)


def _follow(model, operator, parent, *starts):
    """What is below some records, or above them, with the records themselves.

    :param model: recordset of their model
    :param str operator: ``child_of`` or ``parent_of``
    :param str parent: name of the field that leads upwards
    :param starts: of ``Query``, which find the records
    :rtype: Query
    """
    everybody = _see_all(model)
    is_descent = operator == "child_of"
    link, record = everybody._field_to_sql("step", parent), SQL.identifier("step", "id")
    known, reached = (link, record) if is_descent else (record, link)
    found = SQL(
        """
        WITH RECURSIVE found (id) AS (
            (%(starts)s)
             UNION
            SELECT %(reached)s
              FROM %(table)s step
              JOIN found ON %(known)s = found.id
             WHERE %(reached)s IS NOT NULL
        )
        SELECT id FROM found
        """,
        starts=SQL(" UNION ").join(SQL("(%s)", start.select()) for start in starts),
        reached=reached,
        known=known,
        table=SQL.identifier(model._table),
    )
    # as in Odoo: archived tags are above others, but below them only on request
    seen = model.sudo() if is_descent and model._parent_store else everybody
    return seen._search(Domain("id", "in", found))


def _see_all(model):
    # sudo: who may be seen is said by the query that a hierarchy is part of
    return model.sudo().with_context(active_test=False)


def _get_known_fields(model, expression):
    """The fields that a dotted path names, and the model that it leads to, or None.

    Ids are left out, and what is no field of Odoo's ends it, as a property's key does.
    """
    chain = []
    for name in expression.split("."):
        field = model._fields.get(name) if model is not None else None
        if field is None or name == "id":
            break
        chain.append(field)
        model = model.env[field.comodel_name] if field.comodel_name else None
    return chain, model


def _get_computed(text):
    """The first expression in a text that is no plain value; empty if there is none."""
    nodes = ast.walk(ast.parse(text.strip(), mode="eval"))
    computed = next((node for node in nodes if not isinstance(node, PLAIN)), None)
    return shorten(ast.unparse(computed), 80, placeholder="…") if computed else ""


def _get_odd_problem(model, field, condition):
    """What neither Odoo nor PostgreSQL refuses before there is a record to try."""
    operator, value = condition.operator, condition.value
    if field.type == "binary" and value not in (False, None, [False]):
        return model.env._(
            "“%s” can only be set or not set.", field._description_string(model.env)
        )
    text = str(value)
    escapes = len(text) - len(text.rstrip("\\"))
    if operator.endswith(("=like", "=ilike")) and escapes % 2:
        return model.env._(
            "“%s” ends in the middle of an escape: double the “\\”.", text
        )
    return ""
