"""What internal users without CRM do every day, and what comes of it.

Called in Odoo's shell, with the addon and without it: the answers have to be equal.
"""

from datetime import datetime, timedelta

from odoo.tests import new_test_user
from odoo.tools import mute_logger

# Their groups, by login; those that a database doesn't have are left out.
ROLES = {
    "clerk": "base.group_user",
    "contacts": "base.group_user,base.group_partner_manager",
    "settings": "base.group_user,base.group_system",
    "recruiter": "base.group_user,hr_recruitment.group_hr_recruitment_user",
    "officer": "base.group_user,hr.group_hr_user",
}
NEXT_DAY = datetime(2026, 11, 30, 9)


class Office:
    """What is there before anybody acts."""

    def __init__(self, env):
        partners = env["res.partner"]
        self.account = partners.create({"name": "Customer", "is_company": True})
        self.person = partners.create(
            {"name": "Ann", "email": "ann@customer.example"}
            | {"parent_id": self.account.id}
        )
        self.other = partners.create({"name": "Ben", "email": "ben@x.example"})
        self.lead = env["crm.lead"].create(
            {"name": "Hidden", "type": "lead", "partner_id": self.person.id}
        )
        self.colleague = env.ref("base.user_admin").partner_id
        self.todo = env.ref("mail.mail_activity_data_todo")
        self.call = env.ref("mail.mail_activity_data_call")


def act(env):
    """Have each role do each thing.

    :returns: ``{"role: action": what came of it}``; of a refusal its kind
    """
    office = Office(env)
    found = {}
    for login, groups in ROLES.items():
        if not all(
            env.ref(group, raise_if_not_found=False) for group in groups.split(",")
        ):
            continue
        user = new_test_user(env, login, groups=groups)
        for name, action in ACTIONS.items():
            found[f"{login}: {name}"] = _try(env, user, action, office)
    env.cr.rollback()
    return found


def _try(env, user, action, office):
    env.flush_all()
    env.invalidate_all()
    savepoint = env.cr.savepoint(flush=False)
    try:
        with mute_logger("odoo.addons.base.models.ir_rule"):
            told = action(env(user=user.id, su=False), office)
            env.flush_all()
    except Exception as problem:  # whatever it is, it has to be the same
        told = f"{type(problem).__name__}: {str(problem)[:60]}"
    env.transaction.clear()
    savepoint.close(rollback=True)
    return told


def make_meeting(env, office, **values):
    """A meeting of the user's own, with a customer."""
    guests = env.user.partner_id | office.person.with_env(env)
    return env["calendar.event"].create(
        {
            "name": "Talk",
            "start": NEXT_DAY,
            "stop": NEXT_DAY + timedelta(hours=1),
            "partner_ids": [(6, 0, guests.ids)],
        }
        | values
    )


def make_activity(env, record, kind):
    """An activity of the user's own on a record."""
    return record.with_env(env).activity_schedule(
        activity_type_id=kind.id, user_id=env.uid, summary="Do it"
    )


def post(env, record, **values):
    """A message of the user's on a record."""
    return record.with_env(env).message_post(
        body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment", **values
    )


def meet(change):
    """An action that changes a meeting, and tells what it is then."""

    def action(env, office):
        meeting = make_meeting(env, office)
        change(meeting, office)
        return [meeting.name, meeting.active, len(meeting.partner_ids)]

    return action


def remind(change):
    """An action with an activity on a contact."""

    def action(env, office):
        activity = make_activity(env, office.person, office.call)
        change(activity, office)
        return sorted(activity.exists().mapped("summary"))

    return action


def change_contact(**values):
    """An action that writes on a customer."""

    def action(env, office):
        person = office.person.with_env(env)
        person.write(values)
        return {name: str(person[name]) for name in values}

    return action


def tell_fields(model):
    """An action that opens forms and lists of a model."""

    def action(env, office):
        views = env[model].get_views([(False, "form"), (False, "list")])
        record = env[model].search([], limit=1)
        names = env[model].fields_get(attributes=["type"])
        stock = [n for n in ("name", "display_name") if n in names]
        return [sorted(views["views"]), bool(record.read(stock))]

    return action


