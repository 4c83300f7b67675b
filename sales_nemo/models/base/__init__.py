from . import (
    columns,
    batches,
    stock_methods,
    qualification_domain,
    qualification_link_mixin,
    qualification_policy_mixin,
    qualification_protected_mixin,
    ir_default,
    res_company,
    res_config_settings,
)
