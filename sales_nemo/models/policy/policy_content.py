"""A policy as plain JSON: written down, checked, compared.

A profile is an object of its fields' names and values, with its ``criteria``, and
those with their ``choices``, in the order in which they are asked. What copying a
record takes along is what the JSON holds, fields of other addons, too. What is left
out has its default.

Criteria and choices are known by their ``code``. Texts that are translated are one text
for all languages, or an object of one a language (``{"en_US": …, "fr_FR": …}``). Dates
are texts (``2026-12-31``), links are numbers of records.
"""

import re
from itertools import chain, count

from odoo import fields
from odoo.models import MAGIC_COLUMNS
from odoo.tools import groupby
from odoo.tools.misc import formatLang, get_lang

from ...scorecard import is_scorecard
from ..base.identity import is_text
from ..base.qualification_domain import names_records

SOURCE = "en_US"
# The order of the list, and that a record is there, say these.
IMPLIED = {"active", "sequence"}
LINKS = ("many2one", "many2many")
MOST = 2**31
MOST_CODE = 100
# A full stop of ours behind a name that ends in a mark of its own: "A budget?."
NEEDLESS_STOP = re.compile(r"((?<=[?!…])|(?<=[^.]\.))\.(?![.\w])")


def get_names(model):
    """Names of the fields that say what a record of the policy is.

    :param model: recordset of one of the three models of the policy
    """
    left = IMPLIED | {model._policy_children[1], model._policy_parent}
    return [
        name
        for name, field in model._fields.items()
        if field.store and name not in MAGIC_COLUMNS and name not in left
        if field.copy or name == "code"
    ]


def get_model_below(model):
    """Key in the JSON of what a record consists of, and its model; None where none."""
    key, name = model._policy_children
    return key, name and model.env[model._fields[name].comodel_name]


def add_codes(vals_list, taken=()):
    """Give all that have none a code of their own, from the text that people read.

    :param list vals_list: values of what belongs together; changed in place
    :param taken: codes that are there already
    """
    taken = {*taken, *(vals["code"] for vals in vals_list if vals.get("code"))}
    for vals in vals_list:
        if not vals.get("code"):
            name = vals.get("name") or ""
            name = name if isinstance(name, str) else next(iter(name.values()))
            stem = re.sub(r"\W+", "_", name.lower()).strip("_")[:40] or "code"
            numbered = (f"{stem}_{number}" for number in count(2))
            vals["code"] = next(c for c in chain([stem], numbered) if c not in taken)
            taken.add(vals["code"])


def give_codes(model, vals_list):
    """Values of new criteria or choices, with a code each.

    :param model: of the criteria, or of the choices
    """
    parent = model._policy_parent
    vals_list = [dict(vals) for vals in vals_list]
    by_parent = groupby(vals_list, lambda vals: vals.get(parent))
    # all of them, whoever may see which
    there = model.sudo().with_context(active_test=False)
    there = there.search_fetch(
        [(parent, "in", [key for key, _g in by_parent])], ["code"]
    )
    codes = {
        key.id: group.mapped("code") for key, group in there.grouped(parent).items()
    }
    for key, group in by_parent:
        add_codes(group, codes.get(key, ()))
    return vals_list


def get_text(env, value):
    """A text of the JSON in the reader's language."""
    if isinstance(value, dict):
        value = (
            value.get(env.lang) or value.get(SOURCE) or next(iter(value.values()), "")
        )
    return value or ""


# ------------------------------------------------------------ written down


def write_down(record):
    """This record of the policy, with all that it consists of, as JSON.

    :rtype: dict
    """
    content = {name: _write_down_value(record, name) for name in get_names(record)}
    key, name = record._policy_children
    if key:
        # whatever the context says: what was taken out is none of it
        children = record[name].filtered("active").sorted()
        content[key] = [write_down(child) for child in children]
    return content


def _write_down_value(record, name):
    field, value = record._fields[name], record[name]
    if field.translate:
        source = record.with_context(lang=SOURCE)[name] or ""
        others = {
            code: record.with_context(lang=code)[name]
            for code, _name in record.env["res.lang"].get_installed()
        }
        others = {code: text for code, text in others.items() if text != source}
        return {SOURCE: source} | others if source and others else source
    if field.type == "many2many":
        return value.ids
    if field.type == "many2one":
        return value.id
    return fields.Date.to_string(value) if field.type == "date" else value


