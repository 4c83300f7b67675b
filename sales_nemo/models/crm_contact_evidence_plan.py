from odoo import fields, models
from odoo.tools import SQL

# The function in the database that keeps the plan, and for how many leads it is used:
# for many PostgreSQL had better look how many there are.
FUNCTION = "sales_nemo_get_contact"
FEW = 10


class CrmContactEvidence(models.AbstractModel):
    """The contact with a few leads, by a plan that PostgreSQL keeps.

    To plan the query takes ten times longer than to look up one lead's messages, and
    each message asks anew. A function plans it once for each connection.
    """

    _inherit = "crm.contact.evidence"

    def init(self):
        """Create the function, by the query as it is in this version."""
        res = super().init()
        self._drop_function()
        self.env.cr.execute(
            SQL(
                """
                CREATE FUNCTION %(name)s(leads integer[], now timestamp)
                RETURNS TABLE (lead_id integer, state text, date timestamp,
                               two_way_date timestamp, message_id integer,
                               event_id integer, since timestamp, inferred boolean,
                               heard_date timestamp)
                LANGUAGE plpgsql STABLE
                SET jit = off SET plan_cache_mode = force_generic_plan
                AS $function$
                #variable_conflict use_column
                BEGIN
                    RETURN QUERY %(query)s;
                END
                $function$
                """,
                name=SQL.identifier(FUNCTION),
                query=self._get_contact_sql(SQL("l.id = ANY($1)"), now=SQL("$2")),
            )
        )
        return res

    def _drop_function(self):
        """Take the function out of the database."""
        self.env.cr.execute(SQL("DROP FUNCTION IF EXISTS %s", SQL.identifier(FUNCTION)))

    def _read_contact(self, leads):
        if len(leads) > FEW:
            return super()._read_contact(leads)
        function = SQL.identifier(FUNCTION)
        return self.env.execute_query(
            SQL("SELECT * FROM %s(%s, %s)", function, leads.ids, fields.Datetime.now())
        )
