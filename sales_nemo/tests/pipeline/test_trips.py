"""Five trips through the addon: how many of its functions are called, and where.

``make test ARGS="sales_nemo/tests/pipeline/test_trips.py -s"`` prints the counts and
the files in the order in which a trip comes to them; ``readme/DEVELOP.md`` tells them.
"""

import re
import sys
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from ...models.conversion import crm_lead_conversion_job as jobs
from ..common import QualificationCase

ADDON = Path(__file__).parents[2]
# Calls of functions that have a name, each as often as it is called, with nothing but
# CRM beside the addon. A trip that becomes shorter lowers its number.
MOST_CALLS = {
    "A mail puts a lead in touch": 139,
    "An answer changes the badge": 153,
    "A conversion is refused": 115,
    "Many are converted in the background": 474,
    "What was lost returns": 322,
}


def watch(work):
    """Do something and watch which of the addon's functions are called, tests aside.

    :return: number of calls, and files from the addon's folder in their order
    """
    calls, files = 0, {}
    ours, tests = f"{ADDON}/", f"{ADDON}/tests/"

    def look(frame, event, _arg):
        nonlocal calls
        code = frame.f_code
        path = code.co_filename
        if event != "call" or code.co_name.startswith("<"):
            return
        if path.startswith(ours) and not path.startswith(tests):
            calls += 1
            files.setdefault(path.removeprefix(ours))

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls, list(files)


# where other apps are installed, trips are longer
@tagged("post_install", "-at_install", "-standard")
class TestTrips(QualificationCase):
    def assertTrip(self, title, *prepare):
        """A trip takes no more calls than it did, by way of the files that are told.

        :param prepare: functions for each leg of the trip; they make what it needs, and
            return what is then to be done
        """
        total, passed = 0, []
        for start in prepare:
            # the first time fills what is kept in memory
            for _turn in range(2):
                work = start()
                self.env.flush_all()
                self.env.invalidate_all()
                calls, files = watch(lambda work=work: (work(), self.env.flush_all()))
            total += calls
            passed += files
        sys.stdout.write("\n  ".join([f"\n{title}: {total} calls", *passed]) + "\n")
        self.assertLessEqual(total, MOST_CALLS[title])
        text = (ADDON / "readme/DEVELOP.md").read_text()
        [told] = re.findall(rf"^- \*{title}\*:(.*?)(?=^- |\n\n)", text, re.M | re.S)
        coming = iter([path.removeprefix("models/") for path in passed])
        for name in re.findall(r"`([\w/]+\.py)`", told):
            self.assertIn(name, coming, "it comes to the files that are told, in order")

    def open_dialog(self, model, leads, **values):
        dialog = self.env[model].with_user(self.rep)
        return dialog.with_context(
            active_model="crm.lead", active_id=leads[:1].id, active_ids=leads.ids
        ).create(values)

    def test_mail(self):
        aliases = {"catchall_alias": "catchall", "bounce_alias": "bounce"}
        self.env["mail.alias.domain"].create({"name": "us.example"} | aliases)
        # the gateway knows nothing of the shortcuts that tests take
        gateway = self.env(context={})["mail.thread"]
        leads = []

        def answer_us():
            sender = f"ann@customer{len(leads)}.example"
            ann = self.env["res.partner"].create({"name": "Ann", "email": sender})
            leads.append(self.create_lead(partner_id=ann.id))
            sent = leads[-1].message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=ann.ids,
            )
            mail = EmailMessage()
            mail["From"], mail["To"] = sender, "catchall@us.example"
            mail["Subject"], mail["In-Reply-To"] = "Re: Hello", sent.message_id
            mail["Message-Id"] = make_msgid(domain="mail.example")
            mail.set_content("Hi there")
            return lambda: gateway.message_process(None, mail.as_string())

        self.assertTrip("A mail puts a lead in touch", answer_us)
        self.assertEqual({lead.contact_state for lead in leads}, {"two_way"})

    def test_answer(self):
        self.budget.requirement = "met"
        leads = []

        def answer():
            leads.append(lead := self.create_qualified_lead())
            self.assertEqual(lead.qualification_state, "blocked")
            return lambda: lead.save_qualification_answer(self.budget.id, "yes")

        self.assertTrip("An answer changes the badge", answer)
        self.assertEqual({lead.qualification_state for lead in leads}, {"ready"})

    def test_refusal(self):
        leads = []

        def convert():
            leads.append(lead := self.create_lead(partner_name="Acme"))
            return self.open_dialog(
                "crm.lead2opportunity.partner", lead, name="convert", action="create"
            ).action_apply

        self.assertTrip("A conversion is refused", convert)
        self.assertEqual({lead.type for lead in leads}, {"lead"})

    def test_mass_conversion(self):
        good = []

        def convert():
            good.append(self.create_qualified_lead())
            dialog = self.open_dialog(
                "crm.lead2opportunity.partner.mass",
                good[-1] | self.create_lead("Bad"),
                deduplicate=False,
            )

            def work():
                dialog.action_mass_convert()
                with self.enter_registry_test_mode():
                    job = self.env.ref("sales_nemo.ir_cron_conversion")
                    job.method_direct_trigger()

            return work

        with patch.object(jobs, "BACKGROUND_FROM", 1):
            self.assertTrip("Many are converted in the background", convert)
        self.assertEqual({lead.type for lead in good}, {"opportunity"})

    def test_return(self):
        reason = self.env["crm.lost.reason"].create(
            {"name": "Not now", "recycle_to": "same", "recycle_days": 30}
        )
        deals = []

        def lose():
            email = f"ann@customer{len(deals)}.example"
            deal = self.create_lead("Deal", type="opportunity", email_from=email)
            deals.append(deal)
            return self.open_dialog(
                "crm.lead.lost",
                deal,
                lead_ids=deal.ids,
                lost_reason_id=reason.id,
            ).action_lost_reason_apply

        def come_back():
            lose()()
            deals[-1].sudo().recycle_date = fields.Date.today()
            return self.env["crm.lead"]._cron_recycle

        with patch.object(self.env.cr, "commit", self.env.flush_all):
            self.assertTrip("What was lost returns", lose, come_back)
        self.assertTrue(deals[-1].recycled_lead_ids)
