import {onWillStart} from "@odoo/owl";
import {crmKanbanView} from "@crm/views/crm_kanban/crm_kanban_view";
import {_t} from "@web/core/l10n/translation";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {
    KanbanQuickCreateController,
    KanbanRecordQuickCreate,
} from "@web/views/kanban/kanban_record_quick_create";

/** Says at once where an opportunity would be refused, and makes it a lead instead. */
class LeadQuickCreateController extends KanbanQuickCreateController {
    static template = "sales_nemo.LeadQuickCreate";

    setup() {
        super.setup();
        onWillStart(async () => {
            this.hasLeads = await user.hasGroup("crm.group_use_lead");
        });
    }

    get isRefused() {
        const {type, qualification_direct_policy: policy} = this.model.root.data;
        return type === "opportunity" && policy === "refuse";
    }

    async createAsLead() {
        await this.model.root.update({type: "lead"});
        await this.validate("add");
    }
}

class LeadQuickCreate extends KanbanRecordQuickCreate {
    static components = {KanbanQuickCreateController: LeadQuickCreateController};
}

/** What was added to the pipeline and became a lead is told, with a link to it. */
export class LeadKanbanRenderer extends crmKanbanView.Renderer {
    static components = {
        ...crmKanbanView.Renderer.components,
        KanbanRecordQuickCreate: LeadQuickCreate,
    };

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.action = useService("action");
        this.notification = useService("notification");
    }

    /** @override */
    async validateQuickCreate(recordId, mode, group) {
        if (group.context.default_type !== "opportunity") {
            return super.validateQuickCreate(recordId, mode, group);
        }
        const [lead] = await this.orm.read("crm.lead", [recordId], ["name", "type"]);
        if (lead.type !== "lead") {
            return super.validateQuickCreate(recordId, mode, group);
        }
        const open = () =>
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "crm.lead",
                res_id: recordId,
                views: [[false, "form"]],
            });
        if (mode === "edit") {
            return open();
        }
        const close = this.notification.add(
            _t("“%s” is a lead: it doesn't qualify as an opportunity yet.", lead.name),
            {
                type: "info",
                sticky: true,
                buttons: [
                    {
                        name: _t("Open the lead"),
                        primary: true,
                        onClick: () => {
                            close();
                            open();
                        },
                    },
                ],
            }
        );
    }
}
