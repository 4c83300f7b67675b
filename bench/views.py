"""What the web client asks the server for when it shows a view."""

import json

from lxml import etree

ALWAYS = ("1", "True")
# The web client counts no further where a list says nothing else.
COUNT_LIMIT = 10_000


def get_spec(env, view_type, view=None, model="crm.lead"):
    """The fields that the web client reads for a view.

    :param env: environment of the user
    :param view: XML id, the default view without one
    :param model: name of the model that is shown
    :returns: specification for ``web_read``
    """
    model = env[model]
    view_id = env.ref(view).id if view else False
    views = model.get_views([(view_id, view_type)])["views"]
    return _spec(model, etree.fromstring(views[view_type]["arch"]))


def get_list_options(env, view, model):
    """Order and limit of the count that the web client asks for with a list.

    :returns: ``{"order", "count_limit"}``
    """
    views = env[model].get_views([(env.ref(view).id, "list")])["views"]
    tree = etree.fromstring(views["list"]["arch"])
    count_limit = int(tree.get("count_limit") or COUNT_LIMIT)
    return {"order": tree.get("default_order"), "count_limit": count_limit + 1}


def get_pivot(env, model):
    """What the web client asks for when it opens the pivot of a model.

    :returns: grouping sets and aggregates, as ``formatted_read_grouping_sets`` takes
        them
    """
    arch = env[model].get_views([(False, "pivot")])["views"]["pivot"]["arch"]
    fields = etree.fromstring(arch).findall("field")
    rows = [field.get("name") for field in fields if field.get("type") == "row"]
    shown = [field.get("name") for field in fields if field.get("type") == "measure"]
    known = env[model].fields_get(shown, ["aggregator"])
    return [[], rows], [f"{name}:{known[name]['aggregator']}" for name in shown]


def get_progress_bar(env, view):
    """The progress bar of a kanban view, as ``read_progress_bar`` wants it."""
    views = env["crm.lead"].get_views([(env.ref(view).id, "kanban")])["views"]
    bar = etree.fromstring(views["kanban"]["arch"]).find(".//progressbar")
    return {"field": bar.get("field"), "colors": json.loads(bar.get("colors"))}


def _spec(model, tree):
    """Specification of the fields of a view, without those of its subviews."""
    depth = tree.xpath("count(ancestor-or-self::field)")
    nodes = tree.xpath(".//field[count(ancestor::field) = $depth]", depth=depth)
    return {
        node.get("name"): _field_spec(model, node)
        for node in nodes
        if node.get("name") in model._fields
    }


def _field_spec(model, node):
    field = model._fields[node.get("name")]
    if not field.relational:
        return {}
    if node.get("invisible") in ALWAYS or node.get("column_invisible") in ALWAYS:
        return {} if field.type != "many2one" else {"fields": {}}
    comodel = model.env[field.comodel_name]
    if field.type == "many2one":
        return {"fields": {"display_name": {}}}
    subview = next((child for child in node if child.tag in ("list", "kanban")), None)
    if subview is not None:
        return {"fields": _spec(comodel, subview), "limit": 40}
    tags = {"display_name": {}} | ({"color": {}} if "color" in comodel._fields else {})
    return {"fields": tags} if "tags" in (node.get("widget") or "") else {}
