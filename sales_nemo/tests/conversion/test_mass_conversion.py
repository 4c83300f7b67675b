import csv
import io
from unittest.mock import patch

from psycopg2 import InterfaceError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.conversion import crm_lead_conversion_job as jobs
from ...models.conversion.crm_lead_conversion import MOST_MERGED
from ...wizard import crm_lead_to_opportunity_mass as mass
from ..common import SALES_ALL, QualificationCase


class MassCase(QualificationCase):
    """What a rep does: select leads, choose options, convert."""

    @classmethod
    def open_dialog(cls, leads, user=None, **values):
        """The dialog as the browser saves it, before its button is pressed."""
        wizard = (
            leads.env["crm.lead2opportunity.partner.mass"]
            .with_user(user or cls.rep)
            .with_context(
                active_model="crm.lead", active_id=leads[:1].id, active_ids=leads.ids
            )
            .create({"deduplicate": False} | values)
        )
        cls.env.flush_all()
        cls.env.invalidate_all()
        return wizard

    @classmethod
    def convert(cls, leads, user=None, **values):
        """The conversion that comes out."""
        action = cls.open_dialog(leads, user, **values).action_mass_convert()
        return cls.env[action["res_model"]].browse(action["res_id"])

    def get_outcomes(self, job):
        """``{outcome: leads}`` of a conversion."""
        return {
            outcome: lines.lead_id
            for outcome, lines in job.line_ids.grouped("outcome").items()
        }


