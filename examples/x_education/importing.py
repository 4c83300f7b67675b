"""Brings shaped leads into Odoo with Odoo's own import, and sends them to the gate."""

import csv
import io
from collections import Counter

from . import meaning

XML_ID = "x_education.{}"
IMPORT_OPTIONS = {
    "has_headers": True,
    "quoting": '"',
    "separator": ",",
    "encoding": "utf-8",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
    # one value that Odoo can't read doesn't cost the lead: it is unknown
    "import_set_empty_fields": ["country_id"],
}
LEAD_FIELDS = (
    "id",
    "name",
    "type",
    "campaign_id/id",
    "source_id",
    "country_id",
    "city",
)
ANSWER_FIELDS = (
    "qualification_answer_ids/criterion_id/id",
    "qualification_answer_ids/value",
)
NEED_FIELDS = ("qualification_need_ids/name", "qualification_need_ids/state")
FIELDS = [*LEAD_FIELDS, *ANSWER_FIELDS, *NEED_FIELDS]


class ImportFailed(Exception):
    """Odoo's import refuses without naming a row; the text is what it says."""


# ------------------------------------------------------------ profile


def make_profile(env, leads):
    """Make the profile with its criteria, and the campaign that the leads belong to.

    :param leads: shaped leads, for the choices that only they have
    :returns: the ``crm.qualification.profile``
    """
    _make(env, "utm.campaign", "campaign", {"title": meaning.CAMPAIGN})
    profile = _make(env, "crm.qualification.profile", "profile", meaning.PROFILE)
    for sequence, criterion in enumerate(meaning.CRITERIA):
        values = {"profile_id": profile.id, "sequence": sequence, **criterion.values}
        if values["answer_type"] == "choice":
            choices = meaning.choices(criterion, leads).items()
            values["choice_ids"] = [
                (0, 0, {"name": name, "points": points}) for name, points in choices
            ]
        key = f"criterion_{criterion.key}"
        _make(env, "crm.qualification.criterion", key, values)
    profile.publish()
    return profile


def make_sources(env, leads):
    """Make the lead sources that Odoo doesn't have yet.

    Odoo's import could make them itself, but it loses them again at the first lead that
    it refuses, and then refuses all leads of theirs.
    """
    names = {lead.source for lead in leads if lead.source}
    known = env["utm.source"].search([("name", "in", list(names))]).mapped("name")
    new = sorted(names.difference(known))
    env["utm.source"].create([{"name": name} for name in new])


def _make(env, model, key, values):
    """Make a record that the import can name."""
    data = {"xml_id": XML_ID.format(key), "values": values}
    return env[model]._load_records([data])


# ------------------------------------------------------------ leads


def import_leads(env, leads):
    """Import leads with answers and needs: a dry run, then what it leaves.

    Odoo imports all rows or none, so leads that it reports are dropped until it has
    nothing to report.

    :param leads: shaped leads
    :returns: ``{shaped lead: crm.lead}`` and ``{dropped lead: what Odoo says}``
    """
    dropped, dry_run = {}, True
    while kept := [lead for lead in leads if lead not in dropped]:
        rows, owners = _table(kept)
        result = _execute(env, rows, dry_run)
        reported = get_reported(result["messages"], owners)
        if not reported and not dry_run:
            imported = env["crm.lead"].browse(result["ids"])
            return dict(zip(kept, imported, strict=True)), dropped
        dropped.update(reported)
        dry_run = False
    return {}, dropped


def _table(leads):
    """Rows of the import, and the lead that each belongs to.

    A lead takes as many rows as it has answers; its own fields stand in the first.
    """
    rows, owners = [], []
    for lead in leads:
        answers = [
            (XML_ID.format(f"criterion_{key}"), value)
            for key, value in meaning.answers(lead)
        ]
        needs = [(name, "confirmed") for name in meaning.needs(lead)]
        for index in range(max(len(answers), len(needs), 1)):
            rows.append(
                (
                    *(_lead_cells(lead) if not index else [""] * len(LEAD_FIELDS)),
                    *(answers[index] if index < len(answers) else ("", "")),
                    *(needs[index] if index < len(needs) else ("", "")),
                )
            )
            owners.append(lead)
    return rows, owners


def _lead_cells(lead):
    return (
        XML_ID.format(f"lead_{lead.prospect_id}"),
        f"Lead {lead.number or lead.prospect_id}",
        "lead",
        XML_ID.format("campaign"),
        lead.source or "",
        lead.country or "",
        lead.city or "",
    )


