"""Pressing the buttons of the convert dialogs and of teams, as the web client does."""

from .mixes import MASS
from .overrides import choose


def convert(env, cases):
    """Convert what the cases say, each in requests of its own.

    :param list cases: with ``user``, ``companies``, ``lang``, ``dialogs``; a dialog
        is ``{"model", "leads": ids in the order of the list, "shown": values that the
        user chooses, "sent": values that some client adds}``; ``teams`` are ids of
        those whose leads Odoo assigns; ``override`` is empty, or what
        ``overrides.choose`` takes
    :returns: what the user was told instead, where Odoo refused: ``{case: texts}``
    """
    refusals = {}
    for case in cases:
        choose(env.registry, *case["override"])
        for dialog in case["dialogs"]:
            refusal = _press(env, case, **dialog)
            if refusal:
                refusals.setdefault(case["name"], []).append(refusal)
        for team in case["teams"]:
            _assign(env, case, team)
    return refusals


def _assign(env, case, team):
    """Press the button that assigns a team's leads: one request."""
    from odoo.service.model import call_kw

    context = _get_context(case)
    teams = _request(env, case["user"], context)["crm.team"].with_context({})
    call_kw(teams, "action_assign_leads", [team], {"context": context})
    _end_request(env)


def _get_context(case):
    """What the web client sends with each request of a user."""
    return {
        "lang": case["lang"],
        "tz": "Europe/Brussels",
        "uid": case["user"],
        "allowed_company_ids": case["companies"],
    }


def _press(env, case, model, leads, shown, sent):
    """Open a dialog, fill it in, save it, press its button: two requests."""
    from odoo.exceptions import UserError
    from odoo.service.model import call_kw

    context = _get_context(case) | {
        "active_model": "crm.lead",
        "active_id": leads[0],
        "active_ids": leads,
    }
    if not env["crm.lead"].browse(leads[:1]).exists():
        # merged with one before
        return None
    wizard = _save(_request(env, case["user"], context), model, shown, sent)
    _end_request(env)
    wizards = _request(env, case["user"], context)[model].with_context({})
    button = "action_mass_convert" if model == MASS else "action_apply"
    try:
        call_kw(wizards, button, [wizard], {"context": context})
    except UserError as refusal:
        env.cr.rollback()
        return str(refusal)
    _end_request(env)
    return None


def _request(env, user, context):
    """What a new request begins with: nothing is cached."""
    env.transaction.clear()
    requested = env(user=user, su=False, context=context)
    # who writes what is left to be written
    env.transaction.default_env = requested
    return requested


def _end_request(env):
    env.cr.commit()
    env.transaction.clear()


def _save(env, model, shown, sent):
    """Fill in the form that the user sees, and save it.

    :returns: id of the dialog
    """
    from odoo.tests import Form

    form = Form(env[model])
    for name, value in shown.items():
        kind = env[model]._fields[name]
        if kind.type == "many2many":
            getattr(form, name).set(env[kind.comodel_name].browse(value))
        elif kind.relational:
            setattr(form, name, env[kind.comodel_name].browse(value))
        else:
            setattr(form, name, value)
    wizard = form.save()
    if sent:
        wizard.write(sent)
    return wizard.id


def switch_off(env):
    """The addon without its gate, and with its summaries."""
    profiles = env["crm.qualification.profile"].with_context(active_test=False)
    profiles.search([]).enforcement = "off"
    env.cr.commit()


def notify_each(env):
    """Bring Odoo's message for each new customer back."""
    settings = env["res.config.settings"].create({"conversion_notify_each": True})
    settings.execute()
    env.cr.commit()