ACTIONS = {
    # calendar
    "create a meeting": meet(lambda meeting, office: None),
    "create no meeting": lambda env, office: len(env["calendar.event"].create([])),
    "a private meeting": lambda env, office: (
        make_meeting(env, office, privacy="private").name
    ),
    "a whole day": lambda env, office: (
        make_meeting(
            env,
            office,
            allday=True,
            start_date=NEXT_DAY.date(),
            stop_date=NEXT_DAY.date(),
        ).name
    ),
    "a meeting each week": lambda env, office: len(
        make_meeting(
            env,
            office,
            recurrency=True,
            rrule_type="weekly",
            end_type="count",
            count=3,
            mon=True,
        ).recurrence_id.calendar_event_ids
    ),
    "a meeting about a contact": lambda env, office: (
        make_meeting(
            env,
            office,
            res_model_id=env["ir.model"]._get_id("res.partner"),
            res_id=office.person.id,
        ).res_id
        == office.person.id
    ),
    "a meeting about a lead": lambda env, office: (
        make_meeting(env, office, opportunity_id=office.lead.id).name
    ),
    "move a meeting": meet(
        lambda meeting, office: meeting.write(
            {
                "start": NEXT_DAY + timedelta(days=1),
                "stop": NEXT_DAY + timedelta(days=2),
            }
        )
    ),
    "invite somebody": meet(
        lambda meeting, office: meeting.write({"partner_ids": [(4, office.other.id)]})
    ),
    "uninvite everybody": meet(
        lambda meeting, office: meeting.write({"partner_ids": [(5,)]})
    ),
    "unlink a meeting's record": meet(
        lambda meeting, office: meeting.write(
            {"res_model_id": False, "res_id": False, "opportunity_id": False}
        )
    ),
    "accept an invitation": meet(
        lambda meeting, office: meeting.attendee_ids[:1].do_accept()
    ),
    "decline an invitation": meet(
        lambda meeting, office: meeting.attendee_ids[:1].do_decline()
    ),
    "archive a meeting": meet(lambda meeting, office: meeting.action_archive()),
    "copy a meeting": meet(lambda meeting, office: meeting.copy()),
    "delete a meeting": lambda env, office: make_meeting(env, office).unlink(),
    "write on no meeting": lambda env, office: env["calendar.event"].write(
        {"res_id": False}
    ),
    "write about a meeting": lambda env, office: bool(
        post(env, make_meeting(env, office))
    ),
    # activities
    "plan a call": remind(lambda activity, office: None),
    "do a call": remind(lambda activity, office: activity.action_done()),
    "do a call with words": remind(
        lambda activity, office: activity.action_feedback(feedback="They liked it")
    ),
    "do a call, plan another": remind(
        lambda activity, office: activity.action_done_schedule_next()
    ),
    "move an activity to another contact": remind(
        lambda activity, office: activity.write({"res_id": office.other.id})
    ),
    "move an activity to a meeting": remind(
        lambda activity, office: activity.write(
            {
                "res_model_id": activity.env["ir.model"]._get_id("calendar.event"),
                "res_id": make_meeting(activity.env, office).id,
            }
        )
    ),
    "move an activity to a user": remind(
        lambda activity, office: activity.write(
            {
                "res_model_id": activity.env["ir.model"]._get_id("res.users"),
                "res_id": activity.env.uid,
            }
        )
    ),
    "move no activity": lambda env, office: env["mail.activity"].write({"res_id": 1}),
    "give an activity away": remind(
        lambda activity, office: activity.write(
            {"user_id": office.colleague.user_ids.id}
        )
    ),
    "drop an activity": remind(lambda activity, office: activity.unlink()),
    "plan on a lead": lambda env, office: bool(
        make_activity(env, office.lead, office.todo)
    ),
    # mail
    "write to a customer": lambda env, office: bool(
        post(env, office.person, partner_ids=office.person.ids)
    ),
    "note about a customer": lambda env, office: bool(
        office.person.with_env(env).message_post(body="Hm")
    ),
    "write about a lead": lambda env, office: bool(post(env, office.lead)),
    "rewrite a message": lambda env, office: post(env, office.person).write(
        {"body": "Hello again"}
    ),
    "rewrite no message": lambda env, office: env["mail.message"].write(
        {"email_from": "x@x.example"}
    ),
    "star a message": lambda env, office: bool(
        post(env, office.person).toggle_message_starred() or True
    ),
    "delete a message": lambda env, office: post(env, office.person).unlink(),
    "follow a customer": lambda env, office: bool(
        office.person.with_env(env).message_subscribe([env.user.partner_id.id])
    ),
    "send a mail": lambda env, office: (
        env["mail.compose.message"]
        .create(
            {
                "model": "res.partner",
                "res_ids": str(office.person.ids),
                "body": "Hello",
                "subject": "Hello",
                "partner_ids": [(6, 0, office.person.ids)],
            }
        )
        .action_send_mail()
        .get("type")
    ),
    "send a mail to many": lambda env, office: (
        env["mail.compose.message"]
        .create(
            {
                "model": "res.partner",
                "composition_mode": "mass_mail",
                "res_ids": str((office.person | office.other).ids),
                "body": "Hello",
                "subject": "Hello",
            }
        )
        .action_send_mail()
        .get("type")
    ),
    "a channel": lambda env, office: bool(
        post(env, env["discuss.channel"]._create_channel("Lunch", group_id=None))
    ),
    # contacts
    "create a contact": lambda env, office: (
        env["res.partner"].create({"name": "New", "email": "new@x.example"}).name
    ),
    "quickly create a contact": lambda env, office: bool(
        env["res.partner"].name_create("New <new2@x.example>")
    ),
    "rename a customer": change_contact(name="Anna"),
    "another address": change_contact(email="anna@customer.example"),
    "another phone": change_contact(phone="+32 2 555 12 34"),
    "another company": lambda env, office: office.person.with_env(env).write(
        {"parent_id": office.other.id}
    ),
    "archive a customer": change_contact(active=False),
    "copy a customer": lambda env, office: office.person.with_env(env).copy().email,
    "delete a customer": lambda env, office: office.other.with_env(env).unlink(),
    "merge customers": lambda env, office: bool(
        env["base.partner.merge.automatic.wizard"]
        .create({"partner_ids": [(6, 0, (office.person | office.other).ids)]})
        .action_merge()
    ),
    "look at contacts": tell_fields("res.partner"),
    "export contacts": lambda env, office: len(
        env["res.partner"]
        .search([("name", "=", "Ann")])
        .export_data(["name", "email"])["datas"]
    ),
    "import a contact": lambda env, office: bool(
        env["res.partner"].load(["name", "email"], [["New", "new3@x.example"]])["ids"]
    ),
    "find a contact": lambda env, office: [
        name for _id, name in env["res.partner"].name_search("Ann")
    ],
    "group contacts": lambda env, office: len(
        env["res.partner"].formatted_read_group([], ["is_company"], ["__count"])
    ),
    # users
    "own preferences": lambda env, office: env.user.write({"signature": "Bye"}),
    "own picture": lambda env, office: env.user.write({"image_1920": False}),
    "own language": lambda env, office: env.user.write({"tz": "Europe/Brussels"}),
    "look at users": tell_fields("res.users"),
    "create a user": lambda env, office: (
        env["res.users"].create({"name": "New", "login": "new"}).login
    ),
    "archive a user": lambda env, office: new_colleague(env).write({"active": False}),
    "a company": lambda env, office: env["res.company"].create({"name": "Branch"}).name,
    # attachments
    "attach to a customer": lambda env, office: (
        env["ir.attachment"]
        .create(
            {"name": "a.txt", "raw": b"a", "res_model": "res.partner"}
            | {"res_id": office.person.id}
        )
        .name
    ),
    "attach to a meeting": lambda env, office: (
        env["ir.attachment"]
        .create(
            {"name": "a.txt", "raw": b"a", "res_model": "calendar.event"}
            | {"res_id": make_meeting(env, office).id}
        )
        .name
    ),
    "attach to a lead": lambda env, office: (
        env["ir.attachment"]
        .create(
            {"name": "a.txt", "raw": b"a", "res_model": "crm.lead"}
            | {"res_id": office.lead.id}
        )
        .name
    ),
    "attach to a message": lambda env, office: len(
        post(env, office.person, attachments=[("a.txt", b"a")]).attachment_ids
    ),
    # settings, and what they may not see
    "open the settings": lambda env, office: bool(
        env["res.config.settings"].create({}).execute()
    ),
    "look at leads": lambda env, office: env["crm.lead"].search_count([]),
    "look at activity types": tell_fields("mail.activity.type"),
    "a default of one's own": lambda env, office: env["ir.default"].set(
        "res.partner", "city", "Ghent", user_id=env.uid
    ),
}


def new_colleague(env):
    """A user whom nobody needs."""
    found = env["res.users"].search([("login", "=", "clerk")], limit=1)
    return found or env["res.users"].create({"name": "Gone", "login": "gone"})
