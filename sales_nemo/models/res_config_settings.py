from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    conversion_notify_each = fields.Boolean(
        string="Notify of Each New Customer",
        config_parameter="sales_nemo.notify_each_customer",
        help="A mass conversion sends each salesperson Odoo's message for every "
        "customer that it creates, instead of one summary with links.",
    )
