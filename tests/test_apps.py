"""Other apps of Odoo: a website and mailings bring evidence or only seem to; Privacy
Lookup finds what is kept of a person."""

import contextlib
import json
import re
import socketserver
import threading

import pytest
import requests

from dev import databases, odoo_command, postgres

pytestmark = pytest.mark.trust("It works together with Odoo's website and mailings")

FORM = "/website/form/crm.lead"
# What Odoo's website lets visitors fill in of a lead, as its contact page asks for it.
ENTERED = {
    "name": "A question",
    "contact_name": "Eve",
    "email_from": "eve@new.example",
    "phone": "+32 475 12 34 56",
    "partner_name": "New Ltd",
    "description": "Do you sell aquariums?",
}
CONTACT = """
    SELECT l.contact_state, l.contact_waiting_since IS NOT NULL,
           m.id IS NOT NULL, COALESCE(m.contact_outcome, ''), COALESCE(m.email_from, '')
      FROM crm_lead l LEFT JOIN mail_message m ON m.id = l.contact_message_id
     WHERE l.id = {}
"""

ANSWER = """
lead = env["crm.lead"].browse({lead})
partner = env["res.partner"].create({{"name": "Eve", "email": lead.email_from}})
lead.message_post(
    body="We do", message_type="comment", subtype_xmlid="mail.mt_comment",
    partner_ids=partner.ids, author_id=env.ref("base.user_admin").partner_id.id,
)
# there is no server that it could be sent by: as the one of a company tells it
sent = env["mail.notification"].search([("res_partner_id", "=", partner.id)])
sent.notification_status = "sent"
env.cr.commit()
"""

# A mailing to one lead of its own, sent by the outgoing server at the port.
MAILING = """
import json
env["ir.mail_server"].search([]).active = False
env["ir.mail_server"].create(
    {{"name": "Sink", "smtp_host": "localhost", "smtp_port": {port}}}
)
lead = env["crm.lead"].create(
    {{"name": "Mass", "type": "lead", "email_from": "mass{port}@customer.example"}}
)
mailing = env["mailing.mailing"].create({{
    "subject": "News", "body_arch": "<p>News</p>", "body_html": "<p>News</p>",
    "mailing_model_id": env["ir.model"]._get_id("crm.lead"),
    "mailing_domain": str([("id", "=", lead.id)]),
    "email_from": "us@company.example", "reply_to": "us@company.example",
    "keep_archives": {keep_archives},
}})
mailing.action_send_mail()
env.cr.commit()
print(json.dumps({{
    "lead": lead.id,
    "sent": mailing.sent,
    "messages": len(lead.message_ids.filtered(lambda m: m.subject == "News")),
    "mails": env["mail.mail"].search_count([("mailing_id", "=", mailing.id)]),
}}))
"""


@pytest.fixture(scope="module")
def database(source):
    """Name of a database with the addon and those apps."""
    template = databases.addon_template(source, demo=False)
    with databases.temporary_copy(template, "apps") as copied:
        odoo_command.change_modules(
            copied,
            *("-i", "website_crm,mass_mailing_crm,privacy_lookup"),
            failure="The apps could not be installed.",
        )
        yield copied


@pytest.fixture
def contact(database):
    """Function that tells what is stored about the contact with a lead."""

    def read(lead):
        return postgres.sql(CONTACT.format(int(lead)), database).split("|")

    return read


@pytest.fixture
def visitor(address):
    """A browser session of somebody who has not logged in."""
    with requests.Session() as session:
        yield session


@pytest.fixture
def colleague(address):
    """A browser session of an internal user, who may edit the website."""
    with requests.Session() as session:
        login = {"db": "", "login": "admin", "password": "admin"}
        session.get(f"{address}/web/login")
        page = session.get(f"{address}/web/login").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        page = session.post(f"{address}/web/login", {**login, "csrf_token": token}).text
        session.csrf_token = re.search(r'csrf_token: "([^"]+)"', page).group(1)
        yield session


def send(session, address, **more):
    """Send the website's contact form; returns the lead's id."""
    answer = session.post(f"{address}{FORM}", {**ENTERED, **more})
    answer.raise_for_status()
    return answer.json()["id"]


# Somebody took their address off a mailing list; a plain salesperson looks for them.
OPT_OUT = """
import json
from odoo.tests import new_test_user

rep = new_test_user(env, "looker", groups="sales_team.group_sale_salesman")
emails = ("off@list.example", "on@list.example")
env["mailing.contact"].create(
    [
        {
            "email": email.upper(),
            "subscription_ids": [
                (0, 0, {"list_id": one.id, "opt_out": email.startswith("off")})
            ],
        }
        for one in env["mailing.list"].create({"name": "News"})
        for email in emails
    ]
)
people = env["res.partner"].create([{"name": e, "email": e} for e in emails])
env.flush_all()
env.invalidate_all()
print(json.dumps(people.with_user(rep).mapped("crm_opted_out")))
"""

