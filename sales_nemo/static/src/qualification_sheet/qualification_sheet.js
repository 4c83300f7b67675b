import {Component, useExternalListener, useState} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {serializeDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {sortBy} from "@web/core/utils/arrays";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {FormViewDialog} from "@web/views/view_dialogs/form_view_dialog";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useCallAction} from "../call_action";
import {moment, until, useLabels} from "../display";
import {reloadRecord} from "../reload_record";
import {ProofButton} from "../proof_button/proof_button";
import {ToldBy} from "../told_by/told_by";
import {QualificationChecks} from "../qualification_checks/qualification_checks";
import {
    QualificationQuestions,
    saveLeadAnswer,
} from "../qualification_questions/qualification_questions";

// As the dialog that converts proposes.
const NEW_NEED = {name: "", state: "confirmed"};
const NEW_COMMITMENT = {name: "", kind: "meeting", date_deadline: false};

/** The Qualification tab of a lead: loaded when it is opened, saved as you answer. */
export class QualificationSheet extends Component {
    static template = "sales_nemo.QualificationSheet";
    static components = {
        DateTimeInput,
        ProofButton,
        QualificationChecks,
        QualificationQuestions,
        ToldBy,
    };
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.callAction = useCallAction();
        this.dialog = useService("dialog");
        // How often it was loaded
        this.turn = 0;
        this.state = useState({
            sheet: null,
            need: {...NEW_NEED},
            commitment: {...NEW_COMMITMENT},
        });
        this.needLabels = useLabels("crm.lead.need", "state");
        this.commitmentLabels = useLabels("crm.lead.commitment", "state");
        this.kindLabels = useLabels("crm.lead.commitment", "kind");
        this.contactLabels = useLabels("crm.lead", "contact_state");
        this.outcomeLabels = useLabels("crm.qualification.decision", "outcome");
        Object.assign(this, {moment, until});
        // each load and each save of the record gives it new data, whoever asked for
        // it: the header, the chatter, a dialog, another widget
        useRecordObserver((record) => record.data && this.load(record));
        useExternalListener(window, "focus", () => this.load(this.props.record));
    }

    async load({resId}) {
        const turn = ++this.turn;
        const known = this.answered;
        this.answered = null;
        let sheet = null;
        if (resId && resId === known?.id) {
            sheet = known;
        } else if (resId) {
            const ids = [resId];
            sheet = await this.orm.call("crm.lead", "get_qualification_sheet", [ids]);
        }
        // else something newer is shown already
        if (turn === this.turn) {
            this.show(sheet);
        }
    }

    /** What is answered keeps its place as long as the tab is open. */
    show(sheet) {
        const shown = this.state.sheet;
        if (sheet && sheet.id === shown?.id) {
            const ids = shown.questions.map(({id}) => id);
            const place = ({id}) => (ids.includes(id) ? ids.indexOf(id) : ids.length);
            sheet = {...sheet, questions: sortBy(sheet.questions, place)};
        }
        this.state.sheet = sheet;
    }

    get leadId() {
        return this.props.record.resId;
    }

    get grade() {
        return _t("Grade %s", this.state.sheet.grade);
    }

    get score() {
        return _t("%s % of the points", this.state.sheet.score);
    }

    get tookPart() {
        return _t("%s took part", this.state.sheet.contact.person);
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

    /** @returns {Promise<Boolean>} that there was something to add */
    async add(model, values) {
        const name = values.name.trim();
        // a second Enter, or half of a double click, adds nothing
        if (!name || this.isAdding) {
            return false;
        }
        this.isAdding = true;
        try {
            await this.orm.create(model, [{...values, lead_id: this.leadId, name}]);
        } finally {
            this.isAdding = false;
        }
        return true;
    }

    async onAddNeed() {
        if (await this.add("crm.lead.need", this.state.need)) {
            this.state.need = {...NEW_NEED};
            await this.refresh();
        }
    }

    async onAddCommitment() {
        const {commitment} = this.state;
        const {date_deadline: date} = commitment;
        const values = {...commitment, date_deadline: date && serializeDate(date)};
        if (await this.add("crm.lead.commitment", values)) {
            this.state.commitment = {...NEW_COMMITMENT};
            await this.refresh();
        }
    }

    async onStateChange(model, row, ev) {
        await this.orm.write(model, [row.id], {state: ev.target.value});
        await this.refresh();
    }

    openRow(model, row, title) {
        const props = {
            resModel: model,
            resId: row.id,
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

    /** What an agent told is so; without a fact, that there was contact. */
    async onConfirm(...fact) {
        const args = [[this.leadId], ...fact];
        await this.refresh(
            await this.orm.call("crm.lead", "confirm_qualification_fact", args)
        );
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
