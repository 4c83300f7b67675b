from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

from ..evidence.evidence_sql import ADDRESS_FIELDS, HEARD, PARTNERS

# The stored fields of the lifecycle, with what they are where nothing is known.
LIFECYCLE_DEFAULTS = {
    "crm_lifecycle": "prospect",
    "crm_in_progress": False,
    "crm_heard_date": False,
}
# What its fields have in common.
STORED = {
    "company_dependent": True,
    "compute": "_compute_crm_lifecycle",
    "groups": "sales_team.group_sale_salesman",
    "old_rows": "NULL",
    "store": True,
    "written_by": "code",
}
# What of a lead makes the lifecycle of its contact and account.
LEAD_FIELDS = (
    "type",
    "active",
    "won_status",
    "company_id",
    "contact_heard_date",
    "partner_id",
)

# One row for each partner and company that there is something between; ``scope`` is a
# condition on the contacts ``p`` whose leads and messages are read.
LIFECYCLE = """
      WITH member AS MATERIALIZED (
          SELECT p.id, p.commercial_partner_id FROM res_partner p
           WHERE (%(scope)s) AND p.partner_share -- our own are nobody's customer
             AND p.commercial_partner_id NOT IN (SELECT partner_id FROM res_company)
      ), known AS (
          SELECT l.partner_id AS id, l.company_id,
                 l.won_status = 'won' AS is_won,
                 l.won_status = 'lost' AS is_lost,
                 l.won_status = 'pending' AND l.active
                     AND l.type = 'opportunity' AS is_opportunity,
                 l.won_status = 'pending' AND l.active
                     AND l.type = 'lead' AS is_lead,
                 l.contact_heard_date AS heard_date
            FROM crm_lead l
           WHERE l.partner_id IN (SELECT id FROM member)
            UNION ALL
           SELECT heard.partner_id, NULL, FALSE, FALSE, FALSE, FALSE, heard.date
             FROM (%(heard)s) heard
      ), subject AS (
          SELECT id, id AS member_id FROM member
           UNION ALL
          SELECT commercial_partner_id, id FROM member
           WHERE commercial_partner_id <> id
      ), summed AS (
          SELECT subject.id, company_id,
                 BOOL_OR(is_won) AS is_won,
                 BOOL_OR(is_lost) AS is_lost,
                 BOOL_OR(is_opportunity) AS is_opportunity,
                 BOOL_OR(is_lead) AS is_lead,
                 MAX(heard_date) AS heard_date
            FROM known
            JOIN subject ON subject.member_id = known.id
        GROUP BY subject.id, company_id
      )
      SELECT summed.id, company.id,
             CASE WHEN BOOL_OR(is_won) THEN 'customer'
                  WHEN BOOL_OR(is_opportunity) THEN 'opportunity'
                  WHEN BOOL_OR(is_lead) THEN 'lead'
                  WHEN BOOL_OR(is_lost) THEN 'lost'
                  ELSE 'prospect' END,
             BOOL_OR(is_opportunity OR is_lead),
             date_trunc('second', MAX(heard_date))
        FROM summed
        JOIN res_company company
          ON summed.company_id IS NULL OR company.id = summed.company_id
    GROUP BY summed.id, company.id
"""


