from . import (
    res_partner,
    res_partner_account,
    res_partner_lifecycle,
    res_partner_profile,
    res_partner_territory,
    res_users,
    crm_team_territory,
    crm_lead_account,
    crm_qualification_profile_fit,
)
