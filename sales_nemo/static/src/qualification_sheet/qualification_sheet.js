import {Component, useState} from "@odoo/owl";
import {
    deserializeDateTime,
    toLocaleDateString,
    toLocaleDateTimeString,
} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {reloadOnClose, reloadRecord} from "../reload_record";
import {ProofButton} from "../proof_button/proof_button";
import {QualificationChecks} from "../qualification_checks/qualification_checks";
import {
    QualificationQuestions,
    saveLeadAnswer,
} from "../qualification_questions/qualification_questions";

const NEED_STATES = [
    ["suspected", _t("Suspected")],
    ["confirmed", _t("Confirmed")],
    ["not_for_us", _t("Not for us")],
];
const COMMITMENT_STATES = [
    ["open", _t("Open")],
    ["kept", _t("Kept")],
    ["broken", _t("Broken")],
];
const OUTCOMES = {
    passed: _t("Passed"),
    overridden: _t("Overridden"),
    flagged: _t("Flagged"),
    refused: _t("Refused"),
    settled: _t("Settled"),
    advised: _t("Advised"),
};

/** The Qualification tab of a lead: loaded when it is opened, saved as you answer. */
export class QualificationSheet extends Component {
    static template = "sales_nemo.QualificationSheet";
    static components = {ProofButton, QualificationChecks, QualificationQuestions};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.state = useState({sheet: null, newNeed: ""});
        this.needStates = NEED_STATES;
        this.commitmentStates = COMMITMENT_STATES;
        // each load and each save of the record gives it new data, whoever asked for
        // it: the header, the chatter, a dialog, another widget
        useRecordObserver((record) => record.data && this.load(record));
    }

    async load(record) {
        this.state.sheet = record.resId
            ? await this.orm.call("crm.lead", "get_qualification_sheet", [
                  [record.resId],
              ])
            : null;
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

    outcome(decision) {
        return OUTCOMES[decision.outcome];
    }

    day(value) {
        return value ? toLocaleDateString(deserializeDateTime(value)) : "";
    }

    moment(value) {
        return value ? toLocaleDateTimeString(deserializeDateTime(value)) : "";
    }

    /** Show what the server knows now, in the form and so in the tab. */
    async refresh() {
        await reloadRecord(this.props.record);
    }

    async saveAnswer(question, value) {
        await saveLeadAnswer(this.orm, this.leadId, question, value);
        await this.refresh();
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
        this.dialog.add(FormViewDialog, {
            resModel: model,
            resId: row ? row.id : false,
            title,
            context: {default_lead_id: this.leadId},
            onRecordSaved: () => this.refresh(),
        });
    }

    onOpenNeed(need) {
        this.openRow("crm.lead.need", need, _t("Need"));
    }

    onOpenCommitment(commitment) {
        this.openRow("crm.lead.commitment", commitment, _t("Commitment"));
    }

    async onLogContact() {
        const action = await this.orm.call("crm.lead", "action_log_contact", [
            [this.leadId],
        ]);
        this.action.doAction(
            action,
            reloadOnClose(() => this.refresh())
        );
    }

    async onOpenProof() {
        await this.openProof("crm.lead", "action_open_contact_proof", this.leadId);
    }

    /** Shows what proves a fact, or takes the last contact as its proof. */
    async onProof(model, {id, has_proof}) {
        if (has_proof) {
            await this.openProof(model, "action_open_proof", id);
        } else {
            await this.orm.call("crm.lead", "prove_by_contact", [
                [this.leadId],
                model,
                id,
            ]);
            await this.refresh();
        }
    }

    async openProof(model, method, id) {
        await this.action.doAction(await this.orm.call(model, method, [[id]]));
    }
}

registry.category("view_widgets").add("qualification_sheet", {
    component: QualificationSheet,
});
