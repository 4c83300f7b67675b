from . import (
    crm_qualification_profile,
    crm_qualification_criterion,
    crm_qualification_criterion_value,
    crm_qualification_choice,
    crm_qualification_version,
    crm_qualification_profile_publish,
    crm_qualification_profile_scorecard,
    named_in_policy,
)
