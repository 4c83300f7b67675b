from . import (
    contact_source_mixin,
    contact_subject_mixin,
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
