from odoo import http

from odoo.addons.web.controllers.export import CSVExport

from ..models.base.calls import find_existing

# What a spreadsheet takes for the start of a formula, besides what Odoo's export knows.
FORMULAS = ("@", "\t", "\r", "\n")


class ConversionController(http.Controller):
    """The table of those that a mass conversion left as leads."""

    @http.route(
        "/sales_nemo/conversion/<model('crm.lead.conversion.job'):job>/refused.csv",
        type="http",
        auth="user",
        readonly=True,
    )
    def download_refused(self, job):
        """Send the table as CSV, written by Odoo's own export.

        :param job: a conversion that the user may see
        """
        find_existing(job).check_access("read")
        titles, rows = job._get_refused_table()
        rows = [
            # no spreadsheet computes it
            [f"'{x}" if str(x).startswith(FORMULAS) else x for x in row]
            for row in rows
        ]
        content = CSVExport().from_data([], titles, rows)
        name = http.content_disposition("refused_leads.csv")
        headers = [
            ("Content-Type", "text/csv;charset=utf8"),
            ("Content-Disposition", name),
        ]
        return http.request.make_response(content, headers)
