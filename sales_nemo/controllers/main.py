from odoo import http

from odoo.addons.crm.controllers.main import CrmController
from odoo.addons.mail.controllers.mail import MailController


class QualificationController(CrmController):
    """The links in e-mails: a lead that does not pass is opened with its reasons."""

    @http.route()
    def crm_lead_convert(self, res_id, token):
        """Convert as Odoo does, or open the dialog with the reasons against it.

        :param res_id: id of the lead, as the link has it
        :param str token: of the link
        """
        lead = self._get_linked_lead(res_id, token)
        refused = lead._decide_entry("link") if lead else {}
        if refused:
            lead._log_refusals(refused, "link")
            return self._open_dialog(lead, "crm_lead_convert_client_action")
        answer = super().crm_lead_convert(res_id, token)
        if lead:
            lead._void_unused_decisions()
        return answer

    @http.route()
    def crm_lead_case_mark_won(self, res_id, token):
        """Mark as won as Odoo does; what must be converted first is opened for it."""
        lead = self._get_linked_lead(res_id, token)
        if lead and lead._is_won_refused():
            return self._open_dialog(lead, "crm_lead_convert_client_action")
        return super().crm_lead_case_mark_won(res_id, token)

    @http.route()
    def crm_lead_case_mark_lost(self, res_id, token):
        """Ask for the reason first where it is required; Odoo would only log it."""
        lead = self._get_linked_lead(res_id, token)
        if lead and lead._filter_unexplained():
            return self._open_dialog(lead, "crm_lead_lost_client_action")
        return super().crm_lead_case_mark_lost(res_id, token)

    def _get_linked_lead(self, res_id, token):
        """The lead of a link whose token is right and that its user may change.

        :return: ``crm.lead``, or None
        """
        right, lead, _redirect = MailController._check_token_and_record_or_redirect(
            "crm.lead", int(res_id), token
        )
        return lead if right and lead and lead.has_access("write") else None

    def _open_dialog(self, lead, action):
        """The lead, with a dialog over it.

        :param str action: our client action that opens both
        """
        path = f"/odoo/crm.lead/{lead.id}/action-sales_nemo.{action}"
        return http.request.redirect(path)