@tagged("post_install", "-at_install")
class TestMassConversion(MassCase):
    def test_converts_those_that_pass(self):
        good = self.create_qualified_lead("Good")
        bad = self.create_lead("Bad", email_from="bad@customer.example")
        partners = self.env["res.partner"].search_count([])
        job = self.convert(good | bad)
        self.assertEqual((good.type, bad.type), ("opportunity", "lead"))
        self.assertEqual(
            self.env["res.partner"].search_count([]), partners + 1, "none for the other"
        )
        self.assertEqual(
            self.get_outcomes(job), {"converted": good.sudo(), "refused": bad.sudo()}
        )
        self.assertEqual((job.converted_count, job.refused_count), (1, 1))
        self.assertEqual(job.state, "done")
        line = job.refused_line_ids
        self.assertIn("Nobody has been in touch", line.reasons)
        self.assertEqual(bad.sudo().qualification_decision_ids.path, "mass")
        self.assertEqual(
            job.action_open_leads("refused")["domain"], [("id", "in", bad.ids)]
        )
        self.assertEqual(
            job.action_open_leads("converted")["domain"], [("id", "in", good.ids)]
        )

    def test_reasons_by_frequency(self):
        nothing = self.create_lead() | self.create_lead()
        talked = self.create_lead("Talked", contact_name="Ann", phone="+32 2 555 12 34")
        talked._log_contact("We talked", "reached")
        job = self.convert(nothing | talked).with_user(self.rep)
        counts = {reason["key"]: reason["count"] for reason in job.reasons}
        self.assertEqual(
            counts,
            {"reachable": 2, "contacted": 2, "needs_known": 3, "committed": 3},
        )
        self.assertEqual(job.reasons[0]["count"], 3)
        for key, count in counts.items():
            found = self.env["crm.lead"].search(
                job.action_open_leads("refused", key)["domain"]
            )
            self.assertEqual(len(found), count)

    def test_result_names_what_was_no_lead(self):
        good = self.create_qualified_lead("Good")
        done = self.create_qualified_lead("Done")
        done.convert_opportunity(done.partner_id)
        archived = self.create_lead("Archived", active=False)
        job = self.convert(good | done | archived)
        self.assertEqual(
            self.get_outcomes(job),
            {
                "converted": good.sudo(),
                "already": done.sudo(),
                "skipped": archived.sudo(),
            },
        )
        self.assertIn("archived", job.refused_line_ids.reasons)

    def test_none_passes(self):
        bad = self.create_lead() | self.create_lead()
        job = self.convert(bad)
        self.assertEqual(bad.mapped("type"), ["lead", "lead"])
        self.assertEqual(self.get_outcomes(job), {"refused": bad.sudo()})

    def test_nothing_selected(self):
        with self.assertRaisesRegex(UserError, "select leads"):
            self.convert(self.env["crm.lead"])

    def test_salespersons_keep_stocks_meaning(self):
        leads = self.create_qualified_lead() | self.create_qualified_lead()
        self.convert(
            leads,
            self.manager,
            user_ids=[(6, 0, (self.rep | self.rep_all).ids)],
            force_assignment=True,
        )
        self.assertEqual(leads.user_id, self.rep | self.rep_all)

    def test_rep_does_not_override_in_mass(self):
        leads = self.create_lead() | self.create_lead()
        with self.assertRaises(AccessError):
            self.open_dialog(leads, override_reason="Because").action_override()
        with self.assertRaises(ValidationError):
            self.open_dialog(leads, self.approver).action_override()
        self.open_dialog(leads, self.approver, override_reason="Fair").action_override()
        outcomes = leads.sudo().qualification_decision_id.mapped("outcome")
        self.assertEqual(outcomes, ["overridden"] * 2)

    def test_one_that_odoo_refuses_stops_no_other(self):
        """A lead that a colleague got while the dialog was open."""
        good = self.create_qualified_lead("Good")
        theirs = self.create_qualified_lead("Theirs")
        wizard = self.open_dialog(good | theirs)
        theirs.sudo().user_id = self.rep_all
        action = wizard.action_mass_convert()
        job = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((good.type, theirs.type), ("opportunity", "lead"))
        self.assertEqual(job.skipped_count, 1)

    def test_converted_by_somebody_else_meanwhile(self):
        """Nothing of what they chose is overwritten."""
        lead = self.create_qualified_lead("Good")
        wizard = self.open_dialog(
            lead,
            self.manager,
            user_ids=[(6, 0, self.manager.ids)],
            force_assignment=True,
        )
        self.convert(lead)
        action = wizard.action_mass_convert()
        job = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((lead.user_id, job.skipped_count), (self.rep, 1))
        self.assertIn("Somebody else", job.line_ids.reasons)
        self.assertEqual(len(lead.sudo().qualification_decision_ids), 1)

    def test_a_foreign_job_is_no_way_in(self):
        """A dialog that names another's conversion works for its own."""
        bad = self.create_lead()
        theirs = self.convert(
            self.create_qualified_lead("Theirs", self.rep_all), self.rep_all
        )
        theirs.sudo().state = "running"
        wizard = self.open_dialog(bad, job_id=theirs.id)
        with self.assertRaises(AccessError):
            wizard.action_mass_convert()
        self.assertEqual((bad.type, len(theirs.line_ids)), ("lead", 1))

    def test_clients_write_no_conversion(self):
        job = self.convert(self.create_qualified_lead())
        for record in (job, job.line_ids):
            record = record.with_user(self.rep)
            with self.assertRaises(AccessError):
                record.write({"job_id" if "job_id" in record else "state": False})
            with self.assertRaises(AccessError):
                record.create({})
            with self.assertRaises(AccessError):
                record.unlink()
        with self.assertRaises(AccessError):
            job.with_user(self.rep_all).read(["state"])
        self.assertTrue(job.with_user(self.manager).read(["state"]))


