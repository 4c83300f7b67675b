"""What happens once: when the addon is installed, and when it is removed."""

from contextlib import contextmanager

from odoo.tools import split_every
from odoo.tools.sql import (
    add_foreign_key,
    drop_constraint,
    drop_index,
    get_foreign_keys,
    make_index_name,
)

from .models.policy.crm_qualification_profile import TRIAL

# Our fields that predictive lead scoring can be told to learn from.
SCORING_FIELDS = ("qualification_grade", "contact_state")
# Our own indexes of all leads, and references that reading the history fills.
LEAD_INDEXES = ("crm_lead_email_idx", "crm_lead_waiting_order_idx")
LEAD_REFERENCES = ("contact_message_id", "contact_event_id")


def post_init_hook(env):
    """Start gently on a live database, and with the gate closed on an empty one.

    - no CRM records but Odoo's demo data: the shipped profile enforces and Leads are
      switched on, as Odoo's settings page does it;
    - live data: the profile advises, and nobody has to give a lost reason who had not
      to before; nobody's pipeline stops on the installation day.

    What Odoo already knows about contacts becomes evidence, for all records, and
    who wrote becomes the person of leads without one. Existing opportunities are not
    judged.
    """
    leads = env["crm.lead"].with_context(active_test=False)
    modules = env["ir.module.module"].search([("demo", "=", True)])
    demo = env["ir.model.data"].search(
        [("model", "=", "crm.lead"), ("module", "in", modules.mapped("name"))]
    )
    profile = env.ref("sales_nemo.crm_qualification_profile_default")
    if not leads.search_count([("id", "not in", demo.mapped("res_id"))], limit=1):
        env["res.config.settings"].create({"group_use_lead": True}).execute()
    else:
        profile.enforcement = "advise"
        allow_losing_without_reason(env)
    profile.publish()
    preset_activity_types(env)
    leads._read_senders()
    with building_later(leads, LEAD_INDEXES, LEAD_REFERENCES):
        env["crm.contact.evidence"]._read_history()
    env["res.partner"]._read_all_lifecycles()
    profile._review_leads()
    if env.ref("base.module_sales_nemo").demo:
        # only then, and last: it is what happens in a company that uses all of it
        from .demo import year

        year.tell(env)


@contextmanager
def building_later(model, indexes, references):
    """Do without some indexes and foreign keys while all rows of a table are written.

    To build or check them once takes less time than row by row, and PostgreSQL locks,
    that is writes, each record whose reference it checks.

    :param model: a model that declares them
    :param indexes: names of indexes in the database
    :param references: names of indexed fields, many2one
    """
    cr, table = model.env.cr, model._table
    keys = [
        (table, field.name, model.env[field.comodel_name]._table, "id", field.ondelete)
        for field in map(model._fields.get, references)
    ]
    for name in (*indexes, *(make_index_name(table, name) for name in references)):
        drop_index(cr, name, table)
    for key in keys:
        for constraint in get_foreign_keys(cr, *key):
            drop_constraint(cr, table, constraint)
    yield
    for name in indexes:
        model._table_objects[name].apply_to_database(model)
    model.pool.check_indexes(cr, [model._name])
    for key in keys:
        add_foreign_key(cr, *key)


def allow_losing_without_reason(env):
    """Ask nobody for a lost reason who had not to give one until now."""
    env["ir.config_parameter"].set_param(
        "sales_nemo.lost_reason_opportunity", "optional"
    )


def preset_activity_types(env):
    """Say what Odoo's own types of activities prove, where the category doesn't."""
    if email := env.ref("mail.mail_activity_data_email", raise_if_not_found=False):
        email.contact_effect = "outbound"


def give_back_probabilities(env):
    """Have Odoo's predictive scoring say the probability of all records again."""
    env = env(context={"active_test": False, "qualification_trial": TRIAL})
    # nobody is judged for that: it is a trial that isn't undone
    env["crm.qualification.profile"].search([]).is_scorecard_probability = False
    scored = env["crm.lead"].search([("qualification_chance", "!=", 0)])
    for ids in split_every(1000, scored.ids):
        scored.browse(ids)._set_probabilities()
        env.flush_all()
        env.invalidate_all()


def uninstall_hook(env):
    """Leave scoring, settings and notes as if our fields had never been there."""
    # what was lost keeps its reason
    leads = env["crm.lead"].with_context(active_test=False)
    used = leads.search([("lost_reason_id", "!=", False)]).lost_reason_id.ids
    ours = [("module", "=", "sales_nemo"), ("model", "=", "crm.lost.reason")]
    env["ir.model.data"].search([*ours, ("res_id", "in", used)]).unlink()
    parameters = env["ir.config_parameter"]
    names = (parameters.get_param("crm.pls_fields") or "").split(",")
    if set(names) & set(SCORING_FIELDS):
        kept = [name for name in names if name not in SCORING_FIELDS]
        parameters.set_param("crm.pls_fields", ",".join(kept))
    parameters.search([("key", "=like", "sales_nemo.%")]).unlink()
    learned = env["crm.lead.scoring.frequency"]
    learned.search([("variable", "in", SCORING_FIELDS)]).unlink()
    give_back_probabilities(env)
    # Odoo leaves its notes of foreign keys; the keys go with their columns and tables.
    forget = "DELETE FROM ir_model_constraint WHERE type = 'f' AND module = %s"
    env.cr.execute(forget, [env.ref("base.module_sales_nemo").id])
