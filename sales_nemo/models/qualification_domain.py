"""Domains that administrators type: checked once, in plain words, and read safely."""

from odoo.fields import Domain
from odoo.tools.safe_eval import datetime, safe_eval


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