@tagged("post_install", "-at_install")
class TestPreview(MassCase):
    def preview(self, leads, domain=None, user=None):
        wizards = self.env["crm.lead2opportunity.partner.mass"]
        return wizards.with_user(user or self.rep).get_preview(leads.ids, domain)

    def test_says_what_will_happen(self):
        good = self.create_qualified_lead("Good")
        bad = self.create_lead("Bad")
        preview = self.preview(good | bad)
        self.assertEqual(
            (preview["total"], preview["passing"], preview["refused"]), (2, 1, 1)
        )
        self.assertEqual([one["name"] for one in preview["examples"]], ["Bad"])
        job = self.convert(good | bad)
        self.assertEqual(
            {r["key"]: r["count"] for r in preview["reasons"]},
            {r["key"]: r["count"] for r in job.reasons},
        )

    def test_of_all_that_match_the_filter(self):
        self.create_qualified_lead("Good fish")
        self.create_lead("Bad fish")
        self.create_lead("Not mine fish", self.rep_all)
        done = self.create_qualified_lead("Done fish")
        done.convert_opportunity(done.partner_id)
        domain = [["name", "ilike", "fish"]]
        preview = self.preview(self.env["crm.lead"], domain)
        self.assertEqual(
            (preview["total"], preview["passing"], preview["refused"]), (2, 1, 1)
        )

    def test_judges_the_first_of_many(self):
        leads = self.create_qualified_lead() | self.create_lead() | self.create_lead()
        with patch.object(mass, "JUDGED", 2):
            preview = self.preview(leads)
        self.assertEqual((preview["total"], preview["judged"]), (3, 2))

    def test_queries_do_not_grow(self):
        one = self.create_lead()
        many = self.env["crm.lead"].browse(
            [self.create_lead(f"Lead {number}").id for number in range(30)]
        )
        few = self.count_queries(lambda: self.preview(one))
        self.assertLessEqual(self.count_queries(lambda: self.preview(many)), few)

    def test_filter_converts_all_that_match(self):
        good = self.create_qualified_lead("Good fish")
        other = self.create_qualified_lead("Other fish")
        cat = self.create_qualified_lead("Cat")
        wizard = self.open_dialog(
            good, scope="filter", filter_domain="[['name', 'ilike', 'fish']]"
        )
        wizard.action_mass_convert()
        self.assertEqual(
            (good | other | cat).mapped("type"), ["opportunity", "opportunity", "lead"]
        )

    def test_filter_of_the_list_is_counted(self):
        good = self.create_qualified_lead("Good fish")
        self.create_qualified_lead("Other fish")
        wizards = self.env["crm.lead2opportunity.partner.mass"].with_user(self.rep)
        wizard = wizards.with_context(
            active_ids=good.ids, active_domain=[["name", "ilike", "fish"]]
        ).new({})
        self.assertEqual((wizard.selected_count, wizard.filter_count), (1, 2))

    def test_a_filter_that_is_none(self):
        good = self.create_qualified_lead("Good fish")
        wizard = self.open_dialog(good, scope="filter", filter_domain="[(")
        with self.assertRaisesRegex(UserError, "Select the leads instead"):
            wizard.action_mass_convert()


@tagged("post_install", "-at_install")
class TestDuplicates(MassCase):
    def test_are_judged_after_merging(self):
        first = self.create_lead("First", email_from="ann@customer.example")
        second = self.create_lead("Second", email_from="ann@customer.example")
        job = self.convert(first | second, deduplicate=True)
        merged = (first | second).exists()
        self.assertEqual((len(merged), merged.type), (1, "lead"))
        self.assertEqual((job.merged_count, job.refused_count), (1, 1))

    def test_more_than_odoo_merges_are_left_alone(self):
        many = self.env["crm.lead"].browse(
            self.create_qualified_lead(
                f"Twin {n}", email_from="ann@customer.example"
            ).id
            for n in range(MOST_MERGED + 1)
        )
        good = self.create_qualified_lead("Good")
        job = self.convert(many | good, deduplicate=True)
        self.assertEqual(set(many.mapped("type")), {"lead"})
        self.assertEqual((job.skipped_count, good.type), (len(many), "opportunity"))
        self.assertIn("6 records are duplicates", job.refused_line_ids[0].reasons)

    def test_into_a_running_opportunity(self):
        running = self.create_qualified_lead(
            "Running", email_from="ann@customer.example"
        )
        running.convert_opportunity(running.partner_id)
        bad = self.create_lead("Bad", email_from="ann@customer.example")
        job = self.convert(bad, deduplicate=True)
        self.assertFalse(bad.exists())
        self.assertEqual(running.type, "opportunity")
        self.assertEqual((job.already_count, job.merged_count), (1, 1))
        self.assertEqual(
            job.action_open_leads("merged")["domain"], [("id", "in", running.ids)]
        )

    def test_are_found_as_odoo_finds_them(self):
        partner = self.env["res.partner"].create(
            {"name": "Ann", "email": "ann@customer.example"}
        )
        leads = self.env["crm.lead"].browse(
            [
                self.create_lead("By mail", email_from="Ann <ANN@customer.example>").id,
                self.create_lead("By contact", partner_id=partner.id).id,
                self.create_lead("Two", email_from="a@x.example, b@x.example").id,
                self.create_lead("Second of two", email_from="b@x.example").id,
                self.create_lead("Alone", email_from="alone@x.example").id,
                self.create_lead("No address").id,
                self.create_lead(
                    "Archived", active=False, email_from="alone@x.example"
                ).id,
            ]
        )
        expected = leads.filtered(lambda lead: len(lead._find_duplicates()) > 1)
        self.assertEqual(leads._get_duplicated(), expected)
        self.assertEqual(
            expected.mapped("name"), ["By mail", "By contact", "Two"], "as Odoo has it"
        )

    def test_queries_of_looking_do_not_grow(self):
        leads = self.env["crm.lead"].browse(
            self.create_lead(f"Lead {n}", email_from=f"n{n}@x.example").id
            for n in range(30)
        )
        one = self.count_queries(leads[0]._get_duplicated)
        self.assertEqual(self.count_queries(leads._get_duplicated), one)


