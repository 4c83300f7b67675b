from . import (
    crm_qualification_profile,
    crm_qualification_criterion,
)
