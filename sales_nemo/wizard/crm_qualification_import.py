import base64
import json

from odoo import fields, models
from odoo.exceptions import UserError

from ..models.base.calls import notify, on_one


class CrmQualificationImport(models.TransientModel):
    """Makes a draft from the file of a policy, as *Export* of a profile writes it."""

    _name = "crm.qualification.import"
    _description = "Import a Profile"

    policy_file = fields.Binary(
        string="File",
        required=True,
        attachment=False,
        help="A JSON file, as Export as a File writes it.",
    )
    file_name = fields.Char()

    @on_one
    def action_import(self):
        """Open the new draft, and say what of the file was left out.

        :raise UserError: what is wrong with the file, all of it
        """
        try:
            content = json.loads(base64.b64decode(self.policy_file))
        except (ValueError, RecursionError) as error:
            raise UserError(
                self.env._(
                    "“%(file)s” is no file of JSON (%(problem)s): choose one that was "
                    "exported from a profile.",
                    file=self.file_name or "?",
                    problem=str(error)[:100],
                )
            ) from error
        profiles = self.env["crm.qualification.profile"]
        imported = profiles.import_policy(content)
        action = profiles.browse(imported["id"])._get_records_action()
        if not imported["left_out"]:
            return action
        text = self.env._(
            "Left out, as these name records of another database; choose them anew "
            "before you publish: %s",
            ", ".join(imported["left_out"]),
        )
        return notify(text, sticky=True, next=action)
