from . import (
    batches,
    calls,
    identity,
    stock_methods,
    qualification_domain,
    qualification_checks_mixin,
    qualification_door_mixin,
    qualification_policy_mixin,
    ir_default,
    res_company,
    res_config_settings,
    res_users_settings,
)