def without_translations(content):
    """The same with the source of each text: languages come and go."""
    if isinstance(content, list):
        return [without_translations(one) for one in content]
    if not isinstance(content, dict):
        return content
    if SOURCE in content:
        return content[SOURCE]
    return {key: without_translations(one) for key, one in content.items()}


# ------------------------------------------------------------ checked


def find_problems(model, content, place=""):
    """Everything by which a JSON is no policy, in words.

    :param model: empty recordset of the model that the JSON describes
    :param content: whatever was read
    :param str place: where it stands
    :rtype: list[str]
    """
    env, names = model.env, get_names(model)
    if not isinstance(content, dict):
        return [env._("%sthis is no object {…}.", place)]
    key, below = get_model_below(model)
    problems = [
        env._("%(place)s“%(name)s” is not known.", place=place, name=name)
        for name in content
        if name not in {*names, key}
    ]
    wanted = {
        name: find_problem_of_value(env, model._fields[name], content[name])
        for name in names
        if name in content
    }
    if "name" in names and "name" not in content:
        wanted["name"] = env._("there")
    children = content.get(key, []) if key else []
    if not isinstance(children, list):
        wanted[key], children = env._("a list"), []
    text = env._("%(place)s“%(name)s” has to be %(wanted)s.")
    for name in filter(wanted.get, wanted):
        problems.append(text % {"place": place, "name": name, "wanted": wanted[name]})
    codes = [child.get("code") for child in children if isinstance(child, dict)]
    for number, child in enumerate(children, 1):
        problems += find_problems(below, child, f"{place}{key} {number}: ")
    problems += [
        env._("%(place)sthe code “%(code)s” is there twice.", place=place, code=code)
        for code in {code for code in codes if isinstance(code, str) and code}
        if codes.count(code) > 1
    ]
    return problems


def find_problem_of_value(env, field, value):
    """What a value has to be, in words; nothing where it is that."""
    kind = field.type
    if value is None or (value is False and kind != "boolean"):
        return field.required and env._("filled in")
    if kind == "boolean":
        return type(value) is not bool and env._("true or false")
    if kind == "integer":
        good = type(value) is int and abs(value) < MOST
        return not good and env._("a whole number")
    if kind == "float":
        # "not a number" is neither
        good = type(value) in (int, float) and -1e15 < value < 1e15
        return not good and env._("a number")
    if kind == "selection":
        known = field.get_values(env)
        return value not in known and env._("one of %s", ", ".join(known))
    if kind == "date":
        return not _is_date(value) and env._("a date such as 2026-05-01")
    if kind == "json":
        return not is_scorecard(value) and env._("what was learnt from history")
    if kind in LINKS:
        ids = value if kind == "many2many" else [value]
        good = type(ids) is list and all(type(i) is int and 0 < i < MOST for i in ids)
        found = good and env[field.comodel_name].browse(ids).exists()
        good = good and len(found) == len(set(ids))
        return not good and env._("the number of a record that is there")
    texts = list(value.values()) if field.translate and type(value) is dict else [value]
    if not texts or not all(map(is_text, texts)):
        return env._("a text, or one for each language")
    if field.name == "code" and len(value) > MOST_CODE:
        return env._("a text of at most %s characters", MOST_CODE)
    empty = field.required and not all(text.strip() for text in texts)
    return empty and env._("a text that is not empty")


def write_number(env, number):
    """A number as the reader writes it, with at most four decimals."""
    text = formatLang(env, number, digits=4)
    return text.rstrip("0").rstrip(get_lang(env).decimal_point)


def _is_date(value):
    try:
        return (
            type(value) is str
            and fields.Date.to_string(fields.Date.to_date(value)) == value
        )
    except (TypeError, ValueError):
        return False


