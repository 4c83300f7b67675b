import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCallAction} from "../call_action";
import {day, moment, useLabels} from "../display";
import {reloadRecord} from "../reload_record";
import {ProofButton} from "../proof_button/proof_button";
import {QualificationChecks} from "../qualification_checks/qualification_checks";
import {
    QualificationQuestions,
    saveLeadAnswer,
} from "../qualification_questions/qualification_questions";

/** The Qualification tab of a lead: loaded when it is opened, saved as you answer. */
export class QualificationSheet extends Component {
    static template = "sales_nemo.QualificationSheet";
    static components = {ProofButton, QualificationChecks, QualificationQuestions};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.callAction = useCallAction();
        this.dialog = useService("dialog");
        this.state = useState({sheet: null, newNeed: ""});
        this.needLabels = useLabels("crm.lead.need", "state");
        this.commitmentLabels = useLabels("crm.lead.commitment", "state");
        this.outcomeLabels = useLabels("crm.qualification.decision", "outcome");
        Object.assign(this, {day, moment});
        // each load and each save of the record gives it new data, whoever asked for
        // it: the header, the chatter, a dialog, another widget
        useRecordObserver((record) => record.data && this.load(record));
    }

    async load({resId}) {
        const known = this.answered;
        this.answered = null;
        if (resId && resId === known?.id) {
            this.state.sheet = known;
        } else {
            this.state.sheet = resId
                ? await this.orm.call("crm.lead", "get_qualification_sheet", [[resId]])
                : null;
        }
    }

    get leadId() {
        return this.props.record.resId;
    }

    get isReadonly() {
        return !this.state.sheet.can_write;
    }

    /** They have said something that may prove what was found out. */
    get canProve() {
        const {state} = this.state.sheet.contact;
        return !this.isReadonly && ["inbound", "two_way"].includes(state);
    }

    /**
     * Show what the server knows now, in the form and so in the tab.
     *
     * @param {Object} [sheet] that the server answered with: asked for again only where
     *     saving what was typed into the form may change it
     */
    async refresh(sheet) {
        const {record} = this.props;
        this.answered = record.dirty ? null : sheet;
        await reloadRecord(record);
    }

    async saveAnswer(question, value) {
        await this.refresh(
            await saveLeadAnswer(this.orm, this.leadId, question, value)
        );
    }

    async onAddNeed() {
        const name = this.state.newNeed.trim();
        if (!name) {
            return;
        }
        await this.orm.create("crm.lead.need", [{lead_id: this.leadId, name}]);
        this.state.newNeed = "";
        await this.refresh();
    }

    async onStateChange(model, row, ev) {
        await this.orm.write(model, [row.id], {state: ev.target.value});
        await this.refresh();
    }

    openRow(model, row, title) {
        const props = {
            resModel: model,
            resId: row ? row.id : false,
            title,
            context: {default_lead_id: this.leadId},
        };
        // saved or withdrawn
        this.dialog.add(FormViewDialog, props, {onClose: () => this.refresh()});
    }

    onOpenNeed(need) {
        this.openRow("crm.lead.need", need, _t("Need"));
    }

    onOpenCommitment(commitment) {
        this.openRow("crm.lead.commitment", commitment, _t("Commitment"));
    }

    async onLogContact() {
        await this.callAction("crm.lead", "action_log_contact", [[this.leadId]], () =>
            this.refresh()
        );
    }

    /** The lead's contact was in the meeting that names nobody from outside. */
    async onTookPart() {
        const ids = [this.leadId];
        await this.refresh(
            await this.orm.call("crm.lead", "add_person_to_meeting", [ids])
        );
    }

    async onOpenProof() {
        const ids = [this.leadId];
        await this.callAction("crm.lead", "action_open_contact_proof", [ids]);
    }

    /** Shows what proves a fact, or takes the last contact as its proof. */
    async onProof(model, {id, has_proof}) {
        if (has_proof) {
            await this.callAction(model, "action_open_proof", [[id]]);
        } else {
            const args = [[this.leadId], model, id];
            await this.refresh(
                await this.orm.call("crm.lead", "prove_by_contact", args)
            );
        }
    }
}

registry.category("view_widgets").add("qualification_sheet", {
    component: QualificationSheet,
});
