"""Domains that administrators type: checked once, in plain words, and read safely."""

import ast
import logging
from textwrap import shorten

from psycopg2 import InterfaceError, OperationalError

from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet, mute_logger

_logger = logging.getLogger(__name__)

# Filters that select everything.
EMPTY = (False, None, "", "[]")
# What a text of plain values consists of.
PLAIN = (
    *(ast.Expression, ast.Constant, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Load),
    *(ast.UnaryOp, ast.UAdd, ast.USub),
)
# Operators that ask whether a field has a value, or none.
EQUALITIES = frozenset({"=", "!=", "==", "<>", "=?", "in", "not in"})


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
        is looked for, and no record is tried
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
                query = model._search(domain)
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


def split_domain(model, domain):
    """Two domains in place of one: what meets it for sure, what for sure doesn't.

    What neither selects is unknown: a condition on an empty field says nothing, unless
    it asks for emptiness itself, alone (``= False``) or among other values. And, or and
    not are Kleene's. A field is empty where Odoo finds it "not set": a list of no
    records; a number of 0, which is all that Odoo keeps of none, unless it is computed,
    as counts are. Yes/no fields and ids are never empty. A path is empty where any of
    its fields is; through lists, one record is enough to meet it, and all must fail.

    :param model: empty recordset of the model that the domain filters
    :param Domain domain: as it was parsed
    :return: ``(met, unmet)``; no record is in both, those of neither are unknown
    :rtype: tuple[Domain, Domain]
    """
    stack = []
    for item in reversed(list(domain)):
        if item == "!":
            met, unmet = stack.pop()
            stack.append((unmet, met))
        elif item in ("&", "|"):
            (met, unmet), (other_met, other_unmet) = stack.pop(), stack.pop()
            both = met & other_met, unmet | other_unmet
            either = met | other_met, unmet & other_unmet
            stack.append(both if item == "&" else either)
        else:
            stack.append(_split_condition(model, *item))
    return stack.pop()


def _split_condition(model, path, operator, value):
    """The same for one condition."""
    condition = Domain(path, operator, value)
    name, _dot, rest = path.partition(".") if isinstance(path, str) else ("", "", "")
    field = model._fields.get(name)
    if (
        field is None  # all or nothing
        or _is_never_empty(field)
        or _asks_for_empty(_get_known_fields(model, path)[0][-1], operator, value)
        # Odoo reads it as one about the record itself
        or (
            operator in ("child_of", "parent_of")
            and not rest
            and (field.type, field.comodel_name) == ("many2one", model._name)
        )
    ):
        return condition, ~condition
    is_set = Domain(path if field.type == "properties" else name, "!=", False)
    if field.type in ("one2many", "many2many"):
        # of those that Odoo shows: "not set" would count archived ones, too
        is_set = Domain(name, "any", Domain.TRUE)
    if not field.relational or (not rest and operator not in ("any", "not any")):
        return condition & is_set, ~condition & is_set
    inner = Domain(rest, operator, value) if rest else Domain(value)
    met, unmet = split_domain(model.env[field.comodel_name], inner)
    split = Domain(name, "any", met), is_set & Domain(name, "not any", ~unmet)
    return split if rest or operator == "any" else split[::-1]


def _asks_for_empty(field, operator, value):
    """Whether a condition asks for "nothing", alone or among others; a property that is
    compared with "yes" is not asked for anything else.
    """
    values = value if isinstance(value, (list, tuple, set)) else [value]
    if operator not in EQUALITIES or field.type == "boolean":
        return False
    is_property = field.type == "properties"
    return not values or any(not v or (is_property and v is True) for v in values)


def _is_never_empty(field):
    """Whether a field has a value always."""
    if field.type in ("integer", "float", "monetary"):
        return field.name == "id" or (field.readonly and not field.related)
    return field.type == "boolean" or field.name == "display_name"


def find_empty_field(record, domain):
    """The first field that a domain reads and that is empty, or None.

    :param record: the one that is asked about
    :param Domain domain: as it was parsed
    """
    for path, _chain, _condition in iter_conditions(record, domain):
        found = record
        for name in path.split("."):
            field = found._fields[name]
            if _is_never_empty(field):
                break
            found = found.mapped(name)
            if not any(found):
                return field
    return None


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


def names_records(model, text):
    """True where a filter names records of this database by their ids.

    :param model: empty recordset of the model that it filters
    :param str text: as it is stored; one that can't be read names none
    """
    try:
        return _names_records(model, parse_domain(text))
    except ValueError:
        return False


def _names_records(model, domain):
    for condition in domain.iter_conditions():
        chain, comodel = _get_known_fields(model, condition.field_expr)
        value = condition.value
        if condition.field_expr.split(".")[len(chain) :] not in ([], ["id"]):
            # not known here: who uses the filter is told so
            continue
        if condition.operator in ("any", "not any"):
            if comodel is not None and _names_records(comodel, Domain(value)):
                return True
            continue
        values = (
            value if isinstance(value, list | tuple | set | OrderedSet) else [value]
        )
        if comodel is not None and any(type(one) is int for one in values):
            return True
    return False
