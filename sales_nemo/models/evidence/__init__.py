from . import (
    contact_party_mixin,
    contact_source_mixin,
    crm_contact_evidence,
    crm_lead_contact,
    res_partner_people,
    calendar_attendee,
    calendar_event,
    mail_activity,
    mail_activity_type,
    mail_mail,
    mail_message,
    mail_thread,
)