@tagged("post_install", "-at_install")
class TestSummary(MassCase):
    def get_messages(self, user):
        return self.env["mail.message"].search(
            [("partner_ids", "in", user.partner_id.ids)], order="id"
        )

    def convert(self, leads, *args):
        # with the messages that Odoo sends to real users
        return super().convert(leads.with_context(tracking_disable=False), *args)

    def create_prospects(self, number):
        return self.env["crm.lead"].browse(
            self.create_qualified_lead(
                f"Prospect {n}",
                partner_name=f"Company {n}",
                email_from=f"n{n}@x.example",
            ).id
            for n in range(number)
        )

    def test_one_for_each_salesperson(self):
        leads = self.create_prospects(3)
        known = self.env["res.partner"].create({"name": "Known"})
        theirs = self.create_qualified_lead("Theirs", self.rep_all, partner_id=known.id)
        self.convert(leads | theirs, self.manager)
        mine = self.get_messages(self.rep)
        self.assertEqual(mine.mapped("subject"), ["3 leads were converted for you"])
        for lead in leads:
            self.assertIn(f"/odoo/crm.lead/{lead.id}", mine.body)
            self.assertIn(f"/odoo/res.partner/{lead.partner_id.id}", mine.body)
        self.assertEqual(len(self.get_messages(self.rep_all)), 1)
        self.assertFalse(self.get_messages(self.manager))

    def test_none_for_who_converts(self):
        self.convert(self.create_prospects(2))
        self.assertFalse(self.get_messages(self.rep))

    def test_a_setting_brings_odoos_back(self):
        settings = self.env["res.config.settings"]
        settings.create({"conversion_notify_each": True}).execute()
        self.convert(self.create_prospects(2), self.manager)
        subjects = self.get_messages(self.rep).mapped("subject")
        self.assertEqual(len(subjects), 4, "a company and a person for each")
        self.assertTrue(all("assigned to" in subject for subject in subjects))
        settings.create({"conversion_notify_each": False}).execute()
        self.convert(self.create_prospects(2), self.manager)
        self.assertEqual(len(self.get_messages(self.rep)), 5)

    def test_in_the_recipients_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.rep.lang = "fr_FR"
        self.convert(self.create_prospects(1), self.manager)
        self.assertTrue(self.get_messages(self.rep))


