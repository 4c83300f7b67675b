import {Component, onWillStart, useState} from "@odoo/owl";
import {deserializeDateTime, toLocaleDateString} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {uniqueId} from "@web/core/utils/functions";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {ProofButton} from "../proof_button/proof_button";

const ANSWER_BADGES = {
    met: ["text-bg-success", _t("Met")],
    partly: ["text-bg-warning", _t("Partly met")],
    not_met: ["text-bg-danger", _t("Not met")],
    disqualifying: ["text-bg-danger", _t("Disqualifies")],
    unknown: ["text-bg-300", _t("Unknown")],
    expired: ["text-bg-warning", _t("Expired, ask again")],
};

/**
 * Answers a criterion of a lead.
 *
 * @param {Object} orm the service
 * @param {Number} leadId
 * @param {Object} question a row of the sheet's questions
 * @param {String} value
 * @returns {Promise}
 */
export function saveLeadAnswer(orm, leadId, question, value) {
    return orm.call("crm.lead", "save_qualification_answer", [
        [leadId],
        question.id,
        value,
    ]);
}

/** Criteria with what is known, saved one by one as they are answered. */
export class QualificationQuestions extends Component {
    static template = "sales_nemo.QualificationQuestions";
    static components = {ProofButton};
    static props = {
        questions: {type: Array},
        isReadonly: {type: Boolean},
        save: {type: Function},
        nextQuestion: {optional: true},
        canProve: {type: Boolean, optional: true},
        onProof: {type: Function, optional: true},
    };
    static defaultProps = {canProve: false};

    setup() {
        this.prefix = uniqueId("question_");
    }

    /** A question may stand in a dialog and in the form behind it. */
    inputId(question) {
        return `${this.prefix}_${question.id}`;
    }

    badge(question) {
        // another addon may know more states
        const [className, label] = ANSWER_BADGES[question.state] || [
            "text-bg-300",
            question.state,
        ];
        return {className, label};
    }

    day(value) {
        return value ? toLocaleDateString(deserializeDateTime(value)) : "";
    }

    age(value) {
        return value ? deserializeDateTime(value).toRelative() : "";
    }

    async onAnswer(question, ev) {
        const {value} = ev.target;
        if (value === question.value) {
            return;
        }
        try {
            await this.props.save(question, value);
        } catch (error) {
            // what was typed stays for mending, the reason is shown by Odoo
            ev.target.classList.add("is-invalid");
            ev.target.ariaInvalid = "true";
            throw error;
        }
        ev.target.classList.remove("is-invalid");
        ev.target.ariaInvalid = null;
    }
}

/** The open criteria of the lead that a convert dialog is about. */
export class QualificationOpenQuestions extends Component {
    static template = "sales_nemo.QualificationOpenQuestions";
    static components = {QualificationQuestions};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({questions: []});
        onWillStart(() => this.load());
    }

    get leadId() {
        return this.props.record.data.lead_id?.id;
    }

    get openQuestions() {
        return this.state.questions.filter(
            (question) => question.is_open && question.type !== "automatic"
        );
    }

    async load() {
        if (this.leadId) {
            const sheet = await this.orm.call("crm.lead", "get_qualification_sheet", [
                [this.leadId],
            ]);
            this.state.questions = sheet.questions;
        }
    }

    /** Saving the dialog keeps what was typed and shows the checks as they are now. */
    async saveAnswer(question, value) {
        await saveLeadAnswer(this.orm, this.leadId, question, value);
        await this.props.record.save();
        await this.props.record.load();
        await this.load();
    }
}

registry.category("view_widgets").add("qualification_open_questions", {
    component: QualificationOpenQuestions,
});
