"""Domains that administrators type: checked once, in plain words, and read safely."""

from collections.abc import Collection

from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import datetime, safe_eval

HIERARCHIES = ("child_of", "parent_of")
LIKE = ("like", "ilike", "=like", "=ilike")
TAGS = "res.partner.category"


def parse_domain(env, text):
    """The domain that a text means.

    :param env: environment; gives the words ``uid`` and ``context_today``
    :param str text: what the domain editor stores, e.g. ``[("city", "=", "Ghent")]``
    :rtype: Domain
    :raise ValueError: the text is no domain
    """
    if text in (False, None, "", "[]"):
        return Domain.TRUE
    try:
        return Domain(safe_eval(text, _get_words(env)))
    except Exception as error:
        # The editor's text may fail anywhere between syntax and operators.
        raise ValueError(str(error)) from error


def check_domain(model, text):
    """Why a domain can't be used on a model; an empty text when it can.

    :param model: empty recordset of the model that the domain filters
    :param str text: what the domain editor stores
    :rtype: str
    """
    try:
        domain = parse_domain(model.env, text)
        # sudo: a filter works for everybody, whatever who types it may read
        domain.validate(model.sudo())
        model.sudo().filtered_domain(domain)
    except Exception as error:
        # Odoo answers a wrong domain with errors of many types.
        return str(error)
    return ""


def get_domain_fields(model, domain):
    """Dotted paths of the fields that a domain reads, for ``api.depends``.

    :param model: empty recordset of the model that the domain filters
    :param Domain domain: may hold ``any`` conditions
    :return: ``{"city", "partner_id.country_id", …}``; unknown fields are left out
    :rtype: set[str]
    """
    paths = set()
    for condition in domain.iter_conditions():
        path = _get_known_path(model, condition.field_expr)
        if not path:
            continue
        paths.add(path)
        field = model._fields.get(path)
        if condition.operator in ("any", "not any") and field and field.comodel_name:
            inner = get_domain_fields(model.env[field.comodel_name], condition.value)
            paths.update(f"{path}.{name}" for name in inner)
    return paths


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


def _get_known_path(model, expression):
    """The part of a dotted path that names fields of Odoo's, not property keys."""
    names = []
    for name in expression.split("."):
        field = model._fields.get(name) if model is not None else None
        if field is None or name == "id":
            break
        names.append(name)
        model = model.env[field.comodel_name] if field.comodel_name else None
    return ".".join(names)


def _get_words(env):
    return {
        "uid": env.uid,
        "datetime": datetime,
        "context_today": lambda: datetime.datetime.now(),
        "allowed_company_ids": env.companies.ids,
    }