@tagged("post_install", "-at_install")
class TestBackground(MassCase):
    def setUp(self):
        super().setUp()
        for name, value in (("BACKGROUND_FROM", 4), ("BATCH", 2)):
            patcher = patch.object(jobs, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)
        self.good = self.env["crm.lead"].browse(
            self.create_qualified_lead(f"Good {n}").id for n in range(4)
        )
        self.bad = self.create_lead("Bad")

    def test_the_scheduled_action_converts(self):
        job = self.convert(self.bad + self.good, self.rep)
        self.assertTrue(job.is_background)
        self.assertEqual(set(self.good.mapped("type")), {"lead"})
        self.assertEqual(job.with_user(self.rep).get_progress()["done"], 0)
        with self.enter_registry_test_mode():
            self.env.ref("sales_nemo.ir_cron_conversion").method_direct_trigger()
        self.assertEqual(set(self.good.mapped("type")), {"opportunity"})
        self.assertEqual(self.bad.type, "lead")
        self.assertEqual((job.state, job.done_count), ("done", 5))
        self.assertEqual((job.converted_count, job.refused_count), (4, 1))
        deciders = self.good.sudo().qualification_decision_ids.mapped("user_id")
        self.assertEqual(deciders, self.rep)
        told = self.env["mail.message"].search(
            [("partner_ids", "in", self.rep.partner_id.ids)]
        )
        self.assertEqual(told.mapped("subject"), ["Your mass conversion is over"])

    def test_leads_that_do_not_exist_are_refused_at_once(self):
        wizard = self.open_dialog(self.good.with_user(self.rep))
        gone = self.good.copy().ids
        self.env["crm.lead"].browse(gone).unlink()
        jobs_before = self.env["crm.lead.conversion.job"].search([])
        with self.assertRaisesRegex(UserError, "nothing to convert"):
            wizard.with_context(active_ids=gone).action_mass_convert()
        with self.assertRaisesRegex(UserError, "“x” is no id"):
            wizard.with_context(active_ids=["x"]).action_mass_convert()
        self.assertEqual(self.env["crm.lead.conversion.job"].search([]), jobs_before)

    def test_one_that_is_gone_stops_no_other(self):
        wizard = self.open_dialog(self.good.with_user(self.rep))
        gone = self.bad.sudo().copy()
        ids = [*self.good.ids, gone.id]
        gone.unlink()
        action = wizard.with_context(active_ids=ids).action_mass_convert()
        job = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(job.total_count, 4)
        self.assertEqual(job.skipped_count, 1)
        self.assertIn("any more", job.refused_line_ids.reasons)

    def test_salespeople_take_turns_over_all_batches(self):
        team = [(6, 0, (self.rep | self.rep_all | self.manager).ids)]
        job = self.convert(
            self.good, self.manager, user_ids=team, force_assignment=True
        )
        while job.state != "done":
            job._run_next_batch()
        users = (self.rep | self.rep_all | self.manager).sorted()
        self.assertEqual(
            [lead.user_id for lead in self.good],
            [users[0], users[1], users[2], users[0]],
        )

    def test_cancel_and_resume(self):
        job = self.convert(self.good)
        job._run_next_batch()
        job.with_user(self.rep).action_cancel()
        self.assertEqual((job.state, job._run_next_batch()), ("cancelled", 0))
        types = self.good.mapped("type")
        self.assertEqual(types, ["opportunity"] * 2 + ["lead"] * 2)
        with self.assertRaises(AccessError):
            job.with_user(self.rep_all).action_resume()
        job.with_user(self.rep).action_resume()
        job._run_next_batch()
        self.assertEqual(set(self.good.mapped("type")), {"opportunity"})
        self.assertEqual(job.state, "done")

    def test_converted_in_the_meantime(self):
        job = self.convert(self.good)
        other = self.good[3]
        other.convert_opportunity(other.partner_id)
        while job.state != "done":
            job._run_next_batch()
        self.assertEqual((job.converted_count, job.skipped_count), (3, 1))

    def test_merged_with_one_of_an_earlier_batch(self):
        first, _second, _third, last = self.good
        (first | last).email_from = "ann@customer.example"
        job = self.convert(self.good, deduplicate=True)
        while job.state != "done":
            job._run_next_batch()
        self.assertEqual((job.converted_count, job.merged_count), (3, 1))
        self.assertEqual(len(job.line_ids), 4)

    def test_as_the_user_who_asked(self):
        """Whom they may not change stays as it is, whatever the worker may do."""
        theirs = self.good[0]
        job = self.convert(self.good)
        theirs.sudo().user_id = self.rep_all
        while job.state != "done":
            job._run_next_batch()
        self.assertEqual((theirs.type, job.skipped_count), ("lead", 1))

    def test_of_a_user_who_left(self):
        job = self.convert(self.good)
        self.rep.active = False
        self.assertEqual((job._run_next_batch(), job.state), (0, "cancelled"))
        self.assertEqual(set(self.good.mapped("type")), {"lead"})

    def test_an_addons_fault_stops_its_own_conversion_only(self):
        faulty = self.convert(self.good[:2] + self.bad + self.good[2])
        other = self.convert(
            self.create_qualified_lead()
            + self.create_lead()
            + self.create_lead()
            + self.create_lead()
        )
        leads = type(self.env["crm.lead"])
        stock = leads._convert_opportunity_data

        def fail(lead, *args):
            if lead == self.good[0]:
                raise ZeroDivisionError
            return stock(lead, *args)

        scheduled = self.env.ref("sales_nemo.ir_cron_conversion")
        with (
            patch.object(leads, "_convert_opportunity_data", fail),
            self.enter_registry_test_mode(),
            self.assertLogs(jobs._logger, "ERROR"),
        ):
            scheduled.method_direct_trigger()
        self.assertEqual((faulty.state, other.state), ("failed", "done"))
        self.assertEqual(faulty.done_count, 0)
        faulty.with_user(self.rep).action_resume()
        with self.enter_registry_test_mode():
            scheduled.method_direct_trigger()
        self.assertEqual((faulty.state, faulty.converted_count), ("done", 3))

    def test_a_lost_connection_stops_nothing(self):
        """Nothing of the batch is stored, so that the next run does it anew."""
        job_type = type(self.env["crm.lead.conversion.job"])
        stock = job_type._convert_next_leads

        def cut(job, *args):
            pid = job.env.cr.connection.get_backend_pid()
            self.env.cr.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
            return stock(job, *args)

        cr = self.registry.cursor()
        self.addCleanup(cr.close)
        job = self.env(cr=cr)["crm.lead.conversion.job"].create(
            {"user_id": self.env.ref("base.user_admin").id, "lead_ids": []}
        )
        with (
            patch.object(job_type, "_convert_next_leads", cut),
            mute_logger("odoo.sql_db"),
            self.assertNoLogs(jobs._logger, "WARNING"),
            self.assertRaises(InterfaceError),
        ):
            job._run_next_batch()


