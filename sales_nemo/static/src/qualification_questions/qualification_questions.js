import {Component, onWillStart, useState} from "@odoo/owl";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {uniqueId} from "@web/core/utils/functions";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {day, useLabels} from "../display";
import {ProofButton} from "../proof_button/proof_button";

const ANSWER_COLORS = {
    met: "text-bg-success",
    partly: "text-bg-warning",
    not_met: "text-bg-danger",
    disqualifying: "text-bg-danger",
    expired: "text-bg-warning",
};

/**
 * Answers a criterion of a lead.
 *
 * @param {Object} orm the service
 * @param {Number} leadId
 * @param {Object} question a row of the sheet's questions
 * @param {String} value
 * @returns {Promise<Object>} the sheet
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
        this.labels = useLabels("crm.qualification.answer", "state");
        Object.assign(this, {day, colors: ANSWER_COLORS});
    }

    /** A question may stand in a dialog and in the form behind it. */
    inputId(question) {
        return `${this.prefix}_${question.id}`;
    }

    /** That an answer has expired is told instead of the state that it has. */
    label({state}) {
        return state === "expired" ? _t("Expired, ask again") : this.labels[state];
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
        onWillStart(async () => {
            if (this.leadId) {
                this.show(
                    await this.orm.call("crm.lead", "get_qualification_sheet", [
                        [this.leadId],
                    ])
                );
            }
        });
    }

    get leadId() {
        return this.props.record.data.lead_id?.id;
    }

    get openQuestions() {
        return this.state.questions.filter(
            (question) => question.is_open && question.type !== "automatic"
        );
    }

    show({questions}) {
        this.state.questions = questions;
    }

    /** Saving the dialog keeps what was typed and shows the checks as they are now. */
    async saveAnswer(question, value) {
        const sheet = await saveLeadAnswer(this.orm, this.leadId, question, value);
        await this.props.record.save();
        await this.props.record.load();
        this.show(sheet);
    }
}

registry.category("view_widgets").add("qualification_open_questions", {
    component: QualificationOpenQuestions,
});
