from . import (
    crm_lead_pipeline,
    crm_lead_steps,
    crm_team_answer_time,
    crm_lead_answer_time,
    crm_qualification_home,
    crm_qualification_home_people,
    digest_digest,
    crm_lead_call_mode,
    crm_lead_api,
    crm_qualification_start,
    crm_qualification_check,
)