@tagged("post_install", "-at_install")
class TestDownload(MassCase, HttpCase):
    def test_table_of_the_refused(self):
        bad = self.create_lead("=HYPERLINK(1)", email_from="bad@customer.example")
        job = self.convert(bad | self.create_qualified_lead())
        self.authenticate("rep", "rep")
        answer = self.url_open(job.action_download_refused()["url"])
        self.assertIn("text/csv", answer.headers["Content-Type"])
        titles, row = csv.reader(io.StringIO(answer.text))
        found = dict(zip(titles, row, strict=True))
        self.assertEqual(found["Lead"], "'=HYPERLINK(1)", "no formula")
        self.assertEqual(found["Email"], "bad@customer.example")
        self.assertIn("Nobody has been in touch", found["Reasons"])

    def test_what_a_spreadsheet_takes_for_a_formula(self):
        names = [f"{start}SUM(1)" for start in ("=", "+", "-", "@", "\t", "\r", "\n")]
        bad = self.leads.create([{"name": name, "type": "lead"} for name in names])
        job = self.convert(bad)
        self.authenticate("rep", "rep")
        answer = self.url_open(job.action_download_refused()["url"])
        rows = csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
        self.assertEqual({row["Lead"] for row in rows}, {f"'{name}" for name in names})

    def test_of_another_one(self):
        job = self.convert(self.create_lead() | self.create_lead())
        new_test_user(self.env, "stranger", groups=SALES_ALL)
        self.authenticate("stranger", "stranger")
        answer = self.url_open(job.action_download_refused()["url"])
        self.assertIn(answer.status_code, (403, 404))