def _execute(env, rows, dry_run):
    """Run Odoo's import once; its answer."""
    out = io.StringIO()
    csv.writer(out).writerows([FIELDS, *rows])
    importer = env["base_import.import"].create(
        {
            "res_model": "crm.lead",
            "file": out.getvalue().encode(),
            "file_name": "leads.csv",
            "file_type": "text/csv",
        }
    )
    return importer.execute_import(FIELDS, FIELDS, {**IMPORT_OPTIONS}, dryrun=dry_run)


def get_reported(messages, owners):
    """The leads that an import reports, with what it says of them.

    :param owners: the lead of each row
    :raises ImportFailed: for an error that belongs to no row
    """
    errors = [message for message in messages if message["type"] == "error"]
    if len(errors) > 1 and errors[0].get("rows", {}).get("from") == 0:
        # Odoo puts the failure of a whole batch first, on the batch's first row. If
        # that row is wrong itself, the next run reports it again.
        errors = errors[1:]
    reported = {}
    for error in errors:
        if "rows" not in error:
            raise ImportFailed(error["message"])
        reported.setdefault(owners[error["rows"]["from"]], error["message"])
    return reported


# ------------------------------------------------------------ contacts


def add_contacts(env, imported):
    """Log what the file proves of contact as messages on the leads.

    :param imported: ``{shaped lead: crm.lead}``
    :returns: number of contacts by kind. Those who wrote to us are counted but not
        logged: Odoo takes a message for theirs when it comes from their address, and
        the file has none.
    """
    found = [
        (record, kind, words)
        for lead, record in imported.items()
        for kind, words in meaning.contacts(lead)
    ]
    logged = [contact for contact in found if contact[1] != meaning.WROTE_TO_US]
    # sudo: what a contact came to is evidence, nobody may write it
    env["mail.message"].sudo().create([_message(env, *contact) for contact in logged])
    return Counter(kind for _record, kind, _words in found)


def _message(env, record, kind, words):
    values = {
        "model": "crm.lead",
        "res_id": record.id,
        "body": words,
        "author_id": env.user.partner_id.id,
    }
    if kind == meaning.WROTE:
        return {**values, "message_type": "email_outgoing"}
    note = env.ref("mail.mt_note").id
    return {
        **values,
        "message_type": "comment",
        "subtype_id": note,
        "contact_outcome": kind,
    }


# ------------------------------------------------------------ the gate


def convert(env, records):
    """Convert leads as a rep does who selects them all in the list.

    :param records: ``crm.lead``
    """
    if not records:
        return
    selection = {"active_model": "crm.lead", "active_ids": records.ids}
    wizard = env["crm.lead2opportunity.partner.mass"].with_context(**selection)
    # The file names nobody: there are no customers to create.
    wizard.create({"action": "exist"}).action_mass_convert()
    # So many are left to the scheduled action, which needn't wait for its time here.
    env["crm.lead.conversion.job"].sudo()._cron_convert()


def judged(env, imported):
    """What the gate made of the leads.

    :param imported: ``{shaped lead: crm.lead}``
    :returns: shaped leads that passed, and ``{refused lead: names of failed checks}``
    """
    passed, refused = [], {}
    for lead, record in imported.items():
        if record.type == "opportunity":
            passed.append(lead)
            continue
        decision = record.qualification_decision_ids.sorted("id")[-1:]
        checks = decision.checks or []
        refused[lead] = [c["name"] for c in checks if c["state"] == "failed"]
    return passed, refused


# ------------------------------------------------------------ the end


def close(env, profile, imported):
    """Win and lose leads as the file says they ended; of some it doesn't say.

    A lead can't be won before it is converted: from here on the profile only advises.

    :param profile: the ``crm.qualification.profile``
    :param imported: ``{shaped lead: crm.lead}``
    """
    profile.action_advise()
    known = {
        record: lead.converted
        for lead, record in imported.items()
        if lead.converted is not None
    }
    closed = env["crm.lead"].concat(*known)
    convert(env, closed.filtered(lambda record: record.type == "lead"))
    closed.filtered(known.get).action_set_won()
    reason = env["crm.lost.reason"].create({"name": "Did not enrol"})
    lost = closed.filtered(lambda record: not known[record])
    lost.action_set_lost(lost_reason_id=reason.id)
