import {registry} from "@web/core/registry";

/** Where a link in an e-mail leads: the lead, with the convert dialog over it. */
async function openConvert(env, action) {
    const leadId = action.context.active_id;
    await env.services.action.doAction(
        {
            type: "ir.actions.act_window",
            res_model: "crm.lead",
            res_id: leadId,
            views: [[false, "form"]],
        },
        {clearBreadcrumbs: true}
    );
    return env.services.orm.call("crm.lead", "action_open_convert_dialog", [[leadId]]);
}

registry.category("actions").add("qualification_open_convert", openConvert);
