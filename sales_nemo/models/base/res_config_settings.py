from odoo import api, fields, models

LOST_REASON = [("optional", "Optional"), ("required", "Required")]


def get_whole_number(env, name, default):
    """A setting that is a whole number; what else was written is the default.

    :param str name: of the system parameter, without the addon's
    """
    # sudo: a setting
    value = env["ir.config_parameter"].sudo().get_param(f"sales_nemo.{name}") or ""
    return int(value) if value.isdecimal() else default


class ResConfigSettings(models.TransientModel):
    """Settings of the addon, on the page of CRM; most are system parameters."""

    _inherit = "res.config.settings"

    conversion_notify_each = fields.Boolean(
        string="Notify of Each New Customer",
        config_parameter="sales_nemo.notify_each_customer",
        help="A mass conversion sends each salesperson Odoo's message for every "
        "customer that it creates, instead of one summary with links.",
    )
    group_qualification_start = fields.Boolean(
        "Start on the Home Page",
        implied_group="sales_nemo.group_qualification_start",
        help="CRM opens with the home page of qualification for everybody.",
    )
    remind_of_commitments = fields.Boolean(
        string="Reminders of Commitments",
        related="company_id.remind_of_commitments",
        readonly=False,
    )
    lost_reason_lead = fields.Selection(
        LOST_REASON,
        string="Lost Reason of Leads",
        default="optional",
        config_parameter="sales_nemo.lost_reason_lead",
        help="Whether somebody who marks a lead as lost has to say why.",
    )
    lost_reason_opportunity = fields.Selection(
        LOST_REASON,
        string="Lost Reason of Opportunities",
        default="required",
        config_parameter="sales_nemo.lost_reason_opportunity",
        help="Whether somebody who marks an opportunity as lost has to say why.",
    )
    qualification_lift_sample_min = fields.Integer(
        string="Least Sample",
        default=30,
        config_parameter="sales_nemo.lift_sample_min",
        help="Criterion Lift tells no rate of fewer closed records than this.",
    )
    qualification_stuck_days = fields.Integer(
        string="Stuck After",
        default=30,
        config_parameter="sales_nemo.stuck_days",
        help="Days after which the home page tells managers of a lead that does not "
        "pass.",
    )
    scoring_counts_contact_twice = fields.Boolean(
        compute="_compute_scoring_counts_contact_twice"
    )

    @api.depends("predictive_lead_scoring_fields")
    def _compute_scoring_counts_contact_twice(self):
        for settings in self:
            ticked = settings.predictive_lead_scoring_fields
            settings.scoring_counts_contact_twice = ticked._counts_contact_twice()