# A lead that was converted and deleted: what Privacy Lookup finds by its address.
LOOKED_UP = """
import json
lead = env["crm.lead"].create(
    {"name": "Once", "type": "lead", "email_from": "Gone <gone@customer.example>"}
)
lead.qualification_profile_id.enforcement = "advise"
lead.convert_opportunity(False)
lead.unlink()
lookup = env["privacy.lookup.wizard"].create(
    {"name": "Nobody by that name", "email": "gone@customer.example"}
)
lookup.action_lookup()
print(json.dumps(lookup.line_ids.mapped("res_model")))
"""


class Sink(socketserver.StreamRequestHandler):
    """A mail server that takes everything and sends nothing on."""

    def handle(self):
        """Talk SMTP with one client."""
        self._say("220 sink")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say("354 go on")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")))
            self._say("221 bye" if verb == b"QUIT" else "250 ok")

    def _say(self, words):
        self.wfile.write(f"{words}\r\n".encode())


@contextlib.contextmanager
def mail_server():
    """A mail server for the time of the block: its port, and the mails it got."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink) as server:
        server.daemon_threads = True
        server.mails = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1], server.mails
        finally:
            server.shutdown()


def test_a_visitors_form_is_the_first_word(visitor, address, contact, database):
    lead = send(visitor, address)
    assert contact(lead) == ["inbound", "t", "t", "form", ENTERED["email_from"]]
    proof = f"""
        SELECT m.body, m.author_id IS NULL FROM crm_lead l
          JOIN mail_message m ON m.id = l.contact_message_id WHERE l.id = {lead}
    """
    body, nobody = postgres.sql(proof, database).rsplit("|", 1)
    assert ENTERED["description"] in body
    assert nobody == "t"


def test_a_slash_at_the_end_of_the_address(visitor, address, contact):
    answer = visitor.post(f"{address}{FORM}/", ENTERED)
    assert contact(answer.json()["id"])[:4] == ["inbound", "t", "t", "form"]


def test_further_questions_of_the_form(visitor, address, contact):
    lead = send(visitor, address, **{"Where from?": "Ghent"})
    assert contact(lead)[:4] == ["inbound", "t", "t", "form"]


def test_our_answer_makes_it_two_way(visitor, address, contact, database):
    lead = send(visitor, address)
    odoo_command.run_script(database, ANSWER.format(lead=lead))
    assert contact(lead)[:4] == ["two_way", "f", "t", "form"]


def test_our_own_users_form_is_no_evidence(colleague, address, contact):
    lead = send(colleague, address, csrf_token=colleague.csrf_token)
    assert contact(lead) == ["none", "f", "f", "", ""]


def test_evidence_is_no_field_of_the_form(visitor, address, contact, database):
    """What is no field of the form ends up as text."""
    lead = send(
        visitor, address, contact_state="two_way", contact_date="2026-01-01 10:00:00"
    )
    assert contact(lead)[0] == "inbound"
    date = f"SELECT contact_date IS NULL FROM crm_lead WHERE id = {lead}"
    assert postgres.sql(date, database) == "t"


@pytest.mark.parametrize(
    "keep_archives", [False, pytest.param(True, marks=pytest.mark.verify)]
)
def test_mass_mailings_are_no_contact(database, contact, keep_archives):
    """Whether Odoo keeps the mails afterwards or not; their messages stay."""
    with mail_server() as (port, mails):
        script = MAILING.format(port=port, keep_archives=keep_archives)
        told = json.loads(odoo_command.run_script(database, script).splitlines()[-1])
    assert len(mails) == told["sent"] == 1
    assert b"News" in mails[0]
    assert (told["messages"], told["mails"]) == (1, keep_archives)
    assert contact(told["lead"]) == ["none", "f", "f", "", ""]
    reread = "env['crm.contact.evidence']._read_history(); env.cr.commit()"
    odoo_command.run_script(database, reread)
    assert contact(told["lead"]) == ["none", "f", "f", "", ""]


def test_who_left_a_mailing_list_is_marked(database):
    told = odoo_command.run_script(database, OPT_OUT).splitlines()[-1]
    assert json.loads(told) == [True, False]


def test_privacy_lookup_finds_decisions(database):
    told = odoo_command.run_script(database, LOOKED_UP).splitlines()[-1]
    assert json.loads(told) == ["crm.qualification.decision"]