def leave_out_links(model, content, place=""):
    """Take out what names records of one database, before a file is read in another.

    :param model: empty recordset of the model that the JSON describes
    :param content: whatever was read; changed in place
    :return: what was taken out, in words
    :rtype: list[str]
    """
    if not isinstance(content, dict):
        return []
    labels = model.fields_get(get_names(model), ["string"])
    links = [name for name in labels if model._fields[name].type in LINKS]
    name, filtered = model._get_policy_filter(content)
    if name and names_records(model.env[filtered], content.get(name)):
        links.append(name)
    left = [
        f"{place}{labels[name]['string']}" for name in links if content.pop(name, 0)
    ]
    key, below = get_model_below(model)
    children = content.get(key)
    for child in children if isinstance(children, list) else ():
        name = child.get("name") if isinstance(child, dict) else ""
        left += leave_out_links(below, child, f"{place}{get_text(model.env, name)}: ")
    return left


# ------------------------------------------------------------ written


def get_values(model, content):
    """Values of one record, without what it consists of.

    :param model: empty recordset of the model that the JSON describes
    :param dict content: without problems
    """
    names = get_names(model)
    values = dict.fromkeys(names, False) | model.default_get(names)
    for name in names & content.keys():
        value = content[name]
        if model._fields[name].translate and isinstance(value, dict):
            value = value.get(SOURCE) or next(iter(value.values()))
        values[name] = value
    for name in names:
        if model._fields[name].type == "many2many":
            values[name] = [fields.Command.set(values[name] or [])]
    return values


def get_all_values(model, content):
    """As ``get_values``, with what it consists of, all of it new."""
    values, (key, below) = get_values(model, content), get_model_below(model)
    if key:
        values[model._policy_children[1]] = [
            fields.Command.create(
                get_all_values(below, child) | {"sequence": place, "active": True}
            )
            for place, child in enumerate(content.get(key, ()))
        ]
    return values


def translate(record, content):
    """Have the texts of a record be, in each language, what the JSON says."""
    installed = {code for code, _name in record.env["res.lang"].get_installed()}
    others = installed - {SOURCE}
    texts = [name for name in get_names(record) if record._fields[name].translate]
    for name in texts if others else ():
        given = content.get(name)
        given = given if isinstance(given, dict) else {}
        record.update_field_translations(
            name, {code: given.get(code, False) for code in others}
        )


# ------------------------------------------------------------ compared


def describe_changes(model, old, new, place=""):
    """What is different between two policies, a line each, for the reader.

    :param model: empty recordset of the model that both describe
    :param dict old: as ``write_down`` gives it; of a part, None where it is new
    :param dict new: as ``write_down`` gives it; of a part, None where it goes
    :param str place: of what it is about
    :rtype: list[str]
    """
    env = model.env
    if not (old and new):
        text = env._("New: %s") if new else env._("Taken out: %s")
        return [text % place.removesuffix(": ")]
    labels = model.fields_get(get_names(model), ["string", "selection"])
    lines = [
        env._(
            "%(place)s%(field)s: %(old)s → %(new)s",
            place=place,
            field=label["string"],
            old=_describe_value(model, name, label, old.get(name)),
            new=_describe_value(model, name, label, new.get(name)),
        )
        for name, label in labels.items()
        if (old.get(name) or False) != (new.get(name) or False)
    ]
    key, below = get_model_below(model)
    before, after = ({c["code"]: c for c in side.get(key, [])} for side in (old, new))
    for code in dict.fromkeys([*after, *before]):
        child = after.get(code) or before[code]
        called = f"{place}{get_text(env, child['name'])}: "
        lines += describe_changes(below, before.get(code), after.get(code), called)
    if [c for c in before if c in after] != [c for c in after if c in before]:
        lines.append(env._("%sanother order", place))
    return lines


def _describe_value(model, name, label, value):
    env, field = model.env, model._fields[name]
    if field.type == "boolean":
        return env._("Yes") if value else env._("No")
    if value in (None, False, "", []):
        return "–"
    if field.type == "selection":
        return dict(label["selection"]).get(value, value)
    if field.type in LINKS:
        records = env[field.comodel_name].browse(value).exists()
        return ", ".join(records.mapped("display_name"))
    if field.type in ("integer", "float"):
        return write_number(env, value)
    if field.type == "json":
        return env._("learnt from %(deals)s deals on %(date)s", **value["learnt"])
    return f"“{get_text(env, value)}”"