class ResPartner(models.Model):
    """How far a company has come with a contact or an account.

    A person's lifecycle follows the person's own leads and opportunities; that of an
    account (a commercial entity) those of all of its people. Companies that share a
    contact each have their own, from their own leads and those of no company.
    """

    _name = "res.partner"
    _inherit = [
        "res.partner",
        "contact.party.mixin",
        "qualification.door.mixin",
    ]

    crm_lead_ids = fields.One2many(
        "crm.lead",
        "partner_id",
        string="Leads and Opportunities",
        readonly=True,
        context={"active_test": False},
        groups="sales_team.group_sale_salesman",
        written_by="code",
    )
    commercial_member_ids = fields.One2many(
        "res.partner",
        "commercial_partner_id",
        string="People of the Account",
        readonly=True,
        context={"active_test": False},
        groups="base.group_user",
        help="All contacts of this commercial entity, itself included.",
        written_by="code",
    )
    crm_lifecycle = fields.Selection(
        [
            ("prospect", "In the sea"),
            ("lead", "Lead"),
            ("opportunity", "Opportunity"),
            ("customer", "Customer"),
            ("lost", "Lost, back in the sea"),
        ],
        string="Lifecycle",
        help="Customer: something was won.\nOpportunity, lead: one is open.\n"
        "Lost: all that there was is lost.\nIn the sea: there was nothing yet.\n"
        "An account is where the furthest of its people is.",
        **STORED,
    )
    crm_in_progress = fields.Boolean(
        string="In Progress",
        help="There is an open lead or opportunity; customers may have one, too.",
        **STORED,
    )
    crm_heard_date = fields.Datetime(
        string="Last Heard",
        help="Last time that they, or anybody of the account, wrote or talked to us.",
        **STORED,
    )

    @api.depends(
        *(
            f"{path}.{name}"
            for path in ("crm_lead_ids", "commercial_member_ids.crm_lead_ids")
            for name in LEAD_FIELDS
        ),
        "commercial_member_ids.commercial_partner_id",
        "commercial_member_ids.partner_share",
        "partner_share",
    )
    def _compute_crm_lifecycle(self):
        saved = self.filtered(lambda partner: isinstance(partner.id, int))
        for partner in self - saved:
            for name, default in LIFECYCLE_DEFAULTS.items():
                partner[name] = partner._origin[name] or default
        if saved._postpone_reading():
            return
        # what is right already is left as it is: it need not be written
        stale = saved._get_stale_lifecycles()
        # the other companies have theirs, whether the user sees them or not
        companies = self.env["res.company"]._get_all_companies() if stale else ()
        for company_id, _partner_id in companies:
            for name, default in LIFECYCLE_DEFAULTS.items():
                ids_by_value = defaultdict(list)
                for partner_id, values in stale.items():
                    value = (values[name] or {}).get(str(company_id), default)
                    ids_by_value[value].append(partner_id)
                for value, ids in ids_by_value.items():
                    self.browse(ids).with_company(company_id)[name] = value

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_written_along(self):
        """The accounts, which keep when anybody of theirs was last heard of."""
        return self.commercial_partner_id - self

    def _read_contact(self):
        """Contact with a person is contact with the account."""
        partners = self.exists()
        partners |= partners.commercial_partner_id
        partners._compute_again("crm_heard_date")

    def _get_stale_lifecycles(self):
        """Those of these partners whose stored lifecycle is not the right one.

        :return: ``{partner id: {"crm_lifecycle", "crm_in_progress",
            "crm_heard_date"}}``, what it should be, each as ``{company id as text:
            value}``, or None where it is the same for all companies: the default
        """
        if not self:
            return {}
        members = SQL(
            "p.id = ANY(%(ids)s) OR p.commercial_partner_id = ANY(%(ids)s)",
            ids=self.ids,
        )
        self._flush_lifecycles()
        query = self._get_difference_sql(members, SQL("p.id = ANY(%s)", self.ids))
        self.env["crm.contact.evidence"]._execute(query)
        return {
            partner_id: dict(zip(LIFECYCLE_DEFAULTS, values, strict=True))
            for partner_id, *values in self.env.cr.fetchall()
        }

    @api.model
    def _get_all_stale_lifecycles(self):
        """Ids of all partners whose stored lifecycle is not the right one.

        :rtype: list[int]
        """
        self._flush_lifecycles()
        query = self._get_difference_sql(SQL("TRUE"), SQL("TRUE"))
        query = SQL("SELECT c.id FROM (%s) c", query)
        self.env["crm.contact.evidence"]._execute(query)
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _read_all_lifecycles(self):
        """Fill the lifecycles of all partners, in one UPDATE.

        Set-based: only rows that change are written.

        :return: number of partners that changed
        """
        self._flush_lifecycles()
        self.env["crm.contact.evidence"]._execute(
            SQL(
                "UPDATE res_partner p SET crm_lifecycle = c.crm_lifecycle,"
                " crm_in_progress = c.crm_in_progress,"
                " crm_heard_date = c.crm_heard_date FROM (%s) c WHERE c.id = p.id",
                self._get_difference_sql(SQL("TRUE"), SQL("TRUE")),
            )
        )
        changed = self.env.cr.rowcount
        self.env["res.partner"].invalidate_model(list(LIFECYCLE_DEFAULTS))
        return changed

    def _flush_lifecycles(self):
        """Write what the SQL reads, besides evidence."""
        self.flush_model([*LIFECYCLE_DEFAULTS, "partner_share"])
        # all of them at once, each call is an UPDATE
        self.env["crm.lead"].flush_model({*LEAD_FIELDS, *ADDRESS_FIELDS})

    # ------------------------------------------------------------
    # SQL
    # ------------------------------------------------------------

    def _get_difference_sql(self, members, scope):
        """Partners whose columns are not what they should be, with what they should.

        As the ORM keeps fields that depend on the company: by company, without those
        that are at their default.

        :param SQL members: condition on ``res_partner p``, whose leads and messages
            are read
        :param SQL scope: condition on ``res_partner p``, the partners that are asked
        """
        parties = SQL(PARTNERS, members)
        heard = SQL(HEARD, self.env["crm.contact.evidence"]._get_evidence(parties))
        return SQL(
            """
            SELECT p.id, known.crm_lifecycle, known.crm_in_progress,
                   known.crm_heard_date
              FROM res_partner p
         LEFT JOIN (
                SELECT id,
                       jsonb_object_agg(company_id, lifecycle)
                           FILTER (WHERE lifecycle <> 'prospect') AS crm_lifecycle,
                       jsonb_object_agg(company_id, TRUE)
                           FILTER (WHERE in_progress) AS crm_in_progress,
                       jsonb_object_agg(company_id,
                                        to_char(heard, 'YYYY-MM-DD HH24:MI:SS'))
                           FILTER (WHERE heard IS NOT NULL) AS crm_heard_date
                  FROM (%(lifecycles)s)
                       one (id, company_id, lifecycle, in_progress, heard)
              GROUP BY id
            ) known ON known.id = p.id
             WHERE %(scope)s
               AND (p.crm_lifecycle, p.crm_in_progress, p.crm_heard_date)
                   IS DISTINCT FROM (known.crm_lifecycle, known.crm_in_progress,
                                     known.crm_heard_date)
            """,
            lifecycles=SQL(LIFECYCLE, scope=members, heard=heard),
            scope=scope,
        )


class ResCompany(models.Model):
    """A new company reads the lifecycles."""

    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        """A new company shares the leads, and the messages, that are of no company."""
        companies = super().create(vals_list)
        # sudo: also those of contacts that the user doesn't see
        self.env["res.partner"].sudo()._read_all_lifecycles()
        return companies
