import {registry} from "@web/core/registry";
import {reloadOnClose} from "../reload_record";

/**
 * Where a link in an e-mail leads: the lead, with a dialog over it.
 *
 * @param {String} method of crm.lead, which returns the dialog's action
 */
function openOverLead(method) {
    return async function (env, action) {
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
        const dialog = await env.services.orm.call("crm.lead", method, [[leadId]]);
        // the lead below shows what became of it
        const reload = () => env.services.action.doAction("soft_reload");
        await env.services.action.doAction(dialog, reloadOnClose(reload));
    };
}

const actions = registry.category("actions");
actions.add("qualification_open_convert", openOverLead("action_open_convert_dialog"));
actions.add("qualification_open_lost", openOverLead("action_open_lost_dialog"));
