"""Whatever a client calls our public methods with, it is answered in words."""

from inspect import Parameter, isfunction, signature
from unittest.mock import patch

from odoo.exceptions import MissingError, UserError
from odoo.service.model import call_kw
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import QualificationCase

OURS = "odoo.addons.sales_nemo."
# Odoo's own to answer: what all models have, and what the mail gateway calls.
STOCK = {
    "copy",
    "copy_data",
    "create",
    "default_get",
    "fields_get",
    "load",
    "message_mail_with_source",
    "message_new",
    "message_parse",
    "message_process",
    "message_route",
    "prepare_pls_tooltip_data",
    "send_mail_batch",
    "unlink",
    "write",
}
GONE = 2**31 - 1
ODD_IDS = (
    *([], [0], [-1], [None], [False], [True], [1.5], [""], ["x"], ["\0"], [[1]]),
    *([{}], [GONE], [2**40], [10**30], 0, -1, GONE, None, False, "x", {}, {"x": 1}),
)
ODD_VALUES = (
    *(None, False, True, 0, -1, GONE, 2**40, 10**30, 1.5, float("nan"), "", "x"),
    *([], [0], ["x"], [None], [GONE], [[1]], [[]], [{}], {}, {"x": 1}),
    *("res.users", "[", "[('x', '=', 1)]", [["x", "=", 1]], [["id", "in", ["x"]]]),
)


@tagged("post_install", "-at_install")
class TestCalls(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(user=cls.manager)
        customer = cls.env["res.partner"].create({"name": "Ann", "is_company": True})
        leads = cls.create_lead(partner_id=customer.id) | cls.create_lead()
        lead = leads[0].with_user(cls.manager)
        # what is worked on, the newest of each model
        lead.save_qualification_answer(cls.size.id, "Large")
        for name in ("crm.lead.need", "crm.lead.commitment"):
            cls.env[name].create([{"lead_id": lead.id, "name": n} for n in "ab"])
        lead.activity_schedule("mail.mail_activity_data_call")
        context = {
            "active_model": "crm.lead",
            "active_id": lead.id,
            "active_ids": leads.ids,
        }
        for name, values in {
            "crm.lead2opportunity.partner": {"lead_id": lead.id},
            "crm.lead2opportunity.partner.mass": {"deduplicate": False},
            "crm.lead.log.contact": {"lead_id": lead.id},
            "crm.lead.lost": {"lead_ids": [(6, 0, leads.ids)]},
            "crm.merge.opportunity": {},
            "crm.qualification.backtest": {"profile_id": cls.profile.id},
        }.items():
            wizards = cls.env[name].with_context(**context).create([values, values])
            if name.endswith("mass"):
                wizards[0].action_mass_convert()
        cls.env["crm.lead.from.partner"].with_context(
            active_model="res.partner", active_ids=customer.ids
        ).create([{}, {}])
        cls.env.flush_all()

    def get_methods(self):
        """What clients may call of ours: ``{(model, name): function}``."""
        found = {}
        for model in self.env.values():
            for cls in type(model).mro():
                for name, function in vars(cls).items():
                    if (
                        isfunction(function)
                        and function.__module__.startswith(OURS)
                        and not name.startswith("_")
                        and name not in STOCK
                        and not any(
                            getattr(vars(c).get(name), "_api_private", False)
                            for c in type(model).mro()
                        )
                    ):
                        found.setdefault((model._name, name), function)
        return found

    def get_calls(self, model, function):
        """Arguments as a client may send them: ids and then values."""
        parameters = [
            None if p.default is Parameter.empty else p.default
            for p in list(signature(function).parameters.values())[1:]
            if p.kind is Parameter.POSITIONAL_OR_KEYWORD
        ]
        is_model = getattr(function, "_api_model", False)
        good = []
        if not model._abstract:
            good = model.sudo().search([], limit=2, order="id desc").ids
        if not is_model:
            for ids in (*ODD_IDS, good, [*good[:1], GONE]):
                yield [ids, *parameters]
        for place in range(len(parameters)):
            for odd in ODD_VALUES:
                values = parameters[:place] + [odd] + parameters[place + 1 :]
                yield values if is_model else [good[:1], *values]

    def call(self, model, name, arguments):
        """What went wrong, unless it was said in words; nothing is kept."""
        self.env.invalidate_all()
        try:
            with self.env.cr.savepoint():
                call_kw(model, name, arguments, {})
                self.env.flush_all()
                raise UserError("Take it back")
        except UserError as error:
            return "" if str(error).strip() else "nothing is said"
        except Exception as error:  # pylint: disable=broad-except
            return f"{type(error).__name__}: {error}"
        finally:
            self.env.transaction.clear()

    @mute_logger(
        "odoo.sql_db",
        "odoo.models.unlink",
        "odoo.addons.base.models.ir_model",
        "odoo.addons.base.models.ir_rule",
    )
    def test_odd_ids_and_values_are_answered_in_words(self):
        methods = self.get_methods()
        self.assertGreater(len(methods), 50)
        failures = [
            f"{user.login}: {name}.{method}{arguments}: {problem}"
            for user in (self.rep, self.manager)
            for (name, method), function in methods.items()
            for model in (self.env[name].with_user(user),)
            for arguments in self.get_calls(model, function)
            if (problem := self.call(model, method, arguments))
        ]
        self.assertFalse(failures, "\n".join(failures))

    def test_none_several_odd_and_gone_are_told_apart(self):
        lead = self.create_lead()
        gone = lead.browse(GONE)
        for leads, error, words in (
            (lead.browse(), UserError, "choose a record first"),
            (lead + lead.copy(), UserError, "not several"),
            (lead.browse(["x"]), UserError, "“x” is no id"),
            (gone, MissingError, f"no record {GONE}"),
        ):
            with self.assertRaisesRegex(error, words):
                leads.get_qualification_sheet()


@tagged("post_install", "-at_install")
class TestReplica(QualificationCase, HttpCase):
    """A replica that lags behind: what was created just now isn't there yet."""

    def setUp(self):
        super().setUp()
        exists = self.registry["crm.lead"].exists
        lagging = patch.object(
            self.registry["crm.lead"],
            "exists",
            lambda leads: leads.browse() if leads.env.cr.readonly else exists(leads),
        )
        lagging.start()
        self.addCleanup(lagging.stop)
        self.lead = self.create_lead()
        self.authenticate("rep", "rep")

    def call(self, model, method, *arguments):
        """Call a method as the browser does; Odoo logs that it asks the primary."""
        with self.assertLogs("odoo.http", "WARNING") as logs:
            answer = self.make_jsonrpc_request(
                f"/web/dataset/call_kw/{model}/{method}",
                {"model": model, "method": method, "args": arguments, "kwargs": {}},
            )
        self.assertIn("retrying with a read/write cursor", logs.output[0])
        return answer

    def test_the_sheet_of_a_new_lead(self):
        sheet = self.call("crm.lead", "get_qualification_sheet", self.lead.ids)
        self.assertEqual(sheet["profile"], self.profile.name)

    def test_the_preview_of_new_leads(self):
        wizard = "crm.lead2opportunity.partner.mass"
        preview = self.call(wizard, "get_preview", self.lead.ids)
        self.assertEqual(preview["total"], 1)
