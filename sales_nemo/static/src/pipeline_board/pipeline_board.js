import {
    CrmKanbanDynamicGroupList,
    CrmKanbanModel,
} from "@crm/views/crm_kanban/crm_kanban_model";
import {crmKanbanView} from "@crm/views/crm_kanban/crm_kanban_view";
import {registry} from "@web/core/registry";
import {reloadOnClose} from "../reload_record";

const STATUS = "won_status";

class PipelineBoardGroupList extends CrmKanbanDynamicGroupList {
    /**
     * Dropped on another status: the server does what the button does. The card stays
     * where it is until that is done; whatever was refused or discarded changes nothing.
     *
     * @override
     */
    async moveRecord(recordId, groupId, refId, targetGroupId) {
        if (groupId === targetGroupId || this.groupByField.name !== STATUS) {
            return super.moveRecord(recordId, groupId, refId, targetGroupId);
        }
        const record = this.records.find(({id}) => id === recordId);
        const {value} = this.groups.find(({id}) => id === targetGroupId);
        await this.model.setWonStatus(record.resId, value);
    }
}

class PipelineBoardModel extends CrmKanbanModel {
    static DynamicGroupList = PipelineBoardGroupList;
    static services = [...CrmKanbanModel.services, "action"];

    setup(params, {action}) {
        super.setup(...arguments);
        this.action = action;
    }

    /** Opens what the server asks for; the board shows afterwards what came of it. */
    async setWonStatus(leadId, status) {
        const result = await this.orm.call("crm.lead", "action_set_won_status", [
            [leadId],
            status,
        ]);
        if (result.effect) {
            this.effect.add(result.effect);
        }
        if (result.type) {
            await this.action.doAction(
                result,
                reloadOnClose(() => this.load())
            );
        } else {
            await this.load();
        }
    }
}

class PipelineBoardRenderer extends crmKanbanView.Renderer {
    /**
     * Nobody writes the status, but on this board a card is moved from one to another.
     *
     * @override
     */
    get canMoveRecords() {
        const isByStatus = this.props.list.groupByField?.name === STATUS;
        return isByStatus ? this.canResequenceRecords : super.canMoveRecords;
    }
}

registry.category("views").add("pipeline_board", {
    ...crmKanbanView,
    Model: PipelineBoardModel,
    Renderer: PipelineBoardRenderer,
});
