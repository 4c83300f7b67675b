import {Component, onPatched, onWillPatch, onWillStart, useState} from "@odoo/owl";
import {DateTimeInput} from "@web/core/datetime/datetime_input";
import {
    deserializeDate,
    deserializeDateTime,
    serializeDate,
} from "@web/core/l10n/dates";
import {localization} from "@web/core/l10n/localization";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {uniqueId} from "@web/core/utils/functions";
import {useService} from "@web/core/utils/hooks";
import {formatFloat} from "@web/core/utils/numbers";
import {parseFloat} from "@web/views/fields/parsers";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {day, useLabels} from "../display";
import {ProofButton} from "../proof_button/proof_button";
import {ToldBy} from "../told_by/told_by";

const ANSWER_COLORS = {
    met: "text-bg-success",
    partly: "text-bg-warning",
    not_met: "text-bg-danger",
    disqualifying: "text-bg-danger",
    expired: "text-bg-warning",
};

// As many choices are all shown at once.
const MOST_PILLS = 5;

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
    static components = {DateTimeInput, ProofButton, ToldBy};
    static props = {
        questions: {type: Array},
        isReadonly: {type: Boolean},
        save: {type: Function},
        nextQuestion: {optional: true},
        canProve: {type: Boolean, optional: true},
        onProof: {type: Function, optional: true},
        canConfirm: {type: Boolean, optional: true},
        onConfirm: {type: Function, optional: true},
    };
    static defaultProps = {canProve: false, canConfirm: false};

    setup() {
        this.prefix = uniqueId("question_");
        this.labels = useLabels("crm.qualification.answer", "state");
        this.yesNo = useLabels("crm.qualification.answer", "value_yes_no");
        Object.assign(this, {day, colors: ANSWER_COLORS});
        this.notification = useService("notification");
        // Ids of questions whose choice is moved by keys, and not yet kept
        this.moved = new Set();
        this.keepFocus();
    }

    /** An answer may take its question to another place, or away: go on from there. */
    keepFocus() {
        let inputs = [];
        let focused = null;
        onWillPatch(() => {
            const ours = `[id^=${this.prefix}_]`;
            inputs = [...document.querySelectorAll(`select${ours}, input${ours}`)];
            focused = document.activeElement;
        });
        onPatched(() => {
            const index = inputs.indexOf(focused);
            if (index >= 0 && document.activeElement !== focused) {
                const rest = [
                    ...inputs.slice(index),
                    ...inputs.slice(0, index).reverse(),
                ];
                rest.find((input) => input.isConnected)?.focus();
            }
        });
    }

    /** A question may stand in a dialog and in the form behind it. */
    inputId(question) {
        return `${this.prefix}_${question.id}`;
    }

    /** What may be chosen, as [value, name]. */
    options({choices, type}) {
        return type === "yes_no"
            ? Object.entries(this.yesNo)
            : choices.map((choice) => [choice, choice]);
    }

    hasPills(question) {
        return ["yes_no", "choice"].includes(question.type)
            ? this.options(question).length <= MOST_PILLS
            : false;
    }

    /** It is the group of the pills that has a name, not one input. */
    labelFor(question) {
        const hasInput = question.type !== "automatic" && !this.hasPills(question);
        return hasInput ? this.inputId(question) : undefined;
    }

    /** That an answer has expired is told instead of the state that it has. */
    label({state}) {
        return state === "expired" ? _t("Expired, ask again") : this.labels[state];
    }

    from({stage}) {
        return _t("From %s", stage);
    }

    requirement({requirement}) {
        return requirement === "known" ? _t("Must be known") : _t("Must be met");
    }

    age(value) {
        return value ? deserializeDateTime(value).toRelative() : "";
    }

    /** A number as it is written in the user's language. */
    formatNumber(value) {
        const decimals = String(Number(value)).split(".")[1] || "";
        return value && formatFloat(Number(value), {digits: [16, decimals.length]});
    }

    getDate({value}) {
        return value ? deserializeDate(value) : false;
    }

    /** A pill is chosen; the chosen one is taken back. */
    onPill(question, {target}) {
        const isChosen = target.value === question.value;
        return this.onAnswer(question, target, isChosen ? "" : target.value);
    }

    /** The second half of a double click takes nothing back. */
    onPillLabel(ev) {
        if (ev.detail > 1) {
            ev.preventDefault();
        }
    }

    /** Arrows only walk; Enter, the space bar, a number, y or n choose. */
    onPillKey(question, ev) {
        if (ev.ctrlKey || ev.altKey || ev.metaKey) {
            return;
        }
        const key = ev.key.toLowerCase();
        const pills = [...ev.currentTarget.querySelectorAll("input")];
        if (key.startsWith("arrow")) {
            const isRtl = localization.direction === "rtl";
            const forward = ["arrowdown", isRtl ? "arrowleft" : "arrowright"];
            const index = pills.indexOf(ev.target) + (forward.includes(key) ? 1 : -1);
            pills.at(index % pills.length).focus();
        } else if (key === "enter") {
            ev.target.click();
        } else {
            const isNamed = ({value}) => question.type === "yes_no" && value[0] === key;
            const pill = pills.find(isNamed) || pills[key - 1];
            if (!pill) {
                return;
            }
            pill.focus();
            if (!pill.checked) {
                pill.click();
            }
        }
        ev.preventDefault();
    }

    /** Arrows and letters move the choice of a closed list; Enter or leaving keeps it. */
    onChoiceKey(question, ev) {
        if (ev.key === "Enter") {
            this.onChoiceLeft(question, ev);
        } else if (ev.key === "Escape") {
            this.moved.delete(question.id);
            ev.target.value = question.value;
        } else if (ev.key === " " || ev.altKey) {
            // opens the list, in which a choice is made
            this.moved.delete(question.id);
        } else if (ev.key !== "Tab") {
            this.moved.add(question.id);
        }
    }

    onChoice(question, ev) {
        if (!this.moved.has(question.id)) {
            return this.onAnswer(question, ev.target, ev.target.value);
        }
    }

    onChoiceLeft(question, ev) {
        if (this.moved.delete(question.id)) {
            return this.onAnswer(question, ev.target, ev.target.value);
        }
    }

    /** What was typed goes to the server as a number, whatever its separators mean. */
    onNumber(question, {target}) {
        let value = target.value.trim();
        try {
            value = value && parseFloat(value);
        } catch {
            this.mark(target, true);
            const words = [value, formatFloat(1250.5, {digits: [16, 1]})];
            const text = _t("“%s” is no number. Write one such as %s.", ...words);
            return this.notification.add(text, {type: "danger"});
        }
        return this.onAnswer(question, target, value);
    }

    onDate(question, date) {
        const input = document.getElementById(this.inputId(question));
        return this.onAnswer(question, input, date ? serializeDate(date) : "");
    }

    /** What was typed stays for mending. */
    mark(input, isInvalid) {
        input.classList.toggle("is-invalid", isInvalid);
        input.ariaInvalid = isInvalid ? "true" : null;
    }

    /** @param {String|Number} value plain */
    async onAnswer(question, input, value) {
        if (String(value) !== question.value) {
            try {
                await this.props.save(question, value);
            } catch (error) {
                // the reason is shown by Odoo
                this.mark(input, true);
                throw error;
            }
        }
        this.mark(input, false);
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
